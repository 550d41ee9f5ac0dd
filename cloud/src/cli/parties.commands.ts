import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { withLeases } from './leases.commands.ts';
import { printRows } from './output.ts';
import { CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

interface AddOptions extends InOrganisation {
  readonly name: string;
  readonly otherName?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly company?: boolean;
  readonly taxId?: string;
}

const common = (command: Command): Command =>
  command
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION);

export function addPartyCommands(program: Command, context: CommandContext): void {
  const group = program.command('party').summary('whom leases name, with an account or without');
  common(
    group
      .command('add')
      .summary('write somebody down')
      .requiredOption('--name <text>', 'as they are called')
      .option('--other-name <text>', 'the same in the other script')
      .option('--phone <number>', 'to be reached at')
      .option('--email <address>', 'to be reached at')
      .option('--tax-id <id>', 'for invoices')
      .option('--company', 'no person'),
  ).action((options: AddOptions) =>
    withLeases(context, options, async ({ parties }, by) => {
      const { name, otherName, phone, email, taxId, company } = options;
      const kind = company === true ? ('company' as const) : ('person' as const);
      const added = await parties.add(by, { kind, name, otherName, phone, email, taxId });
      printRows(context.terminal, [added], ['id', 'name'], options);
    }),
  );
  common(
    group.command('list').summary('by name').option('--like <text>', 'part of a name, in either script'),
  ).action((options: InOrganisation & { like?: string }) =>
    withLeases(context, options, async ({ parties }, by) => {
      const found = await parties.list(by, { like: options.like, limit: 500 });
      printRows(context.terminal, found, ['id', 'name', 'otherName', 'phone', 'email', 'person'], options);
    }),
  );
  common(
    group
      .command('invite')
      .summary('print a link by which the party gets an account; it is good once')
      .argument('<party>', 'id of the party'),
  ).action((party: string, options: InOrganisation) =>
    withLeases(context, options, async ({ parties }, by) => {
      const made = await parties.invite(by, party);
      printRows(context.terminal, [made], ['party', 'address', 'endsAt'], options);
    }),
  );
  common(
    group
      .command('export')
      .summary('print what leases keep about somebody, for them')
      .argument('<party>', 'id of the party'),
  ).action((party: string, options: InOrganisation) =>
    withLeases(context, options, async ({ partyData }, by) => {
      context.terminal.out(JSON.stringify(await partyData.export(by, party), undefined, 1));
    }),
  );
  common(
    group
      .command('forget')
      .summary('forget somebody without an account for good; ids and amounts stay')
      .argument('<party>', 'id of the party')
      .requiredOption('--reason <text>', 'stands in the audit; names nobody'),
  ).action((party: string, options: InOrganisation & { reason: string }) =>
    withLeases(context, options, async ({ partyData }, by) => {
      await partyData.forget(by, party, options.reason);
      context.terminal.out(`${party} is forgotten`);
    }),
  );
}
