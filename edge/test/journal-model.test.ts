import type { Receipt } from '@meterline/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Journal, Outgoing } from '../src/store/index.ts';
import { drain, entries, FakeHub, QUARTER, type World, world } from './journal-support.ts';

/**
 * Random stories against the simplest truth there is: what was acknowledged. Whatever happens between, in the end
 * the hub has it once, or was told that it was given up, and only gauges and counters ever were.
 */
type Step =
  | { do: 'append'; kind: 'gauge' | 'counter' | 'billing' | 'boundary'; n: number; durable: boolean }
  | { do: 'pass'; ms: number }
  | { do: 'seal'; all: boolean }
  | { do: 'tend' }
  | { do: 'send'; lane: 'live' | 'backfill'; n: number; arrive: number }
  | { do: 'receipt'; late: boolean }
  | { do: 'disconnect' }
  | { do: 'crash' }
  | { do: 'reboot'; synced: boolean }
  | { do: 'anchor' }
  | { do: 'thin' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      kind: fc.constantFrom('gauge', 'counter', 'billing', 'boundary'),
      n: fc.integer({ min: 1, max: 12 }),
      durable: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('seal' as const), all: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ do: 'tend' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      lane: fc.constantFrom('live', 'backfill'),
      n: fc.integer({ min: 1, max: 6 }),
      arrive: fc.nat(63),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('receipt' as const), late: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'disconnect' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reboot' as const), synced: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: 'anchor' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'thin' as const }) },
) as fc.Arbitrary<Step>;

class Story {
  readonly home: World;
  readonly hub: FakeHub;
  journal: Journal;
  /** point → values that were acknowledged as committed, by class. */
  readonly billing = new Set<string>();
  readonly samples = new Set<string>();
  private maybe: string[] = [];
  private readonly receipted = new Set<string>();
  private late: Receipt;
  private watermark = 0;
  private journalId: string;
  private boots = 1;
  private value = 1_000;

  constructor(seed: number) {
    this.home = world(`story ${seed}`);
    this.hub = new FakeHub(this.home);
    this.late = this.hub.receipt();
    this.journal = this.open();
    this.journalId = this.journal.status().journal;
  }

  private open(): Journal {
    return this.home.open({ groupRows: 20, graceMs: 60_000 });
  }

  run(one: Step): void {
    const { clock } = this.home;
    if (one.do === 'pass') clock.advance(one.ms);
    else if (one.do === 'append') this.append(one);
    else if (one.do === 'anchor') this.journal.append([entries(this.home).anchor()], { durable: true });
    else if (one.do === 'seal') this.journal.seal(clock.now(), { all: one.all });
    else if (one.do === 'tend') this.journal.tend();
    else if (one.do === 'send') this.send(one);
    else if (one.do === 'receipt') this.receipt(one.late);
    else if (one.do === 'disconnect') this.journal.disconnected();
    else if (one.do === 'crash') this.crash();
    else if (one.do === 'reboot') this.reboot(one.synced);
    else this.thin();
    this.settle();
    const { watermark, journal } = this.journal.status();
    expect(journal).toBe(this.journalId);
    expect(watermark).toBeGreaterThanOrEqual(this.watermark);
    this.watermark = watermark;
  }

  private append({ kind, n, durable }: Extract<Step, { do: 'append' }>): void {
    const make = entries(this.home);
    const { clock } = this.home;
    for (let i = 0; i < n; i += 1) {
      clock.advance(1);
      this.value += 1;
      const boundary = Math.round(clock.wallMs() / QUARTER) * QUARTER;
      const entry = kind === 'boundary' ? make.boundary(i, boundary, this.value) : make[kind](i, this.value);
      const result = this.journal.append([entry], { durable });
      expect(result.ok).toBe(true);
      if (entry.kind === 'event') continue;
      this.maybe.push(`${kind === 'boundary' ? 'billing' : kind} ${entry.point} ${this.value}`);
      this.settle();
    }
  }

  /** What was buffered is acknowledged once the buffer is empty. */
  private settle(): void {
    if (this.journal.status().buffered > 0) return;
    for (const key of this.maybe) (key.startsWith('billing') ? this.billing : this.samples).add(key);
    this.maybe = [];
  }

  private send({ lane, n, arrive }: Extract<Step, { do: 'send' }>): void {
    const batches: Outgoing[] = this.journal.nextBatches(lane, n);
    for (const [i, batch] of batches.entries()) {
      expect(this.receipted.has(batch.digest)).toBe(false);
      if ((arrive >> i) % 2 === 0) this.hub.take(batch);
    }
  }

  private receipt(late: boolean): void {
    const receipt = late ? this.late : this.hub.receipt();
    if (!late) this.late = receipt;
    this.journal.applyReceipt(receipt);
    for (const chain of this.hub.batches.values()) {
      for (const [, { digest }] of chain) {
        if (receipt === this.late && !late) this.receipted.add(digest);
      }
    }
  }

  /** Power is lost: what was only in memory is gone, the file stays as it is. */
  private crash(): void {
    this.maybe = [];
    const { buffered } = this.journal.status();
    expect(buffered).toBeGreaterThanOrEqual(0);
    (this.journal as unknown as { buffer: unknown[] }).buffer = [];
    this.journal.close();
    this.journal = this.open();
    expect(this.journal.replaced).toBeNull();
  }

  private reboot(synced: boolean): void {
    this.boots += 1;
    this.crash();
    this.journal.close();
    this.home.clock.advance(5_000);
    this.home.clock.reboot(`boot-${this.boots}`);
    this.journal = this.open();
    if (synced) this.run({ do: 'anchor' });
  }

  private thin(): void {
    const { retention } = this.journal as unknown as {
      retention: { makeRoom(now: unknown, enough: () => boolean): void };
    };
    let steps = 3;
    retention.makeRoom(this.home.clock.now(), () => {
      steps -= 1;
      return steps <= 0;
    });
  }

  end(): void {
    const { clock } = this.home;
    this.run({ do: 'anchor' });
    this.journal.flush();
    this.settle();
    expect(this.journal.verify()).toMatchObject({ ok: true, faults: [] });
    drain(this.journal, this.hub, clock);
    const { hub } = this;
    expect({
      doubled: hub.doubled,
      conflicts: hub.conflicts,
      clones: hub.clones,
      refused: hub.refused,
    }).toEqual({
      doubled: [],
      conflicts: [],
      clones: [],
      refused: [],
    });
    const values = new Set([...hub.readings].map(([key, { value }]) => `${key.split(' ')[0]} ${value}`));
    const lost = [...this.billing].filter((key) => !values.has(key.replace('billing ', '')));
    expect(lost).toEqual([]);
    // Every number is stored or accounted for, without a gap.
    const { last, journal, watermark } = this.journal.status();
    expect(hub.rangesOf(journal)).toEqual([[1, last]]);
    expect(watermark).toBe(last);
    expect(this.journal.verify()).toMatchObject({ ok: true, last });
  }

  close(): void {
    this.journal.close();
    this.home.end();
  }
}

it('loses and doubles nothing, whatever the order of things', { timeout: 900_000 }, () => {
  const runs = process.env.METERLINE_SOAK ? 1_500 : 120;
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(1_000), (steps, seed) => {
      const story = new Story(seed);
      try {
        story.run({ do: 'anchor' });
        for (const one of steps) story.run(one);
        story.end();
      } finally {
        story.close();
      }
    }),
    { numRuns: runs },
  );
});
