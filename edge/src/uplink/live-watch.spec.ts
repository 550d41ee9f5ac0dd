import { type CommandId, type GatewayId, type Live, liveSchema, type PointId } from '@meterline/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveWatch, type LiveWatchOptions, type WatchOrder } from './live-watch.ts';

const GATEWAY = '019c0fd8-ea80-7100-8000-000000000001' as GatewayId;
const COMMAND = '019c0fd8-ea80-7500-8000-000000000001' as CommandId;
const POINTS = [1, 2, 3].map((n) => `019c0fd8-ea80-7200-8000-00000000000${n}` as PointId);
const NOON = Date.UTC(2026, 0, 31, 12);

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

function watching(over: Partial<LiveWatchOptions> = {}) {
  const sent: Live[] = [];
  const changes: boolean[] = [];
  const watch = new LiveWatch({
    gateway: GATEWAY,
    monoMs: () => Date.now() - NOON,
    utc: () => Date.now(),
    look: (point) => ({ unit: 'mV', at: Date.now(), value: 230_000 + POINTS.indexOf(point) }),
    offer: (payload) => sent.push(liveSchema.parse(JSON.parse(String(payload)))) > 0,
    changed: (order) => changes.push(order !== undefined),
    ...over,
  });
  return { watch, sent, changes };
}

const order = (forMs: number, everyMs = 500): WatchOrder => ({
  command: COMMAND,
  points: POINTS,
  everyMs,
  until: Date.now() + forMs,
});

describe('values for the eye', () => {
  it('come at once and then at their interval, and end by themselves', () => {
    const { watch, sent, changes } = watching();
    expect(watch.start(order(1_200))).toBe(true);
    vi.advanceTimersByTime(1_199);
    expect(sent.map(({ n, at: [first] }) => [n, (first ?? 0) - NOON])).toEqual([
      [0, 0],
      [1, 500],
      [2, 1_000],
    ]);
    expect(sent[0]?.values).toEqual([230_000, 230_001, 230_002]);
    expect(changes).toEqual([true]);
    vi.advanceTimersByTime(1);
    expect(changes).toEqual([true, false]);
    expect(watch.order).toBeUndefined();
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are refused when they are over, or nobody knows the time', () => {
    expect(watching().watch.start(order(0))).toBe(false);
    expect(watching({ utc: () => undefined }).watch.start(order(60_000))).toBe(false);
  });

  it('last an hour at most, wherever the clock is moved', () => {
    const { watch, changes } = watching();
    expect(watch.start(order(86_400_000, 60_000))).toBe(true);
    vi.advanceTimersByTime(3_600_000);
    expect(changes).toEqual([true, false]);
  });

  it('are those of the newest order', () => {
    const { watch, sent, changes } = watching();
    watch.start(order(10_000));
    vi.advanceTimersByTime(700);
    watch.start({ ...order(1_000), points: POINTS.slice(0, 1) });
    vi.advanceTimersByTime(10_000);
    expect(sent.map(({ n, points }) => [n, points.length])).toEqual([
      [0, 3],
      [1, 3],
      [0, 1],
      [1, 1],
    ]);
    expect(changes).toEqual([true, true, false]);
  });

  it('that are not new are not shown again, and those that could not go are', () => {
    let takes = false;
    const at = NOON;
    const sent: Live[] = [];
    const { watch } = watching({
      look: (point) => (point === POINTS[0] ? { unit: 'mV', at, value: 230_000 } : undefined),
      offer: (payload) => takes && sent.push(liveSchema.parse(JSON.parse(String(payload)))) > 0,
    });
    watch.start(order(5_000));
    expect(watch.dropped).toBe(1);
    takes = true;
    vi.advanceTimersByTime(3_000);
    expect(sent).toHaveLength(1);
    expect(watch.sent).toBe(1);
  });
});
