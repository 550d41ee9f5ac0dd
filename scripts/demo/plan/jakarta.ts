import type { PlanGiven } from './bangkok.ts';
import { addDays, addMonths, dayInMonth } from './days.ts';
import { Dice } from './dice.ts';
import type { BuildingPlan, MeterPlan, PlacePlan } from './estate.types.ts';
import { Letting } from './letting.ts';
import { serials } from './meters.ts';
import { Names } from './names.ts';
import { letOverTime } from './tenancies.ts';

const BLOCKS = ['A', 'B'] as const;
const HOUSES = 7;
const GARDEN = 'Taman dan pompa';

const houses = (): string[] =>
  BLOCKS.flatMap((block) => Array.from({ length: HOUSES }, (_, i) => `${block}-${i + 1}`));

/** Fourteen houses around a garden; whoever keeps the place reads the meters, no gateway. */
export function planJakarta(given: PlanGiven): BuildingPlan {
  return {
    ...{ key: 'jakarta', name: 'Rumah Taman Cipete', otherName: null },
    ...{ zone: 'Asia/Jakarta', currency: 'IDR', language: 'id', cycleDay: 25 },
    address: 'Jl. Cipete Raya No. 17, Cilandak, Jakarta Selatan 12410',
    regime: { from: addMonths(given.since, -24), regime: 'other', reason: 'Sewa rumah dengan perjanjian' },
    floors: BLOCKS.map((block, level) => ({ name: `Blok ${block}`, otherName: null, level })),
    places: [
      ...houses().map(
        (name): PlacePlan => ({
          ...{ name, otherName: null, kind: 'room', floor: `Blok ${name.charAt(0)}` },
          ...{ areaM2: '54', capacity: 6 },
        }),
      ),
      { name: GARDEN, otherName: null, kind: 'common', floor: null, areaM2: '320', capacity: null },
    ],
    meters: meters(given.seed),
    leases: leases(given),
    outages: [],
  };
}

function meters(seed: string): MeterPlan[] {
  const serial = serials(new Dice(seed, 'jakarta meters'));
  const [isRead, bus] = ['by people', 'walk'] as const;
  const electric = (label: string, unit: number) =>
    ({
      ...({ isRead, bus, label, unit, medium: 'electricity', profile: 'schneider-iem3000' } as const),
      serial: serial(14_000_000),
    }) as const;
  const water = (label: string, unit: number) =>
    ({
      ...({ isRead, bus, label, unit, medium: 'water', profile: 'usw-dn15-40-ultrasonic' } as const),
      serial: serial(82_000_000),
    }) as const;
  return [
    { ...electric('LISTRIK-INDUK', 1), role: 'main', place: null, main: null },
    { ...water('AIR-INDUK', 2), role: 'main', place: null, main: null },
    { ...electric('LISTRIK-TAMAN', 3), role: 'common', place: GARDEN, main: 'LISTRIK-INDUK' },
    { ...water('AIR-TAMAN', 4), role: 'common', place: GARDEN, main: 'AIR-INDUK' },
    ...houses().flatMap((house, i): MeterPlan[] => [
      { ...electric(`LISTRIK-${house}`, 10 + 2 * i), role: 'sub', place: house, main: 'LISTRIK-INDUK' },
      { ...water(`AIR-${house}`, 11 + 2 * i), role: 'sub', place: house, main: 'AIR-INDUK' },
    ]),
  ];
}

/** Who of the tenants has a sign-in. */
export const JAKARTA_TENANT = { name: 'Budi Santoso', otherName: null, email: 'budi@example.com' } as const;

function leases({ seed, today, since }: PlanGiven) {
  const names = new Names();
  names.take(JAKARTA_TENANT.name);
  const letting = new Letting({
    ...{ seed: `${seed} jakarta`, language: 'id', yearsAhead: 0, names, deposits: 1, together: 0.5 },
    phone: (nth) => `0812 0000 ${String(1000 + nth)}`,
    rentOf: (_, dice) => 4_250_000 + 250_000 * dice.whole(0, 7),
    services: (dice) => ({
      internet: dice.happens(0.5) ? 275_000 : 0,
      parking: 0,
      commonFee: 150_000,
    }),
  });
  const month = (months: number, nth: number) => dayInMonth(today, months, nth);
  const moved = { room: null, notes: 'Rumah bersih', keys: '3 kunci' } as const;
  letting.let({ room: 'A-3', first: month(-20, 18), last: null, tenant: JAKARTA_TENANT });
  // Handed over by hand, with what the displays showed.
  letting.let({
    ...{ room: 'B-6', first: month(-15, 5), last: null },
    moves: [{ ...moved, kind: 'move-out', day: month(-1, 9), clock: '10:00' }],
  });
  letting.let({
    ...{ room: 'B-6', first: month(-1, 14), last: addDays(month(11, 14), -1), way: 'moved-in' },
    moves: [{ ...moved, kind: 'move-in', day: month(-1, 14), clock: '15:30' }],
  });
  letting.let({ room: 'B-2', first: addMonths(since, -8), last: month(-2, 22) });
  const told = new Set(letting.leases.map(({ room }) => room));
  const habit = { months: [12, 12, 18, 24, 36], gaps: [0, 3, 8, 20] } as const;
  for (const room of houses()) {
    if (told.has(room)) continue;
    const dice = new Dice(seed, `jakarta ${room}`);
    for (const span of letOverTime(dice, habit, since, today)) letting.let({ room, ...span });
  }
  return letting.leases;
}
