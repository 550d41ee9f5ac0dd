import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Window, type WindowLimits } from './window.ts';

const LIMITS: WindowLimits = { most: 8, bytes: 1_000, unacknowledged: 400, holdMs: 30_000 };

describe('window', () => {
  it('asks for one until it knows a size, then for what fits', () => {
    const window = new Window(LIMITS);
    expect(window.room()).toBe(1);
    window.depart('a', 100, 0);
    window.acknowledged('a');
    window.settled('a');
    expect(window.room()).toBe(4);
    window.depart('b', 250, 0);
    expect(window.room()).toBe(1);
    window.depart('c', 250, 0);
    expect(window.room()).toBe(0);
  });

  it('opens with receipts and halves once when they stay out', () => {
    const window = new Window(LIMITS);
    for (let n = 0; n < 20; n += 1) {
      window.depart(`a${n}`, 1, n);
      window.settled(`a${n}`);
    }
    expect(window.state.size).toBe(8);
    for (let n = 0; n < 8; n += 1) window.depart(`b${n}`, 1, 100);
    expect(window.expire(30_099)).toBe(0);
    expect(window.expire(30_100)).toBe(8);
    expect(window.state).toEqual({ count: 0, bytes: 0, unacknowledged: 0, size: 4 });
    for (let round = 1; round < 9; round += 1) {
      window.depart('c', 1, round * 100_000);
      window.expire(round * 100_000 + 30_000);
    }
    expect(window.state.size).toBe(1);
    expect(window.room()).toBe(1);
  });

  type Act =
    | { do: 'send'; bytes: number }
    | { do: 'again' | 'acknowledge' | 'settle'; which: number }
    | { do: 'pass'; ms: number }
    | { do: 'clear' };
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ do: fc.constant('send' as const), bytes: fc.integer({ min: 1, max: 300 }) }),
    fc.record({
      do: fc.constantFrom('again' as const, 'acknowledge' as const, 'settle' as const),
      which: fc.nat(30),
    }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40_000) }),
    fc.record({ do: fc.constant('clear' as const) }),
  );

  it('never has more under way than a list that keeps everything says it may', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const window = new Window(LIMITS);
        const model = new Map<string, { bytes: number; at: number; acknowledged: boolean }>();
        let [now, sent] = [0, 0];
        const send = (key: string, bytes: number) => {
          window.depart(key, bytes, now);
          model.delete(key);
          model.set(key, { bytes, at: now, acknowledged: false });
        };
        for (const one of acts) {
          const keys = [...model.keys()];
          if (one.do === 'send') {
            const before = window.state;
            if (window.room() > 0) {
              expect(before.count).toBeLessThan(LIMITS.most);
              expect(before.bytes).toBeLessThan(LIMITS.bytes);
              expect(before.unacknowledged).toBeLessThan(LIMITS.unacknowledged);
              sent += 1;
              send(`n${sent}`, one.bytes);
            }
          } else if (one.do === 'pass') {
            now += one.ms;
            const due = keys.filter((key) => now - (model.get(key)?.at ?? 0) >= LIMITS.holdMs);
            expect(window.expire(now)).toBe(due.length);
            for (const key of due) model.delete(key);
          } else if (one.do === 'clear') {
            window.clear();
            model.clear();
          } else {
            const key = keys[one.which % Math.max(1, keys.length)] ?? 'unknown';
            const known = model.get(key);
            if (one.do === 'again' && known) send(key, known.bytes);
            if (one.do === 'acknowledge') {
              window.acknowledged(key);
              if (known) known.acknowledged = true;
            }
            if (one.do === 'settle') {
              expect(window.settled(key)).toBe(known?.at);
              model.delete(key);
            }
          }
          const under = [...model.values()];
          const sum = (some: typeof under) => some.reduce((total, { bytes }) => total + bytes, 0);
          expect(window.state).toMatchObject({
            count: under.length,
            bytes: sum(under),
            unacknowledged: sum(under.filter(({ acknowledged }) => !acknowledged)),
          });
          expect(window.state.size).toBeGreaterThanOrEqual(1);
          expect(window.state.size).toBeLessThanOrEqual(LIMITS.most);
        }
      }),
      { numRuns: 500 },
    );
  });
});
