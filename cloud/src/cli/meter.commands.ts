import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { noneOf, optionalInstant } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseBuilding, chooseMeter, choosePlace } from './site-choice.ts';
import {
  BUILDING,
  BY,
  CONFIG,
  INSTALLATION_COLUMNS,
  type InOrganisation,
  inOrganisation,
  JSON_OPTION,
  ORGANISATION,
} from './sites.commands.ts';

interface Details extends InOrganisation {
  readonly building?: string;
  readonly label?: string;
  readonly role?: string;
  readonly profile?: string;
  readonly serial?: string;
  readonly parent?: string;
  readonly measures?: string;
  readonly accuracy?: string;
}
interface AddMeter extends Details {
  readonly label: string;
  readonly role: string;
  readonly id?: string;
}
interface Hang extends InOrganisation {
  readonly place?: string;
  readonly building?: string;
  readonly from?: string;
}
interface At extends InOrganisation {
  readonly at?: string;
}

const COLUMNS = ['id', 'label', 'role', 'measures', 'profile', 'serial', 'accuracyPpm', 'parent'];
const WHICH = ['<meter>', 'its id, label or serial number'] as const;
const AT = ['--at <instant>', 'when, as 2026-11-01T00:00+07:00; left out: now'] as const;

export function addMeterCommands(program: Command, context: CommandContext): void {
  const group = program.command('meter').summary('meters of a building');
  addAdd(group, context);
  addLook(group, context);
  addSet(group, context);
  const installation = program
    .command('installation')
    .summary('where meters hang, and hung: in which room or common area, from when to when');
  addInstallations(installation, context);
  addReplace(installation, context);
}

const inOne = (command: Command): Command =>
  command
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION);

const withDetails = (command: Command): Command =>
  inOne(
    command
      .option('--measures <what>', 'electricity or water; left out: as its main meter')
      .option('--profile <profile@version>', 'its model; left out for a meter that people read')
      .option('--serial <text>', 'its serial number')
      .option('--accuracy <class>', 'its class as on the meter: 0.5S, 1, B; none: as its profile says')
      .option('--parent <meter>', 'the main meter that measures what it measures as well; none: no more'),
  );

function addAdd(group: Command, context: CommandContext): void {
  const command = group
    .command('add')
    .summary('add one')
    .requiredOption('--label <text>', 'as it is written on the meter, or the room')
    .option('--role <role>', 'main, sub or common', 'sub')
    .option('--id <uuid>', 'as it was commissioned; else a new one')
    .option(...BUILDING);
  withDetails(command).action(async (options: AddMeter) => {
    const added = await inOrganisation(context, options, async (at, organisation) => {
      const { label, role, profile, serial, id, measures, accuracy } = options;
      const building = await chooseBuilding(at, organisation, options.building);
      const parent = options.parent && (await chooseMeter(at, organisation, options.parent, '--parent'));
      const given = { label, role, profile, serial, parent, id, building, measures, accuracy };
      return at.meters.addMeter(organisation, given, BY);
    });
    printRows(context.terminal, [added], COLUMNS, options);
  });
}

function addLook(group: Command, context: CommandContext): void {
  inOne(group.command('list').summary('list them')).action(async (options: InOrganisation) => {
    const rows = await inOrganisation(context, options, ({ meters }, organisation) =>
      meters.meters(organisation),
    );
    printRows(context.terminal, rows, COLUMNS, options);
  });
  const sums = group
    .command('sums')
    .summary('what a main meter should sum, and which of it lacks what a sum needs')
    .argument(...WHICH);
  inOne(sums).action(async (which: string, options: InOrganisation) => {
    const rows = await inOrganisation(context, options, async (at, organisation) =>
      at.meters.sums(organisation, await chooseMeter(at, organisation, which, WHICH[0])),
    );
    printRows(context.terminal, rows, ['id', 'label', 'role', 'measures', 'place', 'lacks'], options);
  });
}

function addSet(group: Command, context: CommandContext): void {
  const command = group
    .command('set')
    .summary('change what is said of one, or which main meter sums it')
    .argument(...WHICH)
    .option('--label <text>', 'as it is written on the meter, or the room')
    .option('--role <role>', 'main, sub or common');
  withDetails(command).action(async (which: string, options: Details) => {
    const row = await inOrganisation(context, options, async (at, organisation) => {
      const id = await chooseMeter(at, organisation, which, WHICH[0]);
      const { label, role } = options;
      const main = noneOf(options.parent);
      const given = {
        label,
        role,
        measures: noneOf(options.measures),
        profile: noneOf(options.profile),
        serial: noneOf(options.serial),
        accuracy: noneOf(options.accuracy),
        parent: main == null ? main : await chooseMeter(at, organisation, main, '--parent'),
      };
      return at.meters.changeMeter(organisation, id, given, BY);
    });
    printRows(context.terminal, [row], [...COLUMNS, 'version'], options);
  });
}

function addInstallations(group: Command, context: CommandContext): void {
  const add = group
    .command('add')
    .summary('hang a meter, with all of its points, in a room or common area')
    .argument(...WHICH)
    .option('--place <id or name>', 'where; left out: in the building, in no place')
    .option('--from <instant>', 'since when, as 2026-11-01T00:00+07:00; left out: now')
    .option(...BUILDING);
  inOne(add).action(async (which: string, options: Hang) => {
    const from = optionalInstant(options.from, '--from');
    const rows = await inOrganisation(context, options, async (at, organisation) => {
      const meter = await chooseMeter(at, organisation, which, WHICH[0]);
      const { building } = options;
      const place =
        options.place &&
        (await choosePlace(at, organisation, options.place, { ...(building !== undefined && { building }) }));
      return at.installations.hang(organisation, { meter, place, from }, BY);
    });
    printRows(context.terminal, rows, INSTALLATION_COLUMNS, options);
  });
  inOne(
    group
      .command('list')
      .summary('list those of a meter')
      .argument(...WHICH),
  ).action(async (which: string, options: InOrganisation) => {
    const rows = await inOrganisation(context, options, async (at, organisation) => {
      const meter = await chooseMeter(at, organisation, which, WHICH[0]);
      return at.installations.list(organisation, { meter });
    });
    printRows(context.terminal, rows, INSTALLATION_COLUMNS, options);
  });
  const end = group
    .command('end')
    .summary('say that a meter hangs nowhere from an instant on')
    .argument(...WHICH)
    .option(...AT);
  inOne(end).action(async (which: string, options: At) => {
    const at = optionalInstant(options.at, '--at');
    const rows = await inOrganisation(context, options, async (hand, organisation) => {
      const meter = await chooseMeter(hand, organisation, which, WHICH[0]);
      return hand.installations.end(organisation, { meter, at }, BY);
    });
    printRows(context.terminal, rows, INSTALLATION_COLUMNS, options);
  });
}

function addReplace(group: Command, context: CommandContext): void {
  const replace = group
    .command('replace')
    .summary('put another meter in the place of one; its counts are said with: meterline epoch declare')
    .argument(...WHICH)
    .requiredOption('--by <meter>', 'the one that hangs there from then on')
    .option(...AT);
  inOne(replace).action(async (which: string, options: At & { by: string }) => {
    const at = optionalInstant(options.at, '--at');
    const rows = await inOrganisation(context, options, async (hand, organisation) => {
      const old = await chooseMeter(hand, organisation, which, WHICH[0]);
      const by = await chooseMeter(hand, organisation, options.by, '--by');
      return hand.installations.replace(organisation, old, { by, at }, BY);
    });
    printRows(context.terminal, rows, INSTALLATION_COLUMNS, options);
  });
  const remove = group
    .command('remove')
    .summary('take back one that was entered by mistake, as if it had never been')
    .argument('<installation>', 'its id')
    .requiredOption('--reason <text>', 'why, for the audit');
  inOne(remove).action(async (id: string, options: InOrganisation & { reason: string }) => {
    await inOrganisation(context, options, ({ installations }, organisation) =>
      installations.remove(organisation, id, options.reason, BY),
    );
    context.terminal.out('removed');
  });
}
