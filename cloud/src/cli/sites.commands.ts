import type { Command } from 'commander';
import type { SitesAtHand } from '../roles/sites.ts';
import type { By } from '../sites/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { optionalInstant } from './option-values.ts';
import { type OutputOptions, printRows } from './output.ts';
import { chooseOrganisation } from './site-choice.ts';

export const CONFIG = ['--config <file>', 'YAML file with the configuration'] as const;
export const JSON_OPTION = ['--json', 'one JSON object a line'] as const;
export const ORGANISATION = [
  '--organisation <id or name>',
  'whose it is; not needed while there is one only',
] as const;
export const BUILDING = [
  '--building <id or name>',
  'in which building; not needed while there is one only',
] as const;

/** Whoever has the configuration file is the operator. */
export const BY: By = { actor: { kind: 'operator', id: 'cli' } };

export interface InOrganisation extends ConfigOptions, OutputOptions {
  readonly organisation?: string;
}

async function withSites<T>(
  context: CommandContext,
  options: ConfigOptions,
  work: (at: SitesAtHand) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  const roles = await import('../roles/sites.ts');
  return roles.withSites(config, work);
}

/** Resolves the organisation first: every command but the first few is about one. */
export function inOrganisation<T>(
  context: CommandContext,
  options: InOrganisation,
  work: (at: SitesAtHand, organisation: string) => Promise<T>,
): Promise<T> {
  return withSites(context, options, async (at) =>
    work(at, await chooseOrganisation(at, options.organisation)),
  );
}

export function addSitesCommands(program: Command, context: CommandContext): void {
  addOrganisations(program, context);
  addPoints(program, context);
}

function addOrganisations(program: Command, context: CommandContext): void {
  const group = program.command('organisation').summary('whose buildings are served');
  group
    .command('add')
    .summary('add one')
    .requiredOption('--name <text>', 'as people call it')
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation & { name: string }) => {
      const added = await withSites(context, options, ({ sites }) => sites.addOrganisation(options, BY));
      printRows(context.terminal, [added], ['id', 'name'], options);
    });
  group
    .command('list')
    .summary('list all')
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await withSites(context, options, ({ sites }) => sites.organisations());
      printRows(context.terminal, rows, ['id', 'name', 'createdAt'], options);
    });
}

interface ListPoints extends InOrganisation {
  readonly gateway?: string;
  readonly meter?: string;
}
interface AddPoint extends ListPoints {
  readonly id?: string;
  readonly class: string;
  readonly register?: string;
  readonly unit?: string;
}
interface InstallPoint extends InOrganisation {
  readonly meter: string;
  readonly place?: string;
  readonly from?: string;
}

const POINT_COLUMNS = ['id', 'class', 'register', 'unit', 'meterLabel', 'gateway', 'seenAt'];

function addPoints(program: Command, context: CommandContext): void {
  const group = program.command('point').summary('points: one register of one meter each');
  group
    .command('list')
    .summary('list them')
    .option('--gateway <id>', 'of one gateway only')
    .option('--meter <id>', 'of one meter only')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: ListPoints) => {
      const rows = await inOrganisation(context, options, (at, organisation) =>
        everyPoint(at, organisation, options),
      );
      printRows(context.terminal, rows, POINT_COLUMNS, options);
    });
  group
    .command('add')
    .summary('add one that no gateway has sent yet, or none ever will')
    .option('--class <class>', 'billing, counter or gauge', 'billing')
    .option('--register <profile@version/register>', 'which register it is')
    .option('--unit <unit>', 'without a register: what a count is one of, Wh, varh, VAh or mL')
    .option('--meter <id>', 'of which meter')
    .option('--gateway <id>', 'who sends it')
    .option('--id <uuid>', 'as it was commissioned; else a new one')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: AddPoint) => {
      const { id, register, unit, meter, gateway } = options;
      const added = await inOrganisation(context, options, ({ meters }, organisation) =>
        meters.addPoint(organisation, { id, register, unit, meter, gateway, class: options.class }, BY),
      );
      printRows(context.terminal, [added], POINT_COLUMNS, options);
    });
  group
    .command('install')
    .summary('say of which meter a point is a register, and where that meter hangs, from when on')
    .argument('<point>', 'id of the point')
    .requiredOption('--meter <id>', 'of which meter')
    .option('--place <id>', 'in which room or common area')
    .option('--from <instant>', 'since when, as 2026-11-01T00:00+07:00; left out: now')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (point: string, options: InstallPoint) => {
      const { meter, place, from } = options;
      const given = { point, meter, place, from: optionalInstant(from, '--from') };
      const done = await inOrganisation(context, options, ({ installations }, organisation) =>
        installations.install(organisation, given, BY),
      );
      printRows(context.terminal, [done], INSTALLATION_COLUMNS, options);
    });
}

export const INSTALLATION_COLUMNS = ['id', 'point', 'meter', 'place', 'fromAt', 'toAt'];
const PAGE = 1_000;

async function everyPoint({ meters }: SitesAtHand, organisation: string, { gateway, meter }: ListPoints) {
  const all = [];
  for (let after: string | undefined; ; ) {
    const page = await meters.points(organisation, { gateway, meter, after, limit: PAGE });
    all.push(...page);
    if (page.length < PAGE) return all;
    after = page.at(-1)?.id;
  }
}
