import type { Command } from 'commander';
import type { SitesAtHand } from '../roles/sites.ts';
import type { By } from '../sites/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { instantOf } from './option-values.ts';
import { type OutputOptions, printRows } from './output.ts';
import { chooseBuilding, chooseOrganisation } from './site-choice.ts';

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
  addBuildings(program, context);
  addMeters(program, context);
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

function addBuildings(program: Command, context: CommandContext): void {
  const group = program.command('building').summary('buildings, each in its time zone');
  group
    .command('add')
    .summary('add one')
    .requiredOption('--name <text>', 'as people call it')
    .requiredOption(
      '--zone <zone>',
      'IANA name of its time zone, as Asia/Bangkok; it cannot be changed later',
    )
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation & { name: string; zone: string }) => {
      const added = await inOrganisation(context, options, ({ sites }, organisation) =>
        sites.addBuilding(organisation, options, BY),
      );
      printRows(context.terminal, [added], ['id', 'name', 'zone'], options);
    });
  group
    .command('list')
    .summary('list them')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await inOrganisation(context, options, ({ sites }, organisation) =>
        sites.buildings(organisation),
      );
      printRows(context.terminal, rows, ['id', 'name', 'zone'], options);
    });
}

interface AddMeter extends InOrganisation {
  readonly building?: string;
  readonly label: string;
  readonly role: string;
  readonly profile?: string;
  readonly serial?: string;
  readonly parent?: string;
  readonly accuracy?: string;
  readonly id?: string;
}

function addMeters(program: Command, context: CommandContext): void {
  const group = program.command('meter').summary('meters of a building');
  group
    .command('add')
    .summary('add one')
    .requiredOption('--label <text>', 'as it is written on the meter, or the room')
    .option('--role <role>', 'main, sub or common', 'sub')
    .option('--profile <profile@version>', 'its model; left out for a meter that people read')
    .option('--serial <text>', 'its serial number')
    .option('--parent <id>', 'the main meter that measures what it measures as well')
    .option('--accuracy <class>', 'its class as on the meter: 0.5S, 1, B; left out: as its profile says')
    .option('--id <uuid>', 'as it was commissioned; else a new one')
    .option(...BUILDING)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: AddMeter) => {
      const added = await inOrganisation(context, options, async (at, organisation) => {
        const building = await chooseBuilding(at, organisation, options.building);
        const { label, role, profile, serial, parent, accuracy, id } = options;
        const given = { label, role, profile, serial, parent, accuracy, id, building };
        return at.meters.addMeter(organisation, given, BY);
      });
      printRows(context.terminal, [added], METER_COLUMNS, options);
    });
  group
    .command('list')
    .summary('list them')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await inOrganisation(context, options, ({ meters }, organisation) =>
        meters.meters(organisation),
      );
      printRows(context.terminal, rows, METER_COLUMNS, options);
    });
  addAccuracy(group, context);
}

const METER_COLUMNS = ['id', 'label', 'role', 'profile', 'serial', 'accuracyPpm', 'parent'];

function addAccuracy(group: Command, context: CommandContext): void {
  group
    .command('accuracy')
    .summary('say how exact a meter is: losses are judged by it')
    .argument('<meter>', 'id of the meter')
    .argument('<class>', 'as on the meter: 0.5S, 1, 2, A, B, C; or profile, as its profile says')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (meter: string, given: string, options: InOrganisation) => {
      const accuracy = given === 'profile' ? null : given;
      const changed = await inOrganisation(context, options, ({ meters }, organisation) =>
        meters.setAccuracy(organisation, meter, accuracy, BY),
      );
      printRows(context.terminal, [changed], METER_COLUMNS, options);
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
      const { meter, place = null, from } = options;
      const given = { point, meter, place, ...(from !== undefined && { from: instantOf(from, '--from') }) };
      const done = await inOrganisation(context, options, ({ meters }, organisation) =>
        meters.install(organisation, given, BY),
      );
      printRows(context.terminal, [done], ['id', 'point', 'meter', 'place', 'fromAt'], options);
    });
}

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
