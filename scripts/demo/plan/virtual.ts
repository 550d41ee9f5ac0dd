import { dayAt, instantOf } from './days.ts';
import { Dice } from './dice.ts';
import type { BuildingPlan, EstatePlan, MeterPlan } from './estate.types.ts';
import { type StayPlan, staysOf } from './tenancies.ts';

/** How the virtual building calls what the plan calls otherwise. */
export const virtualMeter = ({ label }: Pick<MeterPlan, 'label'>): string => label.toLowerCase();
const placeOf = (name: string): string => `room-${name.toLowerCase()}`;

const PATTERNS = ['worker', 'worker', 'student', 'home', 'night-shift'] as const;
/** Nobody will ever live there, as far as the plan goes. */
const NEVER = '2100-01-01';
/** What a building is for beside its rooms. */
const COMMON = {
  electricity: [
    { kind: 'constant', watts: 120 },
    { kind: 'night-lights', watts: 480 },
    { kind: 'lift', watts: 4500 },
    { kind: 'pump', watts: 1500 },
  ],
  water: [
    { kind: 'garden', litres: 12 },
    { kind: 'cleaning', litres: 80 },
  ],
} as const;
/** Models that say their own serial number, and would contradict the list with another one. */
const TELLS_SERIAL = new Set(['eastron-sdm120m', 'schneider-iem3000']);

/** The building as `meterline-edge sim` brings it to life: who lives there when decides what it uses. */
export function virtualBuilding(plan: EstatePlan, building: BuildingPlan): object {
  const { seed, since } = plan;
  const dice = new Dice(seed, `virtual ${building.key}`);
  const stays = building.leases.flatMap(staysOf);
  const rooms = building.places.filter(({ kind }) => kind === 'room');
  const groupOf = (floor: string | null) =>
    `floor-${building.floors.findIndex(({ name }) => name === floor)}`;
  return {
    format: 1,
    name: building.otherName ?? building.name,
    utcOffset: '+07:00',
    since: instantOf(since, '00:00'),
    seed: dice.whole(1, 0x7fff_ffff),
    truth: `${building.key}.truth.jsonl`,
    places: [
      { id: 'building', kind: 'group', losses: LOSSES },
      ...building.floors.map((_, i) => ({ id: `floor-${i}`, kind: 'group', in: 'building', losses: LOSSES })),
      { id: 'common', kind: 'common', in: 'building', phase: 'all', ...COMMON },
      ...rooms.map(({ name, floor }) => ({
        ...{ id: placeOf(name), kind: 'room', in: groupOf(floor), pattern: dice.pick(PATTERNS) },
        people: peopleIn(building, name, dice),
        empty: emptySpans(
          stays.filter(({ room }) => room === name),
          since,
        ),
      })),
    ],
    buses: [...new Set(building.meters.map(({ bus }) => bus))].map((bus) => ({
      ...{ id: bus, kind: bus === 'cellar' ? 'tcp' : 'rtu-over-tcp', port: 0, turnaroundMs: 25 },
      meters: building.meters
        .filter((meter) => meter.bus === bus)
        .map((meter) => ({
          ...{ id: virtualMeter(meter), unit: meter.unit, profile: meter.profile, measures: measured(meter) },
          ...(TELLS_SERIAL.has(meter.profile) && { serial: meter.serial }),
          count: startCount(meter, dice),
        })),
    })),
  };
}

const LOSSES = {
  electricity: { standingWatts: 3, permille: 6 },
  water: { standingLitresPerHour: 0.2, permille: 4 },
} as const;

const measured = ({ role, place }: MeterPlan): string => {
  if (role === 'common') return 'common';
  return place === null ? 'building' : placeOf(place);
};

/** In steps of the register: what a meter of some years shows. */
function startCount({ profile, role }: MeterPlan, dice: Dice): string {
  const used = dice.whole(900, 6_000) * (role === 'main' ? 20 : 1);
  // Thousands of kWh, tens of m³.
  const steps: Readonly<Record<string, number>> = {
    'eastron-sdm120m': 1_000,
    'eastron-sdm230': 1_000,
    'hiking-dds238-2-zn-sr': 100,
    'schneider-iem3000': 1_000,
    'abb-b21-b23': 100,
    'xintai-water': 30,
    'tuf-2000': 30,
    'usw-dn15-40-ultrasonic': 30_000,
  };
  return String(used * (steps[profile] ?? 1));
}

/** As many as ever lived there at once. */
function peopleIn({ key, leases }: BuildingPlan, room: string, dice: Dice): number {
  if (key === 'jakarta') return dice.whole(3, 5);
  const counts = leases
    .filter((lease) => staysOf(lease).some((stay) => stay.room === room))
    .map(({ people }) => people.filter(({ role }) => role === 'tenant' || role === 'co-tenant').length);
  return Math.max(1, ...counts);
}

/** Whole days without a tenant: a day on which somebody still or already lives there is none. */
export function emptySpans(stays: readonly StayPlan[], since: string): { from: string; to: string }[] {
  const spans: { from: string; to: string }[] = [];
  let from = since;
  for (const stay of [...stays].sort((a, b) => a.from - b.from)) {
    const first = dayAt(stay.from);
    if (first > from) spans.push({ from: instantOf(from, '00:00'), to: instantOf(first, '00:00') });
    if (stay.to === null) return spans;
    const free = dayAt(stay.to + DAY_MS - 1);
    if (free > from) from = free;
  }
  return [...spans, { from: instantOf(from, '00:00'), to: instantOf(NEVER, '00:00') }];
}

const DAY_MS = 86_400_000;
