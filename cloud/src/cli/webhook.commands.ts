import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { withDoors } from './doors.context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { printRows } from './output.ts';
import { CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

type WithSecret = {
  readonly source: { readonly id: string; readonly name: string };
  readonly secret: { readonly keyId: string; readonly secret: string };
};

export function addWebhookCommands(program: Command, context: CommandContext): void {
  const group = program.command('webhook').summary('other systems that send readings under a shared secret');
  group
    .command('add')
    .summary('add one; its secret is shown this once')
    .requiredOption('--name <text>', 'as people call it')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((options: InOrganisation & { name: string }) =>
      withDoors(context, options, async ({ webhooks }, asked) =>
        showSecret(context, await webhooks.add(asked, options.name), options),
      ),
    );
  group
    .command('list')
    .summary('list them with their keys, without the secrets')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((options: InOrganisation) =>
      withDoors(context, options, async ({ webhooks }, asked) => {
        const rows = (await webhooks.list(asked)).flatMap(({ id, name, secrets }) =>
          secrets.map((secret) => ({ id, name, ...secret })),
        );
        printRows(
          context.terminal,
          rows,
          ['id', 'name', 'keyId', 'expiresAt', 'revokedAt', 'lastUsedAt'],
          options,
        );
      }),
    );
  group
    .command('rotate')
    .summary('a new secret; the former one stays valid for a while')
    .argument('<source>', 'id of the source')
    .option('--overlap-hours <n>', 'how long; 0 ends it at once', '168')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((source: string, options: InOrganisation & { overlapHours: string }) =>
      withDoors(context, options, async ({ webhooks }, asked) =>
        showSecret(context, await webhooks.rotate(asked, source, hoursOf(options)), options),
      ),
    );
  group
    .command('revoke')
    .summary('end all of its secrets, at once and for good; what it sent stays')
    .argument('<source>', 'id of the source')
    .requiredOption('--reason <text>', 'why; stands in the audit log')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((source: string, options: InOrganisation & { reason: string }) =>
      withDoors(context, options, async ({ webhooks }, asked) => {
        const { id, name, revokedAt } = await webhooks.revoke(asked, source, options.reason);
        printRows(context.terminal, [{ id, name, revokedAt }], ['id', 'name', 'revokedAt'], options);
      }),
    );
}

/** The one time that it may reach a terminal. */
function showSecret(
  { terminal }: CommandContext,
  { source, secret }: WithSecret,
  options: InOrganisation,
): void {
  const row = { id: source.id, name: source.name, ...secret };
  printRows(terminal, [row], ['id', 'name', 'keyId', 'secret'], options);
}

function hoursOf({ overlapHours }: { readonly overlapHours: string }): number {
  const hours = Number(overlapHours);
  if (overlapHours.trim() !== '' && hours >= 0 && hours <= 2_160) return hours;
  throw new CommandError('--overlap-hours must be a number from 0 to 2160', EXIT.usage);
}
