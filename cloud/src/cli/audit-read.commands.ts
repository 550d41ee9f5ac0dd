import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { AuditQuestion } from '../identity/index.ts';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { printRows } from './output.ts';
import { BY, CONFIG, JSON_OPTION, ORGANISATION } from './sites.commands.ts';
import { type InPlace, inPlace, PLATFORM_OPTION } from './user-place.ts';

interface Asked extends InPlace, AuditQuestion {
  readonly limit?: string;
}
interface Export extends Asked {
  readonly out: string;
  readonly format: string;
}

/** What the API has for the dashboard, straight on the database. */
export function addAuditReadCommands(group: Command, context: CommandContext): void {
  filtered(group.command('list').summary('what was done and what was refused, the newest first'))
    .option('--limit <n>', 'how many, at most 500', '50')
    .option(...JSON_OPTION)
    .action((options: Asked) => list(context, options));
  filtered(group.command('export').summary('the same, all of it, into a file'))
    .requiredOption('--out <file>', 'where to write')
    .option('--format <name>', 'csv or jsonl', 'csv')
    .action((options: Export) => write(context, options));
}

function filtered(command: Command): Command {
  return command
    .option('--actor <id>', 'a person, an API key, a gateway')
    .option('--actor-kind <kind>', 'user, api_key, operator, gateway, system, visitor')
    .option('--action <name>', 'as session.started; with a dot at its end all of them: session.')
    .option('--subject <type:id>', 'as person:0190…')
    .option('--from <instant>', 'in UTC, as 2026-11-20T00:00:00Z')
    .option('--to <instant>', 'half-open')
    .option('--address <address>', 'network address of whoever did it')
    .option('--outcome <outcome>', 'done or refused')
    .option('--request <id>', 'of a request, as answers and logs have it')
    .option(...PLATFORM_OPTION)
    .option(...ORGANISATION)
    .option(...CONFIG);
}

async function list(context: CommandContext, options: Asked): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500)
    throw new CommandError('--limit must be 1 to 500', EXIT.usage);
  const filter = await filterOf(options);
  const { items } = await inPlace(context, options, ({ audit }, organisation) =>
    audit.page({ organisation, ...BY }, filter, { limit }),
  );
  const rows = options.json
    ? items
    : items.map(({ actor, subject, ...entry }) => ({
        ...entry,
        actor: [actor.kind, actor.id].filter(Boolean).join(' '),
        address: actor.address,
        subject: `${subject.type}:${subject.id}`,
      }));
  printRows(context.terminal, rows, ['at', 'action', 'actor', 'address', 'subject', 'reason'], options);
}

async function write(context: CommandContext, options: Export): Promise<void> {
  const { auditCsv, auditJsonl } = await import('../identity/index.ts');
  const form = { csv: auditCsv, jsonl: auditJsonl }[options.format];
  if (!form) throw new CommandError('--format must be csv or jsonl', EXIT.usage);
  const filter = await filterOf(options);
  await inPlace(context, options, ({ audit }, organisation) =>
    pipeline(
      Readable.from(form(audit.all({ organisation, ...BY }, filter)), { objectMode: false }),
      createWriteStream(options.out, { mode: 0o600 }),
    ),
  );
  context.terminal.out(`written to ${options.out}`);
}

async function filterOf(options: Asked) {
  const { outcome } = options;
  if (outcome !== undefined && !['done', 'refused'].includes(outcome))
    throw new CommandError('--outcome must be done or refused', EXIT.usage);
  const { auditFilterOf } = await import('../identity/index.ts');
  return auditFilterOf(options);
}
