import { expect, test } from 'vitest';
import { instantOf } from './days.ts';
import { planEstate } from './estate.ts';
import { type Chunk, firstChunks, handoversOf, missedChunks, timesOf } from './history.ts';

const at = (day: string, clock: string) => Date.parse(instantOf(day, clock));
const NOW = at('2026-11-20', '18:07');
const plan = planEstate('h', '2026-11-20');
const times = (chunks: readonly Chunk[], building: string) =>
  chunks.filter((chunk) => chunk.building === building).flatMap(timesOf);

test.each(['bangkok', 'jakarta'])(
  '%s: no moment twice, from the first day until the last quarter hour',
  (building) => {
    const all = times(firstChunks(plan, NOW), building).sort((a, b) => a - b);
    expect(new Set(all).size).toBe(all.length);
    expect(all[0]).toBe(at('2025-11-01', '00:00'));
    expect(all.at(-1)).toBe(at('2026-11-20', '18:00'));
    const widest = Math.max(...all.slice(1).map((time, i) => time - (all[i] ?? 0)));
    expect(widest).toBe(86_400_000);
  },
);

test('few enough to come in while somebody looks around', () => {
  const [bangkok, jakarta] = plan.buildings;
  const chunks = firstChunks(plan, NOW);
  const readings =
    times(chunks, 'bangkok').length * bangkok.meters.length +
    times(chunks, 'jakarta').length * jakarta.meters.length;
  expect(readings).toBeLessThan(250_000);
});

test('what nobody read while the demo was off, and nothing that it read itself', () => {
  const stopped = at('2026-11-20', '18:29');
  const missed = (until: number, walked = NOW) => missedChunks(until, { stopped, walked });
  expect(times(missed(at('2026-11-20', '18:40')), 'bangkok')).toEqual([]);
  // It may have read 18:30 in its last moments.
  expect(times(missed(at('2026-11-20', '19:20')), 'bangkok')).toEqual(
    ['18:45', '19:00', '19:15'].map((clock) => at('2026-11-20', clock)),
  );
  expect(times(missed(at('2026-11-20', '20:20')), 'jakarta')).toEqual(
    ['19:00', '20:00'].map((clock) => at('2026-11-20', clock)),
  );
  expect(missed(at('2026-12-20', '19:20')).map(({ stepMinutes }) => stepMinutes)).toEqual([60, 60]);
});

test('rooms that changed hands have a reading of that moment', () => {
  const moments = handoversOf(plan.buildings[0]);
  expect(moments.get('302')).toContain(at('2026-10-12', '11:15'));
  expect(moments.get('302')).toContain(at('2026-10-17', '14:30'));
  expect(moments.get('408')).toContain(at('2026-08-20', '13:00'));
});
