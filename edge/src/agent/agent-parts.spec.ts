import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idsFrom, type PointId } from '@meterline/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { movableClock } from '../clock.ts';
import { tellAlerts } from './alerts.ts';
import { LiveValues } from './live-values.ts';
import { Complaints } from './log.ts';
import { MachineWatch } from './machine.ts';
import { noticeLine } from './notice-line.ts';
import { PollMemoryFile } from './poll-memory-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent-parts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const NOON = Date.UTC(2026, 0, 31, 12);
const ids = idsFrom({ nowMs: () => NOON, random: randomBytes });

describe('complaints', () => {
  it('says what fails once, and again after it worked', async () => {
    const lines: string[] = [];
    const complaints = new Complaints((level, line) => lines.push(`${level} ${line}`));
    const fail = () => {
      throw new Error('no room');
    };
    await complaints.guard('journal', fail);
    await complaints.guard('journal', fail);
    await complaints.guard('journal', () => undefined);
    await complaints.guard('journal', () => Promise.reject(new Error('no room')));
    expect(lines).toEqual(['warn journal: no room', 'warn journal: no room']);
  });

  it('tells when a condition begins, changes and ends', () => {
    const lines: string[] = [];
    const complaints = new Complaints((level, line) => lines.push(`${level} ${line}`));
    for (const problem of [undefined, 'unplugged', 'unplugged', 'locked', undefined, undefined]) {
      complaints.state('bus a', problem, 'its port is open');
    }
    expect(lines).toEqual(['warn bus a: unplugged', 'warn bus a: locked', 'info bus a: its port is open']);
  });
});

describe('alerts of the journal', () => {
  it('are told when they begin and when they are over', () => {
    const lines: string[] = [];
    const complaints = new Complaints((level, line) => lines.push(`${level} ${line}`));
    for (const alerts of [['replaced'], ['replaced', 'shortage'], ['shortage', 'disk-full'], []] as const)
      tellAlerts(complaints, alerts);
    expect(lines).toEqual([
      'warn journal (shortage): there is not enough room: samples are given up, counts to bill on are not',
      'warn journal (disk-full): the disk is full',
      'info journal (shortage): is over',
      'info journal (disk-full): is over',
    ]);
  });
});

describe('live values', () => {
  const [a, b] = [ids.point(), ids.point()];
  const at = { boot: 'boot-1', mono: 10, wall: 0 };
  const order = (points: PointId[]) => ({
    command: ids.command(),
    points,
    everyMs: 500,
    until: NOON + 60_000,
  });
  function watching(boot = 'boot-1', known = true) {
    const asked: unknown[] = [];
    const clock = movableClock(NOON, boot);
    const utc = (mono = clock.now().mono) => (known ? NOON - 1_000 + mono : undefined);
    return { asked, live: new LiveValues({ clock, utc, poll: (one) => asked.push(one) }) };
  }

  it('keeps the newest of what is watched, and has it read fast', () => {
    const { live, asked } = watching();
    live.watch(order([a]));
    live.take([
      { point: a, unit: 'mV', at, value: 229_000 },
      { point: b, unit: 'mV', at, value: 1 },
      { point: a, unit: 'mV', at: { ...at, mono: 20 }, value: 230_000 },
    ]);
    expect(live.look(a)).toEqual({ unit: 'mV', at: NOON - 980, value: 230_000 });
    expect(live.look(b)).toBeUndefined();
    live.watch(order([b]));
    expect(live.look(a)).toBeUndefined();
    live.watch(undefined);
    expect(asked).toEqual([
      { points: new Set([a]), everyMs: 500, untilUs: 61_000_000 },
      { points: new Set([b]), everyMs: 500, untilUs: 61_000_000 },
      null,
    ]);
  });

  it('shows nothing of another boot, nor without a time', () => {
    for (const { live } of [watching('boot-2'), watching('boot-1', false)]) {
      live.watch(order([a]));
      live.take([{ point: a, unit: 'mV', at, value: 1 }]);
      expect(live.look(a)).toBeUndefined();
    }
  });
});

describe('the machine', () => {
  const files = { io: join(folder, 'io'), temperature: join(folder, 't'), throttled: join(folder, 'v') };
  const written = (bytes: number) => writeFileSync(files.io, `rchar: 9\nwrite_bytes: ${bytes}\n`);

  it('counts what is written since midnight', () => {
    const watch = new MachineWatch(files);
    written(1_000);
    expect(watch.look(NOON)).toEqual({ writtenToday: 1_000 });
    written(5_000);
    expect(watch.look(NOON + 3_600_000).writtenToday).toBe(5_000);
    expect(watch.look(NOON + 86_400_000).writtenToday).toBe(0);
    written(5_300);
    expect(watch.look(NOON + 86_400_000).writtenToday).toBe(300);
  });

  it('tells heat and a weak supply where the machine does', () => {
    writeFileSync(files.temperature, '48312\n');
    writeFileSync(files.throttled, '50005\n');
    expect(new MachineWatch(files).look(NOON)).toMatchObject({
      temperatureMilliC: 48_312,
      undervoltage: true,
    });
    writeFileSync(files.throttled, '50000\n');
    expect(new MachineWatch(files).look(NOON).undervoltage).toBe(false);
  });
});

describe('what polling has learnt', () => {
  const path = join(folder, 'polling.json');
  const memory = (swept: number) => ({ v: 1, meters: { m: { swept } } }) as const;

  it('is written after a sweep, and else every quarter of an hour', () => {
    const file = new PollMemoryFile(folder);
    file.tend(900_000, () => memory(1));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(memory(1));
    file.tend(901_000, () => memory(2));
    expect(file.load()).toEqual(memory(1));
    file.swept();
    file.tend(902_000, () => memory(2));
    expect(file.load()).toEqual(memory(2));
    file.tend(902_000 + 900_000, () => memory(3));
    expect(file.load()).toEqual(memory(3));
  });

  it('is nothing where there is none, or what nobody understands', () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect(new PollMemoryFile(empty).load()).toBeUndefined();
    writeFileSync(join(empty, 'polling.json'), '{"v":1,');
    expect(new PollMemoryFile(empty).load()).toBeUndefined();
  });
});

describe('a notice', () => {
  const meter = ids.meter();
  const label = () => 'room 101';
  it.each([
    [{ kind: 'back', meter }, 'info room 101: answers again'],
    [{ kind: 'granted', meter, text: '4:12-13 is answered now' }, 'info room 101: 4:12-13 is answered now'],
    [{ kind: 'silent', meter, text: 'no reply in time' }, 'warn room 101: no reply in time'],
    [
      { kind: 'unswept', boundary: NOON, meters: [meter] },
      'warn not read for the boundary 2026-01-31T12:00:00.000Z: room 101',
    ],
    [{ kind: 'unswept', boundary: null, meters: [meter] }, 'warn not read on demand: room 101'],
    [
      { kind: 'boundary-missed', boundary: NOON },
      'warn nothing was read for the boundary 2026-01-31T12:00:00.000Z',
    ],
    [{ kind: 'invalid', text: 'x' }, 'warn a fault of this program, please report it: x'],
  ] as const)('%j', (notice, line) => {
    expect(noticeLine(notice, label).join(' ')).toBe(line);
  });
});
