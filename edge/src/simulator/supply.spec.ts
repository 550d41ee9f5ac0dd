import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf, DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.ts';
import type { PlaceConfig } from './config.schema.ts';
import { type Channel, GRAINS, type Medium } from './flow.ts';
import { type Place, type PlaceTree, plantPlaces } from './places.ts';
import { Supply } from './supply.ts';

const SINCE = Date.parse('2026-03-01T00:00:00+07:00');
const calendar = calendarOf('+07:00');
const MEDIA: readonly Medium[] = ['electricity', 'water'];

const room = (id: string, group: string, people: number, phase?: 1 | 2 | 3 | 'all'): PlaceConfig => ({
  id,
  kind: 'room',
  in: group,
  people,
  pattern: (['worker', 'student', 'night-shift', 'home', 'short-stay'] as const)[people % 5] ?? 'worker',
  ...(phase === undefined ? {} : { phase }),
});

const LOSSES = {
  electricity: { standingWatts: 7, permille: 13 },
  water: { standingLitresPerHour: 0.7, permille: 4 },
};
const places: PlaceConfig[] = [
  { id: 'house', kind: 'group', losses: LOSSES },
  { id: 'floor', kind: 'group', in: 'house', losses: { electricity: { standingWatts: 1, permille: 9 } } },
  room('a', 'floor', 1),
  room('b', 'floor', 2, 'all'),
  room('c', 'house', 3, 3),
  { id: 'stairs', kind: 'common', in: 'house', phase: 'all' },
];

interface World {
  readonly tree: PlaceTree;
  readonly of: Readonly<Record<Medium, Supply>>;
  readonly place: (id: string) => Place;
}

function world(seed = 5): World {
  const tree = plantPlaces(places, { seed, calendar });
  const supply = (medium: Medium): Supply => new Supply(medium, tree, calendar, SINCE);
  return {
    tree,
    of: { electricity: supply('electricity'), water: supply('water') },
    place: (id) => tree.byId.get(id) ?? expect.fail(`no ${id}`),
  };
}

/** Within ten days, to the millisecond. */
const moments = fc.integer({ min: 0, max: 10 * DAY_MS }).map((ms) => SINCE + ms);

describe.each(MEDIA)('%s', (medium) => {
  it('flows as its rate says: the quantity is the exact integral', () => {
    const { of, place, tree } = world();
    const supply = of[medium];
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 400_000 }), (from, length) => {
        for (const one of [place('a'), place('floor'), place('house'), ...tree.leaves]) {
          let sum = 0n;
          for (let at = from; at < from + length; ) {
            const end = Math.min(
              from + length,
              at - (((at % MINUTE_MS) + MINUTE_MS) % MINUTE_MS) + MINUTE_MS,
            );
            sum += BigInt(supply.rate(one, 0, at)) * BigInt(end - at);
            at = end;
          }
          expect(supply.quantity(one, 0, from + length) - supply.quantity(one, 0, from)).toBe(sum);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a group is the exact sum of what is below and of the losses that its formula says', () => {
    const { of, place, tree } = world();
    const supply = of[medium];
    const permille = (id: string): bigint => BigInt(place(id).permille[medium]);
    fc.assert(
      fc.property(moments, (at) => {
        for (const group of ['house', 'floor']) {
          const minute = at - (at % MINUTE_MS);
          const below = tree.leavesOf(group);
          const rates = below
            .filter((leaf) => !leaf.isStanding)
            .map((leaf) => BigInt(supply.rate(leaf, 0, minute)));
          const loss = rates.reduce((sum, rate) => sum + (rate * permille(group)) / 1_000n, 0n);
          const standing = below.find(({ parent, isStanding }) => isStanding && parent?.id === group);
          const own = standing ? BigInt(supply.rate(standing, 0, minute)) : 0n;
          const children = tree
            .childrenOf(group)
            .reduce((sum, child) => sum + BigInt(supply.rate(child, 0, minute)), 0n);
          expect(BigInt(supply.rate(place(group), 0, minute))).toBe(children + loss + own);
          const parts = tree
            .childrenOf(group)
            .reduce((sum, child) => sum + supply.quantity(child, 0, at), 0n);
          expect(supply.quantity(place(group), 0, at)).toBe(parts + supply.losses(place(group), at));
          expect(supply.losses(place(group), at)).toBeGreaterThanOrEqual(0n);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never runs backwards, and stands still before the building began', () => {
    const { of, tree } = world();
    fc.assert(
      fc.property(moments, fc.nat(3 * HOUR_MS), (at, later) => {
        for (const one of tree.places)
          expect(of[medium].quantity(one, 0, at + later)).toBeGreaterThanOrEqual(
            of[medium].quantity(one, 0, at),
          );
      }),
      { numRuns: 60 },
    );
    for (const one of tree.places) {
      expect(of[medium].quantity(one, 0, SINCE - 5)).toBe(0n);
      expect(of[medium].quantity(one, 0, SINCE)).toBe(0n);
    }
  });

  it('is the same whenever and in whatever order it is asked', () => {
    const straight = world().of[medium];
    const { tree } = world();
    fc.assert(
      fc.property(fc.array(moments, { minLength: 1, maxLength: 12 }), (ats) => {
        const jumping = world().of[medium];
        const seen = ats.map((at) => tree.places.map((one) => jumping.quantity(one, 0, at)));
        expect(seen).toEqual(ats.map((at) => tree.places.map((one) => straight.quantity(one, 0, at))));
      }),
      { numRuns: 15 },
    );
    expect(world(6).of[medium].quantity(world(6).place('house'), 0, SINCE + DAY_MS)).not.toBe(
      straight.quantity(world().place('house'), 0, SINCE + DAY_MS),
    );
  });
});

it('the phases are the whole, at every place', () => {
  const { of, tree } = world();
  const { electricity } = of;
  fc.assert(
    fc.property(moments, (at) => {
      for (const one of tree.places) {
        const phases = ([1, 2, 3] as Channel[]).map((phase) => electricity.quantity(one, phase, at));
        expect(phases.reduce((sum, phase) => sum + phase, 0n)).toBe(electricity.quantity(one, 0, at));
      }
    }),
    { numRuns: 60 },
  );
});

describe('a switch', () => {
  const cut = (supply: Supply, place: Place, from: number, to?: number): void => {
    expect(supply.switch(place, 'breaker', from, false)).toBe(true);
    if (to !== undefined) expect(supply.switch(place, 'breaker', to, true)).toBe(true);
  };

  it('takes exactly what would have flowed, from the room and from all above it', () => {
    fc.assert(
      fc.property(
        moments,
        fc.integer({ min: 1, max: 3 * DAY_MS }),
        fc.nat(2 * DAY_MS),
        (from, length, later) => {
          const whole = world();
          const { of, place, tree } = world();
          const [supply, free] = [of.electricity, whole.of.electricity];
          cut(supply, place('b'), from, from + length);
          const end = from + length + later;
          const missing = free.quantity(place('b'), 0, from + length) - free.quantity(place('b'), 0, from);
          expect(free.quantity(place('b'), 0, end) - supply.quantity(place('b'), 0, end)).toBe(missing);
          expect(supply.quantity(place('a'), 0, end)).toBe(free.quantity(place('a'), 0, end));
          for (const group of ['house', 'floor']) {
            const parts = tree
              .childrenOf(group)
              .reduce((sum, child) => sum + supply.quantity(child, 0, end), 0n);
            expect(supply.quantity(place(group), 0, end)).toBe(parts + supply.losses(place(group), end));
            const less = free.quantity(place(group), 0, end) - supply.quantity(place(group), 0, end);
            expect(less).toBeGreaterThanOrEqual(missing);
            expect(less).toBeLessThanOrEqual(missing + (missing * 22n) / 1_000n);
          }
          const phases = ([1, 2, 3] as Channel[]).map((phase) => supply.quantity(place('house'), phase, end));
          expect(phases.reduce((sum, phase) => sum + phase, 0n)).toBe(
            supply.quantity(place('house'), 0, end),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('above a room leaves nothing for it, its standing losses neither', () => {
    const { of, place, tree } = world();
    const supply = of.electricity;
    const [from, to] = [SINCE + 3 * HOUR_MS + 1_234, SINCE + 2 * DAY_MS + 77];
    cut(supply, place('floor'), from, to);
    for (const one of [place('floor'), ...tree.leavesOf('floor')]) {
      expect(supply.rate(one, 0, from + 5)).toBe(0);
      expect(supply.quantity(one, 0, to) - supply.quantity(one, 0, from)).toBe(0n);
      expect(supply.rate(one, 0, to)).toBe(world().of.electricity.rate(one, 0, to));
    }
    expect(supply.rate(place('house'), 0, from + 5)).toBeGreaterThan(0);
  });

  it('counts once where two switches are off at the same time, and says what changes nothing', () => {
    const { of, place } = world();
    const supply = of.electricity;
    cut(supply, place('floor'), SINCE + HOUR_MS, SINCE + 5 * HOUR_MS);
    cut(supply, place('a'), SINCE + 2 * HOUR_MS, SINCE + 7 * HOUR_MS);
    expect(supply.quantity(place('a'), 0, SINCE + 7 * HOUR_MS)).toBe(
      supply.quantity(place('a'), 0, SINCE + HOUR_MS),
    );
    expect(supply.switch(place('a'), 'breaker', SINCE + 8 * HOUR_MS, true)).toBe(false);
  });
});

it('a building may begin in the middle of a minute', () => {
  const { tree, of, place } = world();
  const begin = SINCE + 30 * HOUR_MS + 1_234_567;
  const late = new Supply('electricity', tree, calendar, begin);
  const end = begin + 3 * DAY_MS + 999;
  const whole = of.electricity;
  expect(late.quantity(place('house'), 0, end)).toBe(
    whole.quantity(place('house'), 0, end) - whole.quantity(place('house'), 0, begin),
  );
  late.switch(place('a'), 'breaker', begin - HOUR_MS, false);
  expect(late.quantity(place('a'), 0, end)).toBe(0n);
});

it('a leak adds exactly what it says', () => {
  const dry = world();
  const leaks = [{ from: '2026-03-02T10:00:00+07:00', to: '2026-03-04T01:30:00+07:00', litresPerHour: 6 }];
  const tree = plantPlaces(
    places.map((place) => (place.id === 'a' ? ({ ...place, leaks } as PlaceConfig) : place)),
    { seed: 5, calendar },
  );
  const wet = new Supply('water', tree, calendar, SINCE);
  const end = SINCE + 5 * DAY_MS;
  const place = tree.byId.get('a') ?? expect.fail();
  const more = wet.quantity(place, 0, end) - dry.of.water.quantity(dry.place('a'), 0, end);
  expect(more).toBe(39n * 6_000_000n * GRAINS + 30n * 100_000n * GRAINS);
});
