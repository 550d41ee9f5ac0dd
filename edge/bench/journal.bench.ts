import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { idsFrom, type PointId, signerOf } from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import { type MovableClock, movableClock } from '../src/clock.ts';
import { type Entry, JOURNAL_LIMITS, Journal, type JournalLimits } from '../src/store/index.ts';
import { agentResident } from './agent-resident.ts';

interface Case {
  readonly name: string;
  readonly [figure: string]: number | string;
}

const METERS = 200;
const GAUGES = 6;
const NOON = Date.UTC(2026, 0, 31, 12);
const ids = idsFrom({ nowMs: () => NOON, random: (bytes) => randomBytes(bytes) });
const key = signerOf(randomBytes(32));
if (!key.ok) throw new Error(key.detail);
const signer = key.key;
const points: PointId[] = Array.from({ length: METERS * (GAUGES + 2) }, () => ids.point());
const pointOf = (meter: number, n: number): PointId => points[meter * (GAUGES + 2) + n] ?? ids.point();
const REGISTER = 'eastron-sdm630@1/energy_import_total';

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** What this process has made dirty on its way to the medium, as the kernel counts it. */
function writtenBytes(): number {
  const line = readFileSync('/proc/self/io', 'utf8').match(/^write_bytes: (\d+)$/m);
  return Number(line?.[1] ?? Number.NaN);
}

/** METERLINE_BENCH_FOLDER: where the system's temporary folder lies in memory and nothing is written. */
async function withFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const base = process.env.METERLINE_BENCH_FOLDER ?? tmpdir();
  const folder = mkdtempSync(join(base, 'journal-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function open(
  folder: string,
  limits: Partial<JournalLimits> = {},
): { journal: Journal; clock: MovableClock } {
  const clock = movableClock(NOON);
  const path = join(folder, 'journal.db');
  const journal = new Journal({ path, gateway: ids.gateway(), signer, clock, agent: 'bench', limits });
  const at = clock.now();
  const anchor = { kind: 'clock', mono: at.mono, utc: at.wall, uncertainty: 20, source: 'ntp' } as const;
  journal.append([{ kind: 'event', at, event: anchor }], { durable: true });
  return { journal, clock };
}

const gauge = (clock: MovableClock, meter: number, n: number): Entry => ({
  kind: 'gauge',
  point: pointOf(meter, n),
  unit: 'mV',
  value: 2_200 * 100 + ((meter * 31 + n * 17 + clock.now().mono) % 200) * 100,
  at: clock.now(),
});

/** The block reads of a round, as a poller hands them over: one call a meter. */
function groupCommit(): Promise<Case> {
  return withFolder(async (folder) => {
    const { journal, clock } = open(folder);
    const rates: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const begin = performance.now();
      let rows = 0;
      for (let sweep = 0; sweep < 25; sweep += 1) {
        clock.advance(1_000);
        for (let meter = 0; meter < METERS; meter += 1) {
          journal.append(Array.from({ length: GAUGES }, (_, n) => gauge(clock, meter, n)));
          rows += GAUGES;
        }
      }
      journal.flush();
      rates.push((rows * 1_000) / (performance.now() - begin));
      while (journal.seal(clock.now(), { all: true }).more);
    }
    journal.close();
    const value = round(median(rates));
    const limit = round(await bareGroups());
    return { name: 'readings/s, group commit', value, target: 50_000, limit, ratio: round(value / limit, 2) };
  });
}

const TABLE =
  'CREATE TABLE r (seq INTEGER PRIMARY KEY, boot INTEGER, mono INTEGER, wall INTEGER, series INTEGER, value INTEGER) STRICT';

function bare(folder: string): Sqlite.Database {
  const db = new Sqlite(join(folder, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(TABLE);
  return db;
}

/** The limit: SQLite with the same settings and groups, and nothing of ours around it. */
const bareGroups = (): Promise<number> =>
  withFolder((folder) => {
    const db = bare(folder);
    const insert = db.prepare('INSERT INTO r VALUES (NULL, 1, ?, ?, ?, ?)');
    const group = db.transaction((from: number) => {
      for (let i = 0; i < 500; i += 1) insert.run(from, NOON + from, i, 230_000 + i);
    });
    const rates: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const begin = performance.now();
      for (let n = 0; n < 60; n += 1) group(n);
      rates.push((30_000 * 1_000) / (performance.now() - begin));
    }
    db.close();
    return median(rates);
  });

/** The usual way: each reading an INSERT of its own, on the medium before the next. */
const peer = (): Promise<object> =>
  withFolder((folder) => {
    const db = bare(folder);
    const insert = db.prepare('INSERT INTO r VALUES (NULL, 1, ?, ?, ?, ?)');
    const before = writtenBytes();
    const begin = performance.now();
    const rows = 3_000;
    for (let i = 0; i < rows; i += 1) insert.run(i, NOON + i, i % 1_200, 230_000 + i);
    const rate = (rows * 1_000) / (performance.now() - begin);
    const bytes = (writtenBytes() - before) / rows;
    db.close();
    return { name: 'one INSERT a reading, FULL', value: round(rate), bytesPerReading: round(bytes) };
  });

function boundaryFsync(): Promise<Case> {
  return withFolder((folder) => {
    const { journal, clock } = open(folder);
    const times: number[] = [];
    for (let n = 0; n < 400; n += 1) {
      clock.advance(40);
      const entry: Entry = {
        kind: 'boundary',
        boundary: NOON,
        occasion: 'quarter',
        pass: 'only',
        point: pointOf(n % METERS, GAUGES),
        register: REGISTER,
        raw: '0001e240',
        value: String(123_456 + n),
        bracket: null,
        quality: 'good',
        rereads: [],
        at: clock.now(),
      };
      const begin = performance.now();
      journal.append([entry], { durable: true });
      times.push(performance.now() - begin);
    }
    journal.close();
    const file = openSync(join(folder, 'bare'), 'w');
    const page = Buffer.alloc(4_096);
    const bareTimes = Array.from({ length: 400 }, () => {
      const begin = performance.now();
      writeSync(file, page);
      fsyncSync(file);
      return performance.now() - begin;
    });
    closeSync(file);
    const [value, limit] = [median(times), median(bareTimes)];
    const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
    return {
      name: 'ms per boundary reading on the medium',
      value: round(value, 3),
      p99: round(p99, 3),
      limit: round(limit, 3),
      ratio: round(limit / value, 2),
    };
  });
}

/** Sends what is sealed and has it receipted at once, as a hub does that is near. */
function deliver(journal: Journal, clock: MovableClock): void {
  if (journal.nextBatches('live', 64).length === 0) return;
  const { journal: id, sealed, gateway } = journal.status();
  const all = { journal: id, watermark: sealed, seen: sealed, missing: [], chain: null };
  journal.applyReceipt({ v: 1, gateway, at: clock.wallMs(), journals: [all] });
}

/** A building as it lives: gauges every minute, counters every five, counts to bill on at the quarter. */
async function building(
  folder: string,
  minutes: number,
  groupMs: number,
): Promise<{ readings: number; bytes: number }> {
  const { journal, clock } = open(folder, { groupMs, graceMs: 60_000 });
  let readings = 0;
  const before = writtenBytes();
  for (let second = 1; second <= minutes * 60; second += 1) {
    clock.advance(1_000);
    for (let meter = second % 60; meter < METERS; meter += 60) {
      journal.append(Array.from({ length: GAUGES }, (_, n) => gauge(clock, meter, n)));
      readings += GAUGES;
    }
    if (second % 300 === 0) {
      journal.append(Array.from({ length: METERS }, (_, meter) => counter(clock, meter)));
      readings += METERS;
    }
    if (second % 900 === 1) readings += quarter(journal, clock);
    journal.tend();
    if (second % 10 === 0) deliver(journal, clock);
    // As in the agent: what is done with is freed between two turns of the event loop.
    await setImmediate();
  }
  journal.close();
  return { readings, bytes: writtenBytes() - before };
}

const counter = (clock: MovableClock, meter: number): Entry => ({
  kind: 'counter',
  point: pointOf(meter, GAUGES + 1),
  value: String(1_000_000 + clock.now().mono),
  at: clock.now(),
});

function quarter(journal: Journal, clock: MovableClock): number {
  const boundary = Math.floor(clock.wallMs() / 900_000) * 900_000;
  for (let meter = 0; meter < METERS; meter += 1) {
    const entry: Entry = {
      kind: 'boundary',
      boundary,
      occasion: 'quarter',
      pass: 'only',
      point: pointOf(meter, GAUGES),
      register: REGISTER,
      raw: '0001e240',
      value: String(5_000_000 + clock.now().mono),
      bracket: null,
      quality: 'good',
      rereads: [],
      at: clock.now(),
    };
    // Twelve meters of a bus come in a second; each port commits what its second has brought.
    journal.append([entry], { durable: meter % 12 === 11 });
    clock.advance(1);
  }
  journal.append([], { durable: true, lastOf: boundary });
  return METERS;
}

const bytesPerReading = (groupMs: number): Promise<Case> =>
  withFolder(async (folder) => {
    const { readings, bytes } = await building(folder, 60, groupMs);
    return {
      name: `bytes written per reading, ${METERS} meters live, groups of ${groupMs / 1_000} s`,
      value: round(bytes / readings),
      target: 450,
      readings,
    };
  });

const saturated = (): Promise<Case> =>
  withFolder((folder) => {
    const { journal, clock } = open(folder, { graceMs: 0 });
    const before = writtenBytes();
    let readings = 0;
    for (let sweep = 0; sweep < 100; sweep += 1) {
      clock.advance(1_000);
      for (let meter = 0; meter < METERS; meter += 1) {
        journal.append(Array.from({ length: GAUGES }, (_, n) => gauge(clock, meter, n)));
        readings += GAUGES;
      }
      journal.tend();
      if (sweep % 10 === 9) {
        while (journal.seal(clock.now(), { all: true }).more);
        deliver(journal, clock);
      }
    }
    journal.close();
    const value = round((writtenBytes() - before) / readings);
    return { name: 'bytes written per reading, full groups', value, target: 450, readings };
  });

async function resident(): Promise<Case> {
  const { resident: bytes, highest, cpuShare } = await agentResident();
  const megabytes = (count: number) => round(count / 1_048_576, 1);
  return {
    name: `resident MB of the whole agent with ${METERS} meters`,
    ...{ value: megabytes(bytes), target: 100, highest: megabytes(highest), cpuShare: round(cpuShare, 3) },
  };
}

export async function run(): Promise<{ part: string; cases: Case[]; peer: object }> {
  const cases = [
    await groupCommit(),
    await boundaryFsync(),
    await bytesPerReading(JOURNAL_LIMITS.groupMs),
    await bytesPerReading(5_000),
    await saturated(),
    await resident(),
  ];
  return { part: 'journal', cases, peer: await peer() };
}
