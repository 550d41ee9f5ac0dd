import type { Command } from 'commander';
import { isUuid } from '../kernel/ids.ts';
import { saidLease, saidListed, saidMove, saidOccupancy } from '../leases/index.ts';
import type { LeasesAtHand } from '../roles/leases.ts';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { uploaded } from './manual.commands.ts';
import { instantOf } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseBuilding, chooseOrganisation } from './site-choice.ts';
import { BUILDING, BY, CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

/** Whoever has the configuration file is above all roles. */
const OPERATOR = { ...BY, roles: ['platform_admin', 'owner'] as const };
type Operator = typeof OPERATOR & { readonly organisation: string };

interface InBuilding extends InOrganisation {
  readonly building?: string;
}
interface AddOptions extends InBuilding {
  readonly number: string;
  readonly room?: string;
  readonly first: string;
  readonly last?: string;
  readonly rent?: string;
  readonly deposit?: string;
  readonly tenant: readonly string[];
}
interface MoveOptions extends InOrganisation {
  readonly at: string;
  readonly room?: string;
  readonly reading?: readonly string[];
  readonly photo?: readonly string[];
  readonly confirm?: boolean;
  readonly notes?: string;
  readonly keys?: string;
}

export async function withLeases<T>(
  context: CommandContext,
  options: InOrganisation,
  work: (at: LeasesAtHand, by: Operator) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  const roles = await import('../roles/leases.ts');
  return roles.withLeases(config, async (at) =>
    work(at, { organisation: await chooseOrganisation(at, options.organisation), ...OPERATOR }),
  );
}

const common = (command: Command): Command =>
  command
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION);

const LEASE = ['<lease>', 'its number or id'] as const;
const COLUMNS = ['id', 'number', 'state', 'placeName', 'firstDay', 'lastDay', 'tenants'] as const;

export function addLeaseCommands(program: Command, context: CommandContext): void {
  const group = program
    .command('lease')
    .summary('who rents which room: agree, move in, change room, move out');
  addAdd(group, context);
  addList(group, context);
  addShow(group, context);
  addMoves(group, context);
  addEndings(group, context);
  addOccupancy(group, context);
}

function addAdd(group: Command, context: CommandContext): void {
  common(
    group
      .command('add')
      .summary('agree on a lease; its room is kept from the first day on')
      .requiredOption('--number <text>', 'as the contract is filed')
      .requiredOption('--first <day>', 'first day, as 2026-03-01')
      .option('--last <day>', 'last day; without it the lease is open')
      .option('--room <id or name>', 'the room that is kept')
      .option('--rent <amount>', 'a month, in the currency of the building')
      .option('--deposit <amount>', 'held')
      .option('--tenant <id or name...>', 'who rents: a party by id, or a name that is written down now', [])
      .option(...BUILDING),
  ).action((options: AddOptions) =>
    withLeases(context, options, async (at, by) => {
      const building = await chooseBuilding(at, by.organisation, options.building);
      const place = options.room === undefined ? undefined : await roomOf(at, by, building, options.room);
      const { number, rent, deposit, first: firstDay, last: lastDay } = options;
      const people = options.tenant.map((who, i) => ({
        ...(isUuid(who) ? { party: who } : { new: { name: who } }),
        role: i === 0 ? ('tenant' as const) : ('co-tenant' as const),
      }));
      const lease = await at.leases.add(by, {
        building,
        number,
        firstDay,
        lastDay,
        place,
        rent,
        deposit,
        people,
      });
      printRows(
        context.terminal,
        [saidLease(lease)],
        ['id', 'number', 'state', 'firstDay', 'lastDay'],
        options,
      );
    }),
  );
}

function addList(group: Command, context: CommandContext): void {
  common(
    group
      .command('list')
      .summary('leases by their numbers')
      .option('--state <state>', 'draft, active, ended or cancelled')
      .option(...BUILDING),
  ).action((options: InBuilding & { state?: string }) =>
    withLeases(context, options, async (at, by) => {
      const building =
        options.building === undefined
          ? undefined
          : await chooseBuilding(at, by.organisation, options.building);
      for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
        const page = await at.leases.list(by, { building, state: options.state, after, limit: 500 });
        after = page.length < 500 ? undefined : page.at(-1)?.id;
        if (first || page.length > 0) printRows(context.terminal, page.map(saidListed), COLUMNS, options);
      }
    }),
  );
}

function addShow(group: Command, context: CommandContext): void {
  common(
    group
      .command('show')
      .summary('one lease with its rooms, people, prices and moves')
      .argument(...LEASE),
  ).action((lease: string, options: InOrganisation) =>
    withLeases(context, options, async (at, by) => {
      const id = await leaseOf(at, by, lease);
      const found = saidLease(await at.leases.show(by, id));
      const moves = await at.moves.handovers(by, id);
      if (options.json) return context.terminal.out(JSON.stringify({ ...found, handovers: moves.length }));
      printRows(context.terminal, [found], ['id', 'number', 'state', 'firstDay', 'lastDay', 'deposit'], {});
      printRows(context.terminal, found.stays, ['name', 'from', 'to'], {});
      printRows(context.terminal, found.people, ['name', 'role', 'firstDay', 'lastDay', 'party'], {});
      printRows(context.terminal, moves, ['id', 'kind', 'at', 'author', 'undoneReason'], {});
    }),
  );
}

const MOVES = [
  ['move-in', 'move-in', 'hand over the keys; the room that was kept, if no other is named'],
  ['change-room', 'room-change', 'leave one room and enter another'],
  ['move-out', 'move-out', 'take the keys back'],
] as const;

function addMoves(group: Command, context: CommandContext): void {
  for (const [name, kind, summary] of MOVES) {
    const command = group
      .command(name)
      .summary(summary)
      .argument(...LEASE)
      .requiredOption('--at <instant>', 'a quarter hour, as 2026-03-11T11:15:00+07:00');
    if (kind !== 'move-out') command.option('--room <id or name>', 'where to');
    common(
      command
        .option(
          '--reading <point=value...>',
          'of every meter that no gateway reads: as on the display, POINT=1234.5kWh, or the register’s own count, POINT=123450',
        )
        .option('--photo <point=file...>', 'of the display')
        .option('--confirm', 'the readings are right, although they do not fit their neighbours')
        .option('--notes <text>', 'for the protocol')
        .option('--keys <text>', 'which were handed over'),
    ).action((lease: string, options: MoveOptions) =>
      withLeases(context, options, async (at, by) => {
        const id = await leaseOf(at, by, lease);
        const { building } = await at.leases.show(by, id);
        const place = options.room === undefined ? undefined : await roomOf(at, by, building, options.room);
        const readings = await readingsOf(at, by, options);
        const protocol = { notes: options.notes, keys: options.keys };
        const given = { at: instantOf(options.at, '--at'), place, readings, protocol };
        const moved = saidMove(await at.moves.move(by, id, kind, given));
        if (options.json) return context.terminal.out(JSON.stringify(moved));
        printRows(context.terminal, [moved.lease], ['number', 'state', 'firstDay', 'lastDay'], {});
        printRows(
          context.terminal,
          moved.handover.readings,
          ['point', 'side', 'count', 'state', 'refusal'],
          {},
        );
      }),
    );
  }
  common(
    group
      .command('undo')
      .summary('take the newest move of a lease back; what was read stays')
      .argument('<handover>', 'id of the move')
      .requiredOption('--reason <text>', 'why; stands with the move and in the audit log'),
  ).action((handover: string, options: InOrganisation & { reason: string }) =>
    withLeases(context, options, async (at, by) => {
      const { lease } = saidMove(await at.moves.undo(by, handover, options.reason));
      printRows(context.terminal, [lease], ['number', 'state', 'firstDay', 'lastDay'], options);
    }),
  );
}

function addEndings(group: Command, context: CommandContext): void {
  common(
    group
      .command('end')
      .summary('notice was given: the room is free after that day; `open` takes it back')
      .argument(...LEASE)
      .argument('<day>', 'its last day, as 2026-05-31, or open'),
  ).action((lease: string, day: string, options: InOrganisation) =>
    withLeases(context, options, async (at, by) => {
      const found = await at.leases.show(by, await leaseOf(at, by, lease));
      const lastDay = day === 'open' ? null : day;
      const changed = await at.leases.change(by, found.id, found.version, { lastDay });
      printRows(context.terminal, [saidLease(changed)], ['number', 'state', 'firstDay', 'lastDay'], options);
    }),
  );
  common(
    group
      .command('cancel')
      .summary('a draft that comes to nothing; its room is free')
      .argument(...LEASE)
      .requiredOption('--reason <text>', 'why; stands in the audit log'),
  ).action((lease: string, options: InOrganisation & { reason: string }) =>
    withLeases(context, options, async (at, by) => {
      const cancelled = await at.leases.cancel(by, await leaseOf(at, by, lease), options.reason);
      printRows(context.terminal, [saidLease(cancelled)], ['number', 'state'], options);
    }),
  );
}

function addOccupancy(group: Command, context: CommandContext): void {
  common(
    group
      .command('occupancy')
      .summary('which room is whose, and how many days each was lived in')
      .option('--first <day>', 'first day; that of the current month without it')
      .option('--last <day>', 'last day; today without it')
      .option(...BUILDING),
  ).action((options: InBuilding & { first?: string; last?: string }) =>
    withLeases(context, options, async (at, by) => {
      const building = await chooseBuilding(at, by.organisation, options.building);
      const query = { firstDay: options.first, lastDay: options.last };
      const { rooms } = saidOccupancy(await at.occupancy.building(by, building, query));
      const columns = ['name', 'state', 'number', 'from', 'to', 'occupiedDays', 'vacantDays', 'outDays'];
      printRows(context.terminal, rooms, columns, options);
    }),
  );
}

async function leaseOf({ leases }: LeasesAtHand, by: Operator, given: string): Promise<string> {
  if (isUuid(given)) return given;
  const [found] = await leases.list(by, { number: given, limit: 1 });
  if (found) return found.id;
  throw new CommandError(`there is no lease "${given}" (meterline lease list)`, EXIT.data);
}

async function roomOf(
  { occupancy }: LeasesAtHand,
  by: Operator,
  building: string,
  given: string,
): Promise<string> {
  if (isUuid(given)) return given;
  const { rooms } = await occupancy.building(by, building, {});
  const found = rooms.find(({ name }) => name === given);
  if (found) return found.place;
  throw new CommandError(`--room: there is no room "${given}" in that building`, EXIT.data);
}

async function readingsOf(
  at: LeasesAtHand,
  by: Operator,
  { reading = [], photo = [], confirm }: MoveOptions,
) {
  const photos = new Map<string, string>();
  for (const each of photo) {
    const [point, file] = pairOf(each, '--photo');
    const id = await uploaded(at, by, file);
    if (id !== undefined) photos.set(point, id);
  }
  return reading.map((each) => {
    const [point, shown] = pairOf(each, '--reading');
    const [, value = shown, unit] = /^([\d.,\s]+?)\s*([^\d.,\s].*)?$/u.exec(shown) ?? [];
    const counted = unit === undefined || unit === 'count' ? { count: value } : { value, unit };
    return { point, ...counted, photo: photos.get(point), confirmed: confirm };
  });
}

function pairOf(text: string, option: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CommandError(`${option}: "${text.slice(0, 60)}" must be written POINT=…`, EXIT.usage);
  return [text.slice(0, at), text.slice(at + 1)];
}
