import { type Calendar, DAY_MINUTES, dayOf, dayStart, MINUTE_MS } from './calendar.ts';
import { Dice, type Key, keyOf, mixed } from './chance.ts';
import type { PlaceConfig } from './config.schema.ts';
import type { Consumer, PlaceDay } from './consumers.ts';
import { COMMON_ELECTRIC, ELECTRIC, ROOM_ELECTRIC } from './electric-consumers.ts';
import type { Channel, Medium } from './flow.ts';
import { habitsOf } from './habits.ts';
import { COMMON_WATER, ROOM_WATER, WATER } from './water-consumers.ts';
import { temperatures } from './weather.ts';

export type Phase = Exclude<Channel, 0>;

/** A group, a room, a common area, or the standing losses of a group (which nobody can see but its meter). */
export interface Place {
  readonly id: string;
  readonly parent: Place | undefined;
  readonly isLeaf: boolean;
  readonly isStanding: boolean;
  /** Of a group: what it loses of the flow below, in thousandths. */
  readonly permille: Readonly<Record<Medium, number>>;
  phases: readonly Phase[];
  /** Of a leaf: mWh or µL in each minute of a day. */
  readonly minutes: (medium: Medium, day: number) => Float64Array;
}

export interface PlaceTree {
  /** Parents before their children. */
  readonly places: readonly Place[];
  readonly leaves: readonly Place[];
  readonly byId: ReadonlyMap<string, Place>;
  /** Without standing losses. */
  childrenOf(id: string): readonly Place[];
  leavesOf(id: string): readonly Place[];
}

interface World {
  readonly seed: number;
  readonly calendar: Calendar;
}

const NOTHING = new Float64Array(DAY_MINUTES);
const NO_LOSSES = { electricity: 0, water: 0 } as const;

/** The configuration has been checked: parents exist, and no group is its own part. */
export function plantPlaces(configs: readonly PlaceConfig[], world: World): PlaceTree {
  const heat = weatherOf(world.seed);
  const byId = new Map<string, Place>();
  const places: Place[] = [];
  const waiting = new Map(configs.map((config) => [config.id, config]));
  let turn = 0;
  const add = (place: Place): void => {
    byId.set(place.id, place);
    places.push(place);
  };
  const plant = (config: PlaceConfig): void => {
    if (byId.has(config.id)) return;
    const above = config.in === undefined ? undefined : waiting.get(config.in);
    if (above) plant(above);
    const parent = config.in === undefined ? undefined : byId.get(config.in);
    if (config.kind === 'group') {
      for (const place of groupOf(config, parent)) add(place);
      return;
    }
    turn += 1;
    const phase = config.phase ?? ((((turn - 1) % 3) + 1) as Phase);
    add(leafOf(config, parent, phase === 'all' ? [1, 2, 3] : [phase], world, heat));
  };
  for (const config of configs) plant(config);
  const leaves = places.filter(({ isLeaf }) => isLeaf);
  const below = leavesBelow(leaves);
  for (const place of places) {
    if (!place.isLeaf) place.phases = phasesOf(below.get(place.id) ?? []);
  }
  return {
    places,
    leaves,
    byId,
    childrenOf: (id) => places.filter(({ parent, isStanding }) => parent?.id === id && !isStanding),
    leavesOf: (id) => below.get(id) ?? [],
  };
}

function leavesBelow(leaves: readonly Place[]): Map<string, Place[]> {
  const below = new Map<string, Place[]>();
  for (const leaf of leaves) {
    for (let at: Place | undefined = leaf; at; at = at.parent) {
      const known = below.get(at.id) ?? [];
      known.push(leaf);
      below.set(at.id, known);
    }
  }
  return below;
}

const phasesOf = (leaves: readonly Place[]): readonly Phase[] => {
  const phases = [...new Set(leaves.flatMap((leaf) => leaf.phases))].toSorted();
  return phases.length > 0 ? phases : [1];
};

function groupOf(config: Extract<PlaceConfig, { kind: 'group' }>, parent: Place | undefined): Place[] {
  const { electricity, water } = config.losses ?? {};
  const group: Place = {
    id: config.id,
    parent,
    isLeaf: false,
    isStanding: false,
    permille: { electricity: electricity?.permille ?? 0, water: water?.permille ?? 0 },
    phases: [1],
    minutes: () => NOTHING,
  };
  const rates = {
    electricity: Math.round(((electricity?.standingWatts ?? 0) * 1_000) / 60),
    water: Math.round(((water?.standingLitresPerHour ?? 0) * 1_000_000) / 60),
  };
  if (rates.electricity === 0 && rates.water === 0) return [group];
  const steady = {
    electricity: new Float64Array(DAY_MINUTES).fill(rates.electricity),
    water: new Float64Array(DAY_MINUTES).fill(rates.water),
  };
  const standing: Place = {
    id: `${config.id} (standing losses)`,
    parent: group,
    isLeaf: true,
    isStanding: true,
    permille: NO_LOSSES,
    phases: [1, 2, 3],
    minutes: (medium) => steady[medium],
  };
  return [group, standing];
}

type LeafConfig = Exclude<PlaceConfig, { kind: 'group' }>;

function leafOf(
  config: LeafConfig,
  parent: Place | undefined,
  phases: readonly Phase[],
  { seed, calendar }: World,
  heat: (day: number) => readonly number[],
): Place {
  const key = mixed(seed, keyOf(config.id));
  const consumers = consumersOf(config);
  return {
    id: config.id,
    parent,
    isLeaf: true,
    isStanding: false,
    permille: NO_LOSSES,
    phases,
    minutes: (medium, day) => {
      const minutes = new Float64Array(DAY_MINUTES);
      const draw = drawInto(minutes);
      const today = todayOf(config, calendar, key, day, heat(day));
      for (const [index, consumer] of consumers[medium].entries()) {
        const own = mixed(key, keyOf(medium), index);
        consumer({ ...today, key: own, dice: new Dice(mixed(own, day)) }, draw);
      }
      if (medium === 'water') addLeaks(config, calendar, day, minutes);
      return minutes;
    },
  };
}

function consumersOf(config: LeafConfig): Readonly<Record<Medium, readonly Consumer[]>> {
  const isRoom = config.kind === 'room';
  const electric = config.electricity ?? (isRoom ? ROOM_ELECTRIC : COMMON_ELECTRIC);
  const water = config.water ?? (isRoom ? ROOM_WATER : COMMON_WATER);
  return {
    electricity: electric.map(({ kind, watts }) => ELECTRIC[kind](watts)),
    water: water.map(({ kind, litres }) => WATER[kind](litres)),
  };
}

/** What all consumers of the place share: the heater runs while the shower does. */
function todayOf(
  config: LeafConfig,
  calendar: Calendar,
  key: Key,
  day: number,
  heat: readonly number[],
): Omit<PlaceDay, 'key' | 'dice'> {
  const isEmpty = config.kind === 'room' && isVacant(config, calendar, day);
  const people = config.kind === 'room' && !isEmpty ? config.people : 0;
  const habits = habitsOf(key, day, config.kind === 'room' ? config.pattern : 'home', people);
  return { day, habits, people, isEmpty, heat };
}

/** Days that an empty time reaches into count whole. */
function isVacant(
  { empty }: Extract<PlaceConfig, { kind: 'room' }>,
  calendar: Calendar,
  day: number,
): boolean {
  const begin = dayStart(calendar, day);
  return (empty ?? []).some(
    ({ from, to }) => begin < Date.parse(to) && Date.parse(from) < begin + DAY_MINUTES * MINUTE_MS,
  );
}

const drawInto =
  (minutes: Float64Array) =>
  (from: number, to: number, perMinute: number): void => {
    const end = Math.min(to, DAY_MINUTES);
    for (let minute = Math.max(0, from); minute < end; minute += 1) {
      minutes[minute] = (minutes[minute] ?? 0) + perMinute;
    }
  };

/** A leak begins and ends with a whole minute. */
function addLeaks({ leaks }: LeafConfig, calendar: Calendar, day: number, minutes: Float64Array): void {
  const begin = dayStart(calendar, day);
  for (const { from, to, litresPerHour } of leaks ?? []) {
    if (dayOf(calendar, Date.parse(from)) > day || dayOf(calendar, Date.parse(to)) < day) continue;
    drawInto(minutes)(
      Math.floor((Date.parse(from) - begin) / MINUTE_MS),
      Math.floor((Date.parse(to) - begin) / MINUTE_MS),
      Math.round((litresPerHour * 1_000_000) / 60),
    );
  }
}

function weatherOf(seed: number): (day: number) => readonly number[] {
  const known = new Map<number, readonly number[]>();
  return (day) => {
    const found = known.get(day);
    if (found) return found;
    if (known.size > 16) known.clear();
    const made = temperatures(seed, day);
    known.set(day, made);
    return made;
  };
}
