import { type BatchHead, isReceipted, type JournalRecord } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountOf,
  applyDropped,
  type ChainPlaces,
  EMPTY_JOURNAL,
  type JournalState,
  judgeBatch,
  judgeDropped,
  MAX_RANGES,
  missingCount,
} from './journal.ts';
import { sizeOf } from './ranges.ts';

const digestOf = (batch: number, copy = 0): string => `${copy}`.repeat(2) + String(batch).padStart(62, '0');

const head = (batch: number, first: number, last: number, over: object = {}): BatchHead =>
  ({ batch, previous: batch === 1 ? null : digestOf(batch - 1), first, last, ...over }) as BatchHead;

const known = (...batches: number[]): ChainPlaces =>
  new Map(batches.map((n) => [n, { digest: digestOf(n), previous: n === 1 ? null : digestOf(n - 1) }]));

describe('a batch', () => {
  it.each([
    ['the first', 1, known(), 'linked'],
    ['behind its predecessor', 2, known(1), 'linked'],
    ['whose predecessor is not here', 5, known(), 'open'],
    ['that closes a hole', 2, known(1, 3), 'linked'],
  ] as const)('%s is accepted', (_, number, places, link) => {
    const verdict = judgeBatch(EMPTY_JOURNAL, places, head(number, 10, 12), digestOf(number));
    expect(verdict).toEqual({ kind: 'accepted', link, state: { stored: [[10, 12]], dropped: [] } });
  });

  it('that is here is a repeat, and changes nothing', () =>
    expect(judgeBatch({ stored: [[1, 3]], dropped: [] }, known(1), head(1, 1, 3), digestOf(1))).toEqual({
      kind: 'repeat',
    }));

  it.each([
    ['another one under its number', known(2), 2, digestOf(2, 1)],
    ['a successor that names another', known(3), 2, digestOf(2, 1)],
    [
      'a predecessor that it does not name',
      new Map([[1, { digest: digestOf(1, 1), previous: null }]]),
      2,
      digestOf(2),
    ],
  ] as const)('is cloned: %s', (_, places, number, digest) =>
    expect(judgeBatch(EMPTY_JOURNAL, new Map(places), head(number, 1, 1), digest)).toMatchObject({
      kind: 'refused',
      reason: 'cloned',
    }),
  );

  it('is cloned when one of its sequences stands in another', () =>
    expect(judgeBatch({ stored: [[1, 9]], dropped: [] }, known(), head(7, 8, 12), digestOf(7))).toMatchObject(
      { kind: 'refused', detail: expect.stringContaining('sequence 8') },
    ));

  it('may fill the holes of another', () =>
    expect(
      judgeBatch(
        {
          stored: [
            [1, 2],
            [5, 6],
          ],
          dropped: [],
        },
        known(),
        head(7, 3, 8, { holes: [[5, 6]] }),
        digestOf(7),
      ),
    ).toMatchObject({ kind: 'accepted', state: { stored: [[1, 8]] } }));

  it('that was given up and came all the same is stored', () => {
    const places: ChainPlaces = new Map([[4, { digest: digestOf(4), previous: digestOf(3), named: true }]]);
    const state: JournalState = { stored: [], dropped: [[10, 12]] };
    expect(judgeBatch(state, places, head(4, 10, 12), digestOf(4))).toMatchObject({
      kind: 'accepted',
      state: { stored: [[10, 12]], dropped: [[10, 12]] },
    });
  });

  it('is refused, for the time being, when the journal would fall to pieces', () => {
    const stored = Array.from({ length: MAX_RANGES }, (_, i) => [2 * i + 1, 2 * i + 1] as [number, number]);
    expect(
      judgeBatch({ stored, dropped: [] }, known(), head(9, 9_000_000, 9_000_000), digestOf(9)),
    ).toMatchObject({ kind: 'refused', reason: 'inconsistent' });
  });
});

const dropped = (
  ranges: [number, number][],
  batches?: object[],
): Extract<JournalRecord, { kind: 'dropped' }> =>
  ({ kind: 'dropped', t: 1, ranges, class: 'gauge', reason: 'disk-full', batches }) as never;

describe('what was dropped', () => {
  it('counts as accounted for, and is not stored', () => {
    const { state, contradicted } = applyDropped(
      { stored: [[1, 3]], dropped: [] },
      new Map(),
      dropped([[4, 8]]),
    );
    expect(state).toEqual({ stored: [[1, 3]], dropped: [[4, 8]] });
    expect(contradicted).toEqual([]);
    expect(accountOf(state)).toMatchObject({ watermark: 8, missing: [] });
  });

  it('names what it contradicts', () =>
    expect(
      applyDropped({ stored: [[1, 5]], dropped: [] }, new Map(), dropped([[4, 8]])).contradicted,
    ).toEqual([[4, 5]]));

  it('lets the chain be followed over its batches, never against what is here', () => {
    const entry = { batch: 3, digest: digestOf(3), previous: digestOf(2) };
    expect(applyDropped(EMPTY_JOURNAL, known(), dropped([[4, 8]], [entry]))).toMatchObject({
      named: [{ number: 3, place: { digest: digestOf(3), named: true } }],
      misnamed: [],
    });
    expect(
      applyDropped(EMPTY_JOURNAL, known(3), dropped([[4, 8]], [{ ...entry, digest: digestOf(3, 1) }])),
    ).toMatchObject({ named: [], misnamed: [3] });
    expect(applyDropped(EMPTY_JOURNAL, known(3), dropped([[4, 8]], [entry]))).toMatchObject({
      named: [],
      misnamed: [],
    });
  });
});

describe('a batch of records that gives sequences up', () => {
  const every = (count: number, from: number): [number, number][] =>
    Array.from({ length: count }, (_, n) => [from + 2 * n, from + 2 * n]);
  it('may tear a journal into as many ranges as readings may, and no more, all of its records together', () => {
    const stored = every(MAX_RANGES - 5_000, 100_001);
    const state = { stored, dropped: [] };
    const records = [dropped(every(2_500, 1)), dropped(every(2_500, 5_001))];
    expect(judgeDropped(state, records)).toBeUndefined();
    expect(judgeDropped(state, [...records, dropped([[20_000, 20_000]])])).toMatchObject({
      kind: 'refused',
      reason: 'inconsistent',
    });
    // What lies within one range is one, however many records name it.
    expect(judgeDropped(state, [dropped([[1, 99_999]]), dropped([[2, 2]])])).toBeUndefined();
  });
});

/** A journal in batches with holes in each other, in any order, some of them twice. */
const delivery = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 25 }).chain((sizes) => {
  let next = 1;
  const batches = sizes.map((size, i) => {
    const first = next;
    next += size;
    return head(i + 1, first, next - 1);
  });
  const order = fc.shuffledSubarray([...batches, ...batches], { minLength: 1 });
  return order.map((arrivals) => ({ arrivals, last: next - 1 }));
});

describe('whatever the order', () => {
  it('every sequence is stored once, and a receipt never covers what is not here', () =>
    fc.assert(
      fc.property(delivery, ({ arrivals }) => {
        let state = EMPTY_JOURNAL;
        const places: ChainPlaces = new Map();
        const held = new Set<number>();
        for (const batch of arrivals) {
          const again = places.has(batch.batch);
          const verdict = judgeBatch(state, places, batch, digestOf(batch.batch));
          expect(verdict.kind).toBe(again ? 'repeat' : 'accepted');
          if (verdict.kind !== 'accepted') continue;
          places.set(batch.batch, { digest: digestOf(batch.batch), previous: batch.previous });
          for (let n = batch.first; n <= batch.last; n += 1) held.add(n);
          state = verdict.state;
          const account = { journal: 'j' as never, chain: null, ...accountOf(state) };
          for (let n = 1; n <= 160; n += 1) expect(isReceipted(account, n)).toBe(held.has(n));
        }
        expect(sizeOf(state.stored)).toBe(held.size);
        expect(missingCount(state)).toBe(Math.max(...held) - held.size);
      }),
      { numRuns: 60 },
    ));
});
