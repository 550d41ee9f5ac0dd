import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consume } from './consume.ts';
import { type DirtyRange, merged, quarterCeil, restartLimit } from './dirty.ts';
import type { Epoch } from './epoch.ts';
import type { Anomaly } from './line.ts';
import type { Quarter } from './quarters.ts';
import type { CountReading } from './reading.ts';
import { recompute } from './recompute.ts';

const MINUTE = 60_000;
const Q = 15 * MINUTE;
const DAY = 96 * Q;

/** What the database is to the worker: readings and epochs as they came, results as they were left. */
class MemoryLedger {
  readonly #readings = new Map<number, CountReading>();
  #epochs: Epoch[];
  #quarters = new Map<number, Quarter>();
  #anomalies: Anomaly[] = [];
  /** Readings that were looked at, in all. */
  looked = 0;

  constructor(epochs: readonly Epoch[]) {
    this.#epochs = [...epochs];
  }

  take(batch: readonly CountReading[]): void {
    for (const reading of batch) this.#readings.set(reading.at, reading);
    if (batch.length > 0) this.#recompute(merged(batch.map(({ at }) => ({ from: at, to: at }))));
  }

  void(at: number): void {
    if (this.#readings.delete(at)) this.#recompute({ from: at, to: at });
  }

  declare(epoch: Epoch): void {
    this.#epochs = [...this.#epochs, epoch].sort((a, b) => a.from - b.from);
    const next = this.#epochs.find(({ from }) => from > epoch.from);
    this.#recompute({ from: epoch.from, to: next?.from ?? Infinity });
  }

  get sorted(): readonly CountReading[] {
    return [...this.#readings.values()].sort((a, b) => a.at - b.at);
  }

  get result() {
    return { quarters: this.#ascending(), anomalies: byBegin(this.#anomalies) };
  }

  whole(to: number) {
    const { quarters, anomalies } = consume(this.sorted, this.#epochs, { from: 0, to });
    return { quarters, anomalies: byBegin(anomalies) };
  }

  #ascending(): readonly Quarter[] {
    return [...this.#quarters.values()].sort((a, b) => a.at - b.at);
  }

  #recompute(dirty: DirtyRange): void {
    const all = this.sorted;
    let [back, ahead] = [2, 2];
    for (;;) {
      const begin = Math.max(0, all.findLastIndex(({ at }) => at < dirty.from) + 1 - back);
      const after = all.findIndex(({ at }) => at > dirty.to);
      const end = after < 0 ? all.length : Math.min(all.length, after + ahead);
      this.looked += end - begin;
      const done = recompute({
        readings: all.slice(begin, end),
        reachBack: begin === 0,
        reachEnd: end === all.length,
        epochs: this.#epochs,
        dirty,
        known: this.#anomalies,
      });
      if (done.kind === 'done') {
        this.#save(done);
        return;
      }
      if (done.where === 'back') back *= 3;
      else ahead *= 3;
    }
  }

  #save(done: Extract<ReturnType<typeof recompute>, { kind: 'done' }>): void {
    const { from, to = Infinity, since, met = Infinity } = done;
    for (const at of this.#quarters.keys()) if (at >= from && at < to) this.#quarters.delete(at);
    for (const quarter of done.quarters) this.#quarters.set(quarter.at, quarter);
    const kept = this.#anomalies.filter((anomaly) => anomaly.since < since || anomaly.since >= met);
    this.#anomalies = [...kept, ...done.anomalies];
  }
}

const byBegin = (anomalies: readonly Anomaly[]) =>
  [...anomalies].sort((a, b) => a.from - b.from || a.since - b.since);

const installed: Epoch = {
  kind: 'installed',
  from: 0,
  opening: 0n,
  modulus: 1_000n,
  num: 5n,
  den: 3n,
  maxPerHour: 1_000n,
  gapMs: 45 * MINUTE,
};

/** Any counts at any times: what no meter does as well as what meters do. */
const garbage = fc.uniqueArray(
  fc.record({
    at: fc.oneof(
      fc.integer({ min: 0, max: 3 * DAY }),
      fc.integer({ min: 0, max: 3 * 96 }).map((quarter) => quarter * Q),
    ),
    count: fc.bigInt({ min: 0n, max: 999n }),
    quality: fc.constantFrom('good', 'good', 'good', 'stale', 'unsteady', 'swapped'),
  }),
  { selector: ({ at }) => at, maxLength: 60 },
) as fc.Arbitrary<CountReading[]>;

/** A meter that counts, turns over, falls to nothing now and then without a word, and slips. */
const meter = fc
  .array(
    fc.record({
      minutes: fc.constantFrom(5, 15, 15, 15, 30, 300, 2_000),
      counts: fc.integer({ min: 0, max: 90 }),
      slip: fc.constantFrom('none', 'none', 'none', 'none', 'zero', 'old', 'high', 'unsteady', 'reset'),
    }),
    { maxLength: 80 },
  )
  .map((steps) => {
    let [at, count] = [0, 0];
    return steps.map(({ minutes, counts, slip }): CountReading => {
      at += minutes * MINUTE;
      count = slip === 'reset' ? 0 : count + counts;
      const shown = { zero: 0, old: Math.max(0, count - 150), high: count + 700 }[slip as string] ?? count;
      return { at, count: BigInt(shown % 1_000), quality: slip === 'unsteady' ? 'unsteady' : 'good' };
    });
  });

/** Cuts a shuffled list into batches of any size. */
const arrivals = (readings: fc.Arbitrary<CountReading[]>) =>
  readings.chain((list) =>
    fc.record({
      shuffled: fc.shuffledSubarray(list, { minLength: list.length }),
      sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
    }),
  );

function* batchesOf(
  list: readonly CountReading[],
  sizes: readonly number[],
): Generator<readonly CountReading[]> {
  for (let begin = 0, turn = 0; begin < list.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield list.slice(begin, begin + size);
    begin += size;
  }
}

const endOf = (ledger: MemoryLedger) => quarterCeil((ledger.sorted.at(-1)?.at ?? 0) + 4 * DAY);

describe('what is recomputed around a change', () => {
  it.each([
    ['any counts', garbage],
    ['a meter that slips', meter],
  ])('is what everything together gives, in any order and any batches: %s', (_what, readings) => {
    fc.assert(
      fc.property(arrivals(readings), ({ shuffled, sizes }) => {
        const ledger = new MemoryLedger([installed]);
        for (const batch of batchesOf(shuffled, sizes)) ledger.take(batch);
        expect(ledger.result).toEqual(ledger.whole(endOf(ledger)));
      }),
      { numRuns: 300 },
    );
  });

  it('also when readings are voided and epochs declared in between', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('void' as const), place: fc.nat(80) }),
      fc.record({
        do: fc.constant('declare' as const),
        from: fc.integer({ min: 1, max: 2 * DAY }),
        opening: fc.bigInt({ min: 0n, max: 999n }),
        closing: fc.option(fc.bigInt({ min: 0n, max: 999n }), { nil: undefined }),
        num: fc.bigInt({ min: 1n, max: 9n }),
      }),
    );
    fc.assert(
      fc.property(arrivals(fc.oneof(garbage, meter)), fc.array(act, { maxLength: 6 }), (arrived, acts) => {
        const ledger = new MemoryLedger([installed]);
        const waiting = [...acts];
        const declared = new Set([0]);
        for (const batch of batchesOf(arrived.shuffled, arrived.sizes)) {
          ledger.take(batch);
          const next = waiting.pop();
          if (next?.do === 'void') ledger.void(ledger.sorted[next.place]?.at ?? -1);
          if (next?.do !== 'declare' || declared.has(next.from)) continue;
          declared.add(next.from);
          ledger.declare({ ...installed, kind: 'reset', ...next });
        }
        expect(ledger.result).toEqual(ledger.whole(endOf(ledger)));
      }),
      { numRuns: 300 },
    );
  });

  it('also when some are read from another register, or name none', () => {
    const cites = fc.array(fc.constantFrom('own', 'own', 'own', 'other', 'other', null, null, undefined), {
      minLength: 1,
    });
    const cited = fc.tuple(fc.oneof(garbage, meter), cites).map(([list, names]) =>
      list.map((reading, i): CountReading => {
        const name = names[(i * 7 + (reading.at % 5)) % names.length];
        return name === undefined ? reading : { ...reading, cites: name };
      }),
    );
    fc.assert(
      fc.property(arrivals(cited), fc.integer({ min: 1, max: 2 * DAY }), ({ shuffled, sizes }, from) => {
        const foreign = new Set(['other']);
        const ledger = new MemoryLedger([{ ...installed, foreign }]);
        for (const [i, batch] of [...batchesOf(shuffled, sizes)].entries()) {
          ledger.take(batch);
          const other = { ...installed, kind: 'replaced' as const, from, foreign: new Set(['own']) };
          if (i === 1) ledger.declare({ ...other, closing: 500n });
        }
        expect(ledger.result).toEqual(ledger.whole(endOf(ledger)));
      }),
      { numRuns: 500 },
    );
  });

  it('is little: a late reading of a year looks at a handful', () => {
    const year = Array.from({ length: 365 * 96 }, (_, i): CountReading => {
      return { at: i * Q, count: BigInt(i), quality: 'good' };
    });
    const [late] = year.splice(20_000, 1);
    const ledger = new MemoryLedger([{ ...installed, modulus: undefined }]);
    ledger.take(year);
    const before = ledger.looked;
    ledger.take(late ? [late] : []);
    expect(ledger.looked - before).toBeLessThan(20);
    expect(ledger.result).toEqual(ledger.whole(endOf(ledger)));
  });

  it('stays little for a meter that is reset every day', () => {
    const days = Array.from({ length: 60 * 96 }, (_, i): CountReading => {
      return { at: i * Q, count: BigInt(20 + (i % 96)), quality: 'good' };
    });
    const [late] = days.splice(5_000, 1);
    const ledger = new MemoryLedger([{ ...installed, modulus: undefined }]);
    ledger.take(days);
    const before = ledger.looked;
    ledger.take(late ? [late] : []);
    // The day on which it fell, some more before it, and those that were tried first.
    expect(ledger.looked - before).toBeLessThan(1_500);
    expect(ledger.result).toEqual(ledger.whole(endOf(ledger)));
  });
});

describe('where to begin again', () => {
  const span = (since: number, until?: number) => ({ since, from: since + 1, until, resumes: until });

  it('before what changed', () => {
    expect(restartLimit({ from: 100, to: 200 }, [])).toBe(99);
  });

  it('before everything that looked at it, and no further', () => {
    const spans = [span(10, 20), span(30, 100), span(25, 99), span(90)];
    expect(restartLimit({ from: 100, to: 200 }, spans)).toBe(30);
    expect(restartLimit({ from: 101, to: 200 }, spans)).toBe(90);
  });
});
