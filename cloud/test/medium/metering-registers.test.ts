import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MeteringStage, meteringStage } from '../support/metering-stage.ts';
import { type Count, commitCounts, ENERGY } from '../support/meters.ts';

const Q = 15 * 60_000;
const START = Date.UTC(2026, 2, 1, 17);
const OTHER = 'other-meter@1/energy';
const SAME = 'test-meter@2/energy';
const FIXED = 'test-meter@3/energy';

const hex = (count: number): string => count.toString(16).padStart(8, '0');
const swapped = (count: number): string => hex(count).slice(4) + hex(count).slice(0, 4);

describe.each(['plain', 'timescale'] as const)('whose counts they are, on %s', (layer) => {
  let stage: MeteringStage;
  beforeAll(async () => {
    stage = await meteringStage(layer);
  });
  afterAll(() => stage.stop());

  const pointOf = async () => {
    const { organisation, points } = await stage.site({ points: 1 });
    return { organisation, point: points[0]?.no ?? 0, id: points[0]?.id ?? '' };
  };
  const cited = (point: number, register: string, from: number, values: readonly number[]): Count[] =>
    values.map((count, i) => ({
      ...{ point, at: START + (from + i) * Q, count: BigInt(count), register },
      raw: register === FIXED ? swapped(count) : hex(count),
    }));
  const take = async (rows: readonly Count[], type: 'billing' | 'counter' = 'billing') => {
    await commitCounts(stage.ingest, type, rows);
    expect(await stage.worker.drain()).toMatchObject({ failed: 0 });
    expect(stage.problems).toEqual([]);
  };
  const quarters = async (point: number) => {
    const { rows } = await stage.owner.query<{ q: (bigint | null)[] }>(
      'select quantity as q from usage_hour where point = $1 order by hour',
      [point],
    );
    return rows
      .flatMap(({ q }) => q)
      .map((each) => each ?? '.')
      .join(' ');
  };
  const suspects = async (point: number) =>
    (
      await stage.owner.query(
        `select kind, state, before_count::int as before, after_count::int as after, left_out as left from suspect
          where point = $1 order by from_at`,
        [point],
      )
    ).rows;
  const epochs = async (point: number) =>
    (
      await stage.owner.query(
        `select kind, register, closing::int, opening::int, num::int, den::int,
                ((extract(epoch from from_at) * 1000 - $2) / $3)::int as quarter
           from register_epoch where point = $1 and superseded_at is null order by from_at`,
        [point, START, Q],
      )
    ).rows;

  test('another register is billed by nobody, and put to a person at once', async () => {
    const { point, id } = await pointOf();
    await take(cited(point, ENERGY, 0, [100, 110]));
    await take(cited(point, OTHER, 2, [120, 130]));
    expect(await quarters(point)).toBe('100 . . .');
    expect(await suspects(point)).toEqual([
      { kind: 'other-register', state: 'held', before: 110, after: 120, left: 2 },
    ]);
    const told = await stage.owner.query(
      "select payload ->> 'kind' as kind, payload ->> 'state' as state from outbox where topic = 'meter.suspect' and key = $1",
      [id],
    );
    expect(told.rows).toEqual([{ kind: 'other-register', state: 'proposed' }]);
  });

  test('it is billed from the exchange on that a person declares, as its own profile says', async () => {
    const { point, id, organisation } = await pointOf();
    await take([...cited(point, ENERGY, 0, [100, 110]), ...cited(point, OTHER, 2, [500, 530, 560])]);
    const { decisions, asking } = stage.deciding(organisation);
    const [suspect] = await decisions.suspects(asking, { point: id, open: true, limit: 9 });
    const resolve = (as: 'confirmed' | 'replaced', closing?: bigint) =>
      decisions.resolve(asking, suspect?.id ?? '', { as, reason: 'exchanged', closing, confirmed: true });
    await expect(resolve('confirmed')).rejects.toThrow(
      'another register is cited: say replaced, with the closing if it is known, dismissed or voided',
    );
    await resolve('replaced', 112n);
    await take([]);
    expect(await quarters(point)).toBe('100 20 30 30');
    expect((await epochs(point))[1]).toEqual({
      ...{ kind: 'replaced', register: OTHER, closing: 112, opening: 500, num: 1, den: 1, quarter: 2 },
    });
    expect(await suspects(point)).toMatchObject([{ kind: 'other-register', state: 'withdrawn' }]);
    // What cites the old register from then on is none of it either.
    await take(cited(point, ENERGY, 5, [590]));
    expect(await suspects(point)).toMatchObject([{ state: 'withdrawn' }, { state: 'held', after: 590 }]);
  });

  test('an exchange that was declared before its first reading waits for the register, if it is worth something else', async () => {
    const { point, id, organisation } = await pointOf();
    await take(cited(point, ENERGY, 0, [100, 110]));
    const { decisions, asking } = stage.deciding(organisation);
    const given = { kind: 'replaced', opening: 0n, closing: 110n, reason: 'exchanged' } as const;
    await decisions.declare(asking, id, { ...given, at: START + Q + 60_000 });
    await take([...cited(point, OTHER, 2, [5]), ...cited(point, SAME, 3, [9])]);
    expect(await suspects(point)).toMatchObject([{ kind: 'other-register', state: 'discarded', after: 5 }]);
    expect(await quarters(point)).toBe('100 40 50 .');
  });

  test('another version that makes the same of the words goes on', async () => {
    const { point } = await pointOf();
    await take([...cited(point, ENERGY, 0, [100, 110]), ...cited(point, SAME, 2, [120, 130])]);
    expect(await quarters(point)).toBe('100 100 100 .');
    expect(await suspects(point)).toEqual([]);
    expect(await epochs(point)).toHaveLength(1);
  });

  test('a profile that was put right begins a new epoch over the words, and loses nothing between', async () => {
    for (const order of ['as they come', 'the new ones first', 'one by one, backwards']) {
      const { point } = await pointOf();
      const rows = [
        ...cited(point, ENERGY, 0, [10, 11]),
        ...cited(point, FIXED, 2, [12 * 65_536, 12 * 65_536 + 7, 12 * 65_536 + 9]),
      ];
      if (order === 'as they come') await take(rows);
      else if (order === 'the new ones first') {
        await take(rows.slice(2));
        await take(rows.slice(0, 2));
      } else for (const row of [...rows].reverse()) await take([row]);
      // 10 Wh a count up to the first reading of the new version, by what the old one makes of its words: 12.
      expect([order, await quarters(point)]).toEqual([order, '10 10 7 2']);
      expect(await suspects(point)).toEqual([]);
      expect(await epochs(point)).toEqual([
        {
          ...{ kind: 'installed', register: ENERGY, closing: null, opening: 10, num: 10, den: 1 },
          quarter: 0,
        },
        {
          ...{ kind: 'ratio', register: FIXED, closing: 12, opening: 786_432, num: 1, den: 1 },
          quarter: 2,
        },
      ]);
    }
  });

  test('a billing reading and a counter that contradict each other are a conflict, and told', async () => {
    const { point, organisation } = await pointOf();
    await take(cited(point, ENERGY, 0, [1_000, 1_500]));
    const counter = [
      { point, at: START, count: 1_000n },
      { point, at: START + Q, count: 1_020n },
    ];
    await take(counter, 'counter');
    await take(cited(point, ENERGY, 2, [1_600]));
    const { rows } = await stage.owner.query(
      `select kind, class, stored::int, offered::int, state, detail from reading_conflict where point = $1`,
      [point],
    );
    expect(rows).toEqual([
      {
        ...{ kind: 'value', class: 'counter', stored: 1_500, offered: 1_020, state: 'open' },
        detail: 'a counter says 1020 at an instant for which the billing reading says 1500',
      },
    ]);
    const told = await stage.owner.query(
      "select payload from outbox where topic = 'reading.conflict' and organisation_id = $1",
      [organisation],
    );
    expect(told.rows).toEqual([{ payload: { conflicts: 1 } }]);
    expect(await quarters(point)).toBe('5000 1000 . .');
  });
});
