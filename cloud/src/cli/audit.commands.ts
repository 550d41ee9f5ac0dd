import type { Command } from 'commander';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';

interface VerifyOptions extends ConfigOptions {
  readonly url?: string;
  readonly trust?: string[];
  readonly expect?: string[];
  readonly json?: boolean;
}

export function addAuditCommands(program: Command, context: CommandContext): void {
  const audit = program.command('audit').summary('the log of what was done, and by whom');
  audit
    .command('verify')
    .summary('check every entry against its seal; exit code 65 if anything was found')
    .description(
      'Checks every entry against its seal, and every chain against its signed heads. Reports what was changed, removed, forged or never sealed.',
    )
    .option('--config <file>', 'YAML file with the configuration')
    .option('--url <url>', 'another database than database.appUrl, a restored copy for one')
    .option('--trust <key...>', 'public keys to believe, instead of the one of keys.master')
    .option('--expect <head...>', 'heads (organisation:number:digest) that an earlier run printed')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  meterline audit verify --config hub.yaml\n  meterline audit verify --config hub.yaml --json > audit.jsonl',
    )
    .action((options: VerifyOptions) => verify(context, options));
}

async function verify(context: CommandContext, options: VerifyOptions): Promise<void> {
  const { runAuditVerify } = await import('../audit/index.ts');
  const { masterKey } = await import('../roles/keys.ts');
  const { Secret, secretStrings } = await import('../config/index.ts');
  // An auditor has a copy of the database and a public key, and no configuration of the hub.
  const standsAlone = options.url !== undefined && options.trust !== undefined;
  const config = standsAlone ? undefined : context.load(options);
  const url = options.url ?? config?.database.appUrl.reveal() ?? '';
  context.hide(secretStrings(Secret.url(url)));
  const found = await runAuditVerify(
    {
      url,
      setting: options.url === undefined ? 'database.appUrl' : '--url',
      trust: options.trust ?? [],
      expect: options.expect ?? [],
      json: options.json ?? false,
      ...(config && { master: masterKey(config.keys.master) }),
    },
    context.terminal,
  );
  if (found !== 0) throw new CommandError('the audit log is not intact; see the findings above', EXIT.data);
}
