import type { Command } from 'commander';
import type { SitesAtHand } from '../roles/sites.ts';
import type { CommandContext } from './context.ts';
import { dayOf, noneOf, wholeOf } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseBuilding, choosePlace } from './site-choice.ts';
import {
  BUILDING,
  BY,
  CONFIG,
  type InOrganisation,
  inOrganisation,
  JSON_OPTION,
  ORGANISATION,
} from './sites.commands.ts';

interface InBuilding extends InOrganisation {
  readonly building?: string;
}
interface Details extends InBuilding {
  readonly name?: string;
  readonly otherName?: string;
  readonly floor?: string;
  readonly level?: string;
  readonly area?: string;
  readonly capacity?: string;
}
interface AddPlace extends Details {
  readonly name: string;
  readonly kind: string;
}
interface Reason extends InBuilding {
  readonly reason: string;
}
interface AddOutage extends Reason {
  readonly from: string;
  readonly to?: string;
}

const COLUMNS = ['id', 'kind', 'name', 'otherName', 'level', 'areaM2', 'capacity', 'state'];
const OUTAGE_COLUMNS = ['id', 'from', 'to', 'reason', 'author'];
const WHICH = ['<place>', 'its id or name'] as const;
const REASON = ['--reason <text>', 'why, for the audit'] as const;

export function addPlaceCommands(program: Command, context: CommandContext): void {
  const group = program.command('place').summary('floors, rooms and common areas');
  addAdd(group, context);
  addLook(group, context);
  addSet(group, context);
  addRemove(group, context);
  addOutages(group.command('outage').summary('when a place is out of service'), context);
}

const inBuilding = (command: Command): Command =>
  command
    .option(...BUILDING)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION);

const withDetails = (command: Command): Command =>
  inBuilding(
    command
      .option('--other-name <text>', 'its name in the other script; none: takes it away')
      .option('--floor <id or name>', 'on which floor it is; none: on none')
      .option('--level <number>', 'of a floor: 0 is the ground, below it is negative')
      .option('--area <square metres>', 'as 24.50; none: takes it away')
      .option('--capacity <number>', 'how many people may live in it'),
  );

async function detailsOf(at: SitesAtHand, organisation: string, building: string, given: Details) {
  const { otherName, floor, level, area, capacity } = given;
  const on = noneOf(floor);
  return {
    otherName: noneOf(otherName),
    parent:
      on == null
        ? on
        : await choosePlace(at, organisation, on, { building, kind: 'floor', option: '--floor' }),
    level: wholeOf(level, '--level'),
    areaM2: noneOf(area),
    capacity: wholeOf(capacity, '--capacity'),
  };
}

function addAdd(group: Command, context: CommandContext): void {
  const command = group
    .command('add')
    .summary('add one')
    .requiredOption('--name <text>', 'as people call it')
    .option('--kind <kind>', 'floor, room or common', 'room');
  withDetails(command).action(async (options: AddPlace) => {
    const added = await inOrganisation(context, options, async (at, organisation) => {
      const building = await chooseBuilding(at, organisation, options.building);
      const details = await detailsOf(at, organisation, building, options);
      const { name, kind } = options;
      return at.places.addPlace(organisation, { building, name, kind, ...details }, BY);
    });
    printRows(context.terminal, [added], COLUMNS, options);
  });
}

function addLook(group: Command, context: CommandContext): void {
  inBuilding(group.command('list').summary('list them, floor by floor')).action(
    async (options: InBuilding) => {
      const rows = await inOrganisation(context, options, async (at, organisation) => {
        const { building } = options;
        return at.places.places(organisation, building && (await chooseBuilding(at, organisation, building)));
      });
      printRows(context.terminal, rows, COLUMNS, options);
    },
  );
  inBuilding(
    group
      .command('show')
      .summary('show one, and the meters that hung there')
      .argument(...WHICH),
  ).action(async (which: string, options: InBuilding) => {
    const { place, installations } = await inOrganisation(context, options, async (at, organisation) => {
      const id = await choosePlace(at, organisation, which, here(options));
      return {
        place: await at.places.place(organisation, id),
        installations: await at.installations.list(organisation, { place: id }),
      };
    });
    printRows(context.terminal, [place], [...COLUMNS, 'version'], options);
    if (installations.length > 0)
      printRows(context.terminal, installations, ['meter', 'point', 'fromAt', 'toAt'], options);
  });
}

const here = ({ building }: InBuilding) => ({
  ...(building !== undefined && { building }),
  option: WHICH[0],
});

function addSet(group: Command, context: CommandContext): void {
  const command = group
    .command('set')
    .alias('rename')
    .summary('rename one, move it to another floor, say more of it')
    .argument(...WHICH)
    .option('--name <text>', 'as people call it');
  withDetails(command).action(async (which: string, options: Details) => {
    const row = await inOrganisation(context, options, async (at, organisation) => {
      const id = await choosePlace(at, organisation, which, here(options));
      const { building } = await at.places.place(organisation, id);
      const given = { name: options.name, ...(await detailsOf(at, organisation, building, options)) };
      return at.places.changePlace(organisation, id, given, BY);
    });
    printRows(context.terminal, [row], [...COLUMNS, 'version'], options);
  });
}

function addRemove(group: Command, context: CommandContext): void {
  const command = group
    .command('remove')
    .summary('take back one that was entered by mistake; one with a past stays')
    .argument(...WHICH)
    .requiredOption(...REASON);
  inBuilding(command).action(async (which: string, options: Reason) => {
    await inOrganisation(context, options, async (at, organisation) => {
      const id = await choosePlace(at, organisation, which, here(options));
      await at.places.removePlace(organisation, id, options.reason, BY);
    });
    context.terminal.out('removed');
  });
}

function addOutages(group: Command, context: CommandContext): void {
  const add = group
    .command('add')
    .summary('put a place out of service')
    .argument(...WHICH)
    .requiredOption('--from <day>', 'the first day')
    .option('--to <day>', 'the first day on which it is in use again; left out: not known')
    .requiredOption(...REASON);
  inBuilding(add).action(async (which: string, options: AddOutage) => {
    const { from, to, reason } = options;
    const given = { from: dayOf(from, '--from'), to: to === undefined ? null : dayOf(to, '--to'), reason };
    const row = await inOrganisation(context, options, async (at, organisation) =>
      at.places.addOutage(organisation, await choosePlace(at, organisation, which, here(options)), given, BY),
    );
    printRows(context.terminal, [row], OUTAGE_COLUMNS, options);
  });
  inBuilding(
    group
      .command('list')
      .summary('list those of a place')
      .argument(...WHICH),
  ).action(async (which: string, options: InBuilding) => {
    const rows = await inOrganisation(context, options, async (at, organisation) =>
      at.places.outages(organisation, await choosePlace(at, organisation, which, here(options))),
    );
    printRows(context.terminal, rows, OUTAGE_COLUMNS, options);
  });
  const end = group
    .command('end')
    .summary('say from which day on it is in use again')
    .argument(...WHICH)
    .argument('<outage>', 'id of the outage')
    .requiredOption('--on <day>', 'the first day on which it is in use again');
  inBuilding(end).action(async (which: string, outage: string, options: InBuilding & { on: string }) => {
    const on = dayOf(options.on, '--on');
    const row = await inOrganisation(context, options, async (at, organisation) => {
      const place = await choosePlace(at, organisation, which, here(options));
      return at.places.endOutage(organisation, { place, outage, on }, BY);
    });
    printRows(context.terminal, [row], OUTAGE_COLUMNS, options);
  });
  const remove = group
    .command('remove')
    .summary('take back one that was entered by mistake')
    .argument(...WHICH)
    .argument('<outage>', 'id of the outage')
    .requiredOption(...REASON);
  inBuilding(remove).action(async (which: string, outage: string, options: Reason) => {
    await inOrganisation(context, options, async (at, organisation) => {
      const place = await choosePlace(at, organisation, which, here(options));
      await at.places.removeOutage(organisation, { place, outage, reason: options.reason }, BY);
    });
    context.terminal.out('removed');
  });
}
