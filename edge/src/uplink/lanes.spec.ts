import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../store/index.ts';
import { LANE_LIMITS, Lanes } from './lanes.ts';
import { Share } from './share.ts';

/** The simplest hub and journal: two heaps, and a receipt after so long. */
function drain({
  fresh,
  old,
  perSecond,
  receiptMs,
  bytes,
  seconds,
}: {
  /** Each so many ms a fresh batch. */
  fresh: number;
  old: { counts: number; samples: number };
  perSecond: number;
  receiptMs: number;
  bytes: number;
  seconds: number;
}) {
  const lanes = new Lanes(perSecond, 0);
  const heaps: Record<Lane, string[]> = {
    live: [],
    counts: Array.from({ length: old.counts }, (_, n) => `c${n}`),
    backfill: Array.from({ length: old.samples }, (_, n) => `s${n}`),
  };
  const order: { key: string; lane: Lane; at: number }[] = [];
  const waits: number[] = [];
  const born = new Map<string, number>();
  const receipts: { key: string; at: number }[] = [];
  for (let now = 0; now < seconds * 1_000; now += 10) {
    if (now % fresh === 0) {
      heaps.live.push(`f${now}`);
      born.set(`f${now}`, now);
      lanes.stir();
    }
    while (receipts[0] && receipts[0].at <= now) lanes.settled(receipts.shift()?.key ?? '');
    for (;;) {
      const ask = lanes.next(now);
      if (!ask) break;
      const batches = heaps[ask.lane].splice(0, ask.limit);
      if (batches.length === 0) lanes.empty(ask.lane, now);
      for (const key of batches) {
        lanes.depart(ask.lane, key, bytes, now);
        lanes.acknowledged(key);
        order.push({ key, lane: ask.lane, at: now });
        receipts.push({ key, at: now + receiptMs });
        if (born.has(key)) waits.push(now - (born.get(key) ?? now));
      }
    }
  }
  return { order, waits, heaps };
}

describe('lanes', () => {
  it('lets a backlog of any size cost a fresh batch nothing', () => {
    const with_ = drain({
      fresh: 500,
      // More than its share lets pass in a minute.
      old: { counts: 500, samples: 10_000 },
      perSecond: 1e6,
      receiptMs: 40,
      bytes: 8_000,
      seconds: 60,
    });
    const without = drain({
      fresh: 500,
      old: { counts: 0, samples: 0 },
      perSecond: 1e6,
      receiptMs: 40,
      bytes: 8_000,
      seconds: 60,
    });
    expect(with_.waits).toEqual(without.waits);
    expect(Math.max(...with_.waits)).toBe(0);
  });

  it('sends the counts of a backlog before its samples', () => {
    const { order } = drain({
      fresh: 1_000,
      old: { counts: 100, samples: 100 },
      perSecond: 1e6,
      receiptMs: 20,
      bytes: 1_000,
      seconds: 30,
    });
    const old = order.filter(({ lane }) => lane !== 'live').map(({ lane }) => lane);
    expect(old.indexOf('backfill')).toBe(100);
    expect(old.slice(0, 100).every((lane) => lane === 'counts')).toBe(true);
    expect(old).toHaveLength(200);
  });

  it('leaves counts alone while receipts name many holes, and closes holes from the oldest on', () => {
    const lanes = new Lanes(1e6, 0);
    lanes.empty('live', 1_000);
    const lane = () => lanes.next(1_000)?.lane;
    expect(lane()).toBe('counts');
    lanes.holes(599);
    expect(lane()).toBe('counts');
    lanes.holes(600);
    expect(lane()).toBe('backfill');
    lanes.holes(401);
    expect(lane()).toBe('backfill');
    lanes.holes(400);
    expect(lane()).toBe('counts');
  });

  it('sends the oldest first when receipts stay out, whatever they would be for', () => {
    const lanes = new Lanes(1e6, 0);
    lanes.empty('live', 1_000);
    lanes.depart('counts', 'a', 1_000, 1_000);
    lanes.empty('live', 31_000);
    expect(lanes.next(31_000)?.lane).toBe('live');
    lanes.empty('live', 31_000);
    expect(lanes.next(31_000)?.lane).toBe('backfill');
    lanes.empty('live', 62_000);
    expect(lanes.next(62_000)?.lane).toBe('counts');
  });

  it('keeps old batches within their share, whatever their size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 500, max: 200_000 }),
        fc.integer({ min: 100, max: 100_000 }),
        (perSecond, bytes) => {
          const { order } = drain({
            fresh: 2_000,
            old: { counts: 0, samples: 10_000 },
            perSecond,
            receiptMs: 20,
            bytes,
            seconds: 20,
          });
          const old = order.filter(({ lane }) => lane === 'backfill').length * bytes;
          // What may be saved up, and one that is paid off afterwards.
          expect(old).toBeLessThanOrEqual(perSecond * 22 + bytes);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('costs a trickle when a hub is silent behind its broker', () => {
    const { order } = drain({
      fresh: 60_000,
      old: { counts: 0, samples: 100_000 },
      perSecond: 1e6,
      receiptMs: 1e9,
      bytes: 5_000,
      seconds: 3_600,
    });
    const old = order.filter(({ lane }) => lane === 'backfill');
    // 4 and 2 at first, then one each half minute.
    expect(old.length).toBeLessThan(4 + 2 + 3_600 / 30 + 2);
    expect(old.length).toBeGreaterThan(100);
    expect(order.filter(({ lane }) => lane === 'live')).toHaveLength(60);
  });

  it('gives a batch that comes back on the other lane one place only', () => {
    const lanes = new Lanes(1e6, 0);
    lanes.depart('live', 'a', 1_000, 0);
    lanes.depart('backfill', 'a', 1_000, 31_000);
    expect(lanes.state.live.count + lanes.state.backfill.count).toBe(1);
    // Nothing was receipted.
    expect(lanes.state.live.size).toBe(4);
    expect(lanes.settled('a')).toEqual({ lane: 'backfill', sentAt: 31_000 });
    expect(lanes.settled('a')).toBeUndefined();
  });

  it('says when to come back, never later than it looks again by itself', () => {
    const lanes = new Lanes(1_000, 0);
    for (const lane of ['live', 'counts', 'backfill'] as const) lanes.empty(lane, 0);
    expect(lanes.next(1)).toBeUndefined();
    expect(lanes.waitMs(1)).toBeLessThanOrEqual(LANE_LIMITS.lookAgainMs);
    expect(lanes.next(LANE_LIMITS.lookAgainMs)).toEqual({ lane: 'live', limit: 1 });
  });
});

describe('share', () => {
  it('waits as long as a large piece is worth', () => {
    const share = new Share(1_000, 0);
    expect(share.waitMs(1_000)).toBe(0);
    share.spend(11_000, 1_000);
    expect(share.waitMs(1_000)).toBe(10_001);
    expect(share.waitMs(11_001)).toBe(0);
  });

  it('saves up two seconds at most, and a clock that stands still gives nothing', () => {
    const share = new Share(1_000, 0);
    share.waitMs(1e9);
    share.spend(2_000, 1e9);
    expect(share.waitMs(1e9)).toBeGreaterThan(0);
    expect(share.waitMs(1e9 - 5_000)).toBeGreaterThan(0);
  });
});
