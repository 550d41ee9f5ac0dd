import { describe, expect, it } from 'vitest';
import { boundaries, makeMeter, SECOND, START_UTC, VirtualLine } from '../../test/poll/virtual-line.ts';
import type { MeterMemory } from './memory.ts';

const building = (count: number, options: Parameters<typeof makeMeter>[1] = {}) =>
  Array.from({ length: count }, (_, i) =>
    makeMeter(i + 1, { of: count, config: { role: i === 0 ? 'main' : 'sub' }, ...options }),
  );
const QUARTER = 900_000;
const FIRST = START_UTC + 100_000;
const quartersOf = (line: VirtualLine) => [...new Set(boundaries(line).map(({ boundary }) => boundary))];

describe('a clock that nobody has set', () => {
  it('gives billing readings without a boundary, every quarter of an hour, each once', () => {
    const line = new VirtualLine(building(5), { synced: false }).run(3600);
    const rows = line.entries.filter(({ kind }) => kind === 'billing');
    expect(boundaries(line)).toEqual([]);
    expect(rows).toHaveLength(4 * 5);
    expect(rows[0]).toMatchObject({
      register: 'virtual@1/energy_import_total',
      raw: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
  });

  it('and is set shortly after a boundary: the sweep is made late, and says when it read', () => {
    const line = new VirtualLine(building(5), { synced: false }).run(60);
    line.offset = FIRST + 90_000 - line.us / 1000;
    line.run(10);
    expect(quartersOf(line)).toEqual([FIRST]);
    expect(boundaries(line)).toHaveLength(6);
    const lates = boundaries(line).map(({ at }) => at.mono + (line.offset ?? 0) - FIRST);
    expect(Math.min(...lates)).toBeGreaterThan(89_000);
  });

  it('and is set long after one: that one is left out, the next is swept', () => {
    const line = new VirtualLine(building(5), { synced: false }).run(60);
    line.offset = FIRST + 400_000 - line.us / 1000;
    line.run(900);
    expect(quartersOf(line)).toEqual([FIRST + QUARTER]);
  });
});

describe('a clock that is set anew', () => {
  it.each([-2_000, -30_000, -299_000])('by %i ms just after a sweep: no boundary comes twice', (by) => {
    const line = new VirtualLine(building(5)).run(103);
    expect(boundaries(line)).toHaveLength(6);
    line.offset = (line.offset ?? 0) + by;
    line.run(1_000);
    for (const boundary of quartersOf(line)) {
      expect(boundaries(line).filter((row) => row.boundary === boundary)).toHaveLength(6);
    }
    expect(quartersOf(line).slice(0, 1)).toEqual([FIRST]);
  });

  it.each([-86_400_000, -3_600_000, 3_600_000, 86_400_000])(
    'by %i ms: goes on at the quarters of the new time',
    (by) => {
      const line = new VirtualLine(building(3)).run(400);
      line.offset = (line.offset ?? 0) + by;
      // A boundary that comes again by a clock set right is read again: the first time it was another one.
      const before = line.entries.length;
      line.run(3600);
      line.entries.splice(0, before);
      const after = quartersOf(line).filter((boundary) => Math.abs(boundary - FIRST - by) < 3_700_000);
      expect(after.length).toBeGreaterThanOrEqual(4);
      for (const boundary of after) {
        expect(boundaries(line).filter((row) => row.boundary === boundary)).toHaveLength(4);
      }
    },
  );

  it('over a boundary: it is said that it was missed', () => {
    const line = new VirtualLine(building(3)).run(60);
    line.offset = (line.offset ?? 0) + 3_600_000 + 400_000;
    line.run(5);
    expect(line.notices.filter(({ kind }) => kind === 'boundary-missed')).toHaveLength(1);
  });
});

describe('a restart', () => {
  const restart = (line: VirtualLine, made: ReturnType<typeof building>, downSeconds: number) => {
    const us = line.us + downSeconds * SECOND;
    const memories = made.map(({ poll }) => JSON.parse(JSON.stringify(poll.memory())) as MeterMemory);
    const again = made.map(({ real }, i) => {
      const one = makeMeter(i + 1, {
        of: made.length,
        memory: memories[i],
        startUs: us,
        config: { role: i === 0 ? 'main' : 'sub' },
      });
      Object.assign(one.real, real);
      return one;
    });
    const next = new VirtualLine(again, { us });
    next.offset = line.offset;
    return next;
  };

  it('in the middle of a sweep: the rest is swept, nothing twice', () => {
    const made = building(20);
    const line = new VirtualLine(made).run(100.4);
    const before = boundaries(line).length;
    expect(before).toBeGreaterThan(3);
    expect(before).toBeLessThan(15);
    const next = restart(line, made, 5);
    next.run(60);
    const points = [...boundaries(line), ...boundaries(next)]
      .filter(({ pass }) => pass === 'only')
      .map(({ point }) => point);
    expect(points).toHaveLength(19);
    expect(new Set(points).size).toBe(19);
    expect(boundaries(next).every(({ pass, bracket }) => pass !== 'only' || bracket !== null)).toBe(true);
  });

  it('after a sweep, before its window is over: it is not made again', () => {
    const made = building(5);
    const line = new VirtualLine(made).run(110);
    const next = restart(line, made, 20).run(200);
    expect(boundaries(next)).toEqual([]);
  });

  it('during a boundary: it is swept late', () => {
    const made = building(5);
    const line = new VirtualLine(made).run(90);
    const next = restart(line, made, 60).run(30);
    expect(quartersOf(next)).toEqual([FIRST]);
    expect(boundaries(next)).toHaveLength(6);
    expect(boundaries(next).every(({ bracket }) => bracket !== null)).toBe(true);
  });
});

describe('a sweep', () => {
  it('that takes longer than allowed ends, says who was left out, and takes those first the next time', () => {
    const made = building(100);
    for (const { real } of made) real.turnaroundUs = 450_000;
    for (const { real } of made)
      real.fault = (_, step) => (step.purpose.kind === 'sweep' && slow ? 6 : undefined);
    let slow = true;
    const line = new VirtualLine(made, {}).run(100 + 330);
    const left = line.notices.find(({ kind }) => kind === 'unswept');
    expect(left).toMatchObject({ boundary: FIRST });
    expect(line.finished).toEqual([FIRST]);
    slow = false;
    line.run(900);
    expect(boundaries(line).filter(({ boundary }) => boundary === FIRST + QUARTER)).toHaveLength(101);
  });

  it('retries a meter that failed once at its end, so that the others do not wait', () => {
    const made = building(10);
    let failed = false;
    const third = made[2];
    if (third)
      third.real.fault = (_, step) => {
        if (step.purpose.kind !== 'sweep' || failed) return undefined;
        failed = true;
        return 'crc';
      };
    const line = new VirtualLine(made).run(110);
    const rows = boundaries(line);
    expect(rows).toHaveLength(11);
    expect(rows.at(-1)?.point).toBe(third?.poll.points.get('energy_import_total')?.id);
  });

  it('on demand: reads these meters now, as an occasion of its own, main meters twice', () => {
    const made = building(10);
    const line = new VirtualLine(made).run(60);
    line.poll.quarters.demand({ askedUs: line.us, meters: made.slice(0, 2).map(({ poll }) => poll) });
    line.run(5);
    const rows = boundaries(line);
    expect(rows.map(({ pass, occasion }) => `${occasion}/${pass}`)).toEqual([
      'on-demand/first',
      'on-demand/only',
      'on-demand/last',
    ]);
    expect(rows.every(({ bracket }) => bracket !== null)).toBe(true);
    line.run(60);
    expect(boundaries(line).filter(({ occasion }) => occasion === 'quarter')).toHaveLength(11);
  });

  it('begins within one exchange of the boundary, however much is due', () => {
    const made = building(60, { gaugeMs: 1_000 });
    const line = new VirtualLine(made).run(120);
    const first = line.log.find(({ kind }) => kind === 'sweep');
    const late = (first?.fromUs ?? 0) / 1000 + (line.offset ?? 0) - FIRST;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(100);
  });
});

it('every zone begins its days, and so ends its billing periods, at a quarter hour of UTC', () => {
  const odd: string[] = [];
  for (const timeZone of Intl.supportedValuesOf('timeZone')) {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    for (const month of [0, 6]) {
      const parts = format.formatToParts(Date.UTC(2026, month, 1));
      const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
      if (!/^GMT([+-]\d\d:(00|15|30|45))?$/.test(offset)) odd.push(`${timeZone} ${offset}`);
    }
  }
  expect(odd).toEqual([]);
});
