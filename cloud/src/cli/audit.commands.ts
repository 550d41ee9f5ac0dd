import type { Command } from 'commander';
import { addAuditReadCommands } from './audit-read.commands.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { cell } from './output.ts';

interface VerifyOptions extends ConfigOptions {
  readonly url?: string;
  readonly trust?: string[];
  readonly expect?: string[];
  readonly json?: boolean;
}

export function addAuditCommands(program: Command, context: CommandContext): void {
  const audit = program.command('audit').summary('the log of what was done, and by whom');
  addAuditReadCommands(audit, context);
  audit
    .command('verify')
    .summary('check every entry against its seal; exit code 65 if anything was found')
    .description(
      'Checks every entry against its seal, and every chain against its signed heads. Reports what was changed, removed, forged or never sealed. That the end of a chain was cut off, or all of it, shows against the heads that the sealer notes with the files, and against those that an earlier run printed (--expect); the last line says which were compared.',
    )
    .option('--config <file>', 'YAML file with the configuration')
    .option('--url <url>', 'another database than database.workerUrl, a restored copy for one')
    .option('--trust <key...>', 'public keys to believe, instead of the one of keys.master')
    .option(
      '--expect <head...>',
      'heads (organisation:number:digest) that earlier runs printed, noted elsewhere',
    )
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action((options: VerifyOptions) => verify(context, options));
  audit
    .command('acknowledge')
    .summary('accept that sealed history is gone, so that sealing goes on')
    .description(
      'The sealer notes its last head with the files, and seals nothing on a database that lacks what was noted: it was cut off, rewritten, or restored from a backup. This accepts the loss, in the name of whoever gives the reason; every later verification still tells of it.',
    )
    .requiredOption('--reason <text>', 'why, for the auditor')
    .option('--config <file>', 'YAML file with the configuration')
    .addHelpText('after', ACKNOWLEDGE_EXAMPLES)
    .action((options: AcknowledgeOptions) => acknowledge(context, options));
}

async function acknowledge(context: CommandContext, options: AcknowledgeOptions): Promise<void> {
  const reason = options.reason.trim();
  if (reason.length < 3 || reason.length > 500)
    throw new CommandError('--reason must have 3 to 500 characters', EXIT.usage);
  const { acknowledge: accept } = await import('../roles/acknowledge.ts');
  const config = context.load(options);
  if (!config.database.workerUrl)
    throw new CommandError('config: database.workerUrl is required to acknowledge', EXIT.config);
  const found = await accept(config, reason);
  if (!found) {
    context.terminal.out('nothing to acknowledge: the database has all that was noted with the files');
    return;
  }
  const { noted, last } = found;
  const before = noted ? `round ${noted.number}` : 'nothing';
  context.terminal.out(
    `acknowledged: noted with the files was ${before}, sealing goes on after round ${last.number}`,
  );
}

async function verify(context: CommandContext, options: VerifyOptions): Promise<void> {
  const { deriveAuditKeys, parseHead, parseTrustedKey, runAuditVerify } = await import('../audit/index.ts');
  const { masterKey } = await import('../roles/keys.ts');
  const { filesOf, openAnchors } = await import('../roles/stores.ts');
  const { Secret, secretStrings } = await import('../config/index.ts');
  const given = (options.trust ?? []).map(
    (text) =>
      parseTrustedKey(text) ??
      refuse('--trust', text, 'is no Ed25519 public key (32 bytes in base64, or PEM)'),
  );
  const expected = (options.expect ?? []).map(
    (text) => parseHead(text) ?? refuse('--expect', text, 'is not of the form organisation:number:digest'),
  );
  // An auditor has a copy of the database and a public key, and no configuration of the hub.
  const standsAlone = options.url !== undefined && options.trust !== undefined;
  const config = standsAlone ? undefined : context.load(options);
  const url = options.url ?? config?.database.workerUrl?.reveal();
  if (url === undefined)
    throw new CommandError('config: database.workerUrl is required to verify the audit', EXIT.config);
  context.hide(secretStrings(Secret.url(url)));
  const found = await runAuditVerify(
    {
      url,
      setting: options.url === undefined ? 'database.workerUrl' : '--url',
      trusted: config && given.length === 0 ? [deriveAuditKeys(masterKey(config.keys.master)).signer] : given,
      expected,
      ...(config && { anchors: openAnchors(config, filesOf(config)) }),
      json: options.json ?? false,
    },
    context.terminal,
  );
  if (found !== 0) throw new CommandError('the audit log is not intact; see the findings above', EXIT.data);
}

function refuse(option: string, text: string, why: string): never {
  throw new CommandError(`${option}: "${cell(text)}" ${why}; see meterline audit verify --help`, EXIT.usage);
}

interface AcknowledgeOptions extends ConfigOptions {
  readonly reason: string;
}

const ACKNOWLEDGE_EXAMPLES = `
Examples:
  meterline audit verify --config hub.yaml
  meterline audit acknowledge --config hub.yaml --reason "restored the backup of 20 November after a disk failure"`;

const EXAMPLES = `
Examples:
  meterline audit verify --config hub.yaml > verified.txt
  meterline audit verify --config hub.yaml --expect $(sed -n 's/^head //p' verified.txt)
  meterline audit verify --config hub.yaml --json > audit.jsonl`;
