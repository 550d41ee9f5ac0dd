import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairLane, LIVE_FOR_MS, laneOf } from './lanes.ts';

const nobody = () => false;

describe('a lane', () => {
  it('gives everything back, of each gateway in its order', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 5_000 }))),
        (list) => {
          const lane = new FairLane<{ n: number; rows: number }>();
          for (const [n, [gateway, rows]] of list.entries()) lane.push(`g${gateway}`, { n, rows });
          const taken = new Map<string, number[]>();
          for (let next = lane.take(nobody); next; next = lane.take(nobody)) {
            taken.set(next.gateway, [...(taken.get(next.gateway) ?? []), next.item.n]);
            lane.charge(next.gateway, next.item.rows);
          }
          expect(lane.size).toBe(0);
          for (const [gateway, order] of taken) {
            const pushed = list.flatMap(([g], n) => (`g${g}` === gateway ? [n] : []));
            expect(order).toEqual(pushed);
          }
          expect([...taken.values()].flat()).toHaveLength(list.length);
        },
      ),
    ));

  it('never lets one gateway run ahead of another by more than a turn and a message', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 20, max: 200 }),
        (sizes, steps) => {
          const lane = new FairLane<number>();
          const served = sizes.map(() => 0);
          for (const gateway of sizes.keys()) for (let i = 0; i <= steps; i += 1) lane.push(`g${gateway}`, i);
          for (let step = 0; step < steps; step += 1) {
            const next = lane.take(nobody);
            const gateway = Number(next?.gateway.slice(1));
            const rows = sizes[gateway] ?? 0;
            lane.charge(`g${gateway}`, rows);
            served[gateway] = (served[gateway] ?? 0) + rows;
          }
          expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(
            2 * (500 + Math.max(...sizes)),
          );
        },
      ),
    ));

  it('keeps the turn of who is busy, and finds nothing when all are', () => {
    const lane = new FairLane<number>();
    lane.push('a', 1);
    lane.push('b', 2);
    expect(lane.take((gateway) => gateway === 'a')).toEqual({ gateway: 'b', item: 2 });
    expect(lane.take((gateway) => gateway === 'a')).toBeUndefined();
    expect(lane.take(nobody)).toEqual({ gateway: 'a', item: 1 });
    expect(lane.take(nobody)).toBeUndefined();
  });

  it('does not forget a debt when a gateway runs dry for a moment', () => {
    const lane = new FairLane<string>();
    const order: string[] = [];
    lane.push('big', 'big');
    for (let i = 0; i < 20; i += 1) lane.push('small', 'small');
    for (let i = 0; i < 16; i += 1) {
      const next = lane.take(nobody);
      order.push(next?.item ?? '');
      lane.charge(next?.gateway ?? '', next?.item === 'big' ? 5_000 : 500);
      if (next?.item === 'big') lane.push('big', 'big');
    }
    expect(order.filter((item) => item === 'big')).toHaveLength(2);
  });

  it('takes what was put back first', () => {
    const lane = new FairLane<number>();
    lane.push('a', 1);
    lane.push('a', 2);
    const first = lane.take(nobody);
    lane.putBack('a', first?.item ?? 0);
    expect(lane.take(nobody)?.item).toBe(1);
  });
});

it('is backfill a quarter of an hour after sealing', () => {
  expect(laneOf(1_000, 1_000 + LIVE_FOR_MS)).toBe('live');
  expect(laneOf(1_000, 1_001 + LIVE_FOR_MS)).toBe('backfill');
  expect(laneOf(undefined, 5)).toBe('live');
});
