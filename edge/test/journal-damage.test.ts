import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drain, entries, FakeHub, NOON, QUARTER, seeded, type World, world } from './journal-support.ts';

/** A journal in the middle of its work, its WAL not yet played in. */
interface Model {
  readonly folder: string;
  readonly journal: string;
  readonly last: number;
  /** Value of every reading to bill on that the hub has not receipted. */
  readonly billing: readonly string[];
  readonly hub: () => FakeHub;
  readonly wall: number;
  readonly mono: number;
}

/** Not sealed yet, in the last commit. */
const NEWEST = ['77001', '77002'];

let model: Model;

beforeAll(() => {
  const home = world('damage');
  const { clock } = home;
  const make = entries(home);
  const journal = home.open({ graceMs: 0 });
  journal.append([make.anchor()], { durable: true });
  const billing: string[] = [];
  const taken: ReturnType<typeof journal.nextBatches> = [];
  for (let quarter = 1; quarter <= 12; quarter += 1) {
    const boundary = NOON + quarter * QUARTER;
    for (let minute = 0; minute < 15; minute += 1) {
      clock.advance(60_000);
      journal.append(Array.from({ length: 10 }, (_, n) => make.gauge(n, quarter * 1_000 + minute)));
      if (minute % 5 === 0)
        journal.append(Array.from({ length: 5 }, (_, n) => make.counter(n, quarter * 100 + minute)));
      journal.tend();
    }
    clock.advance(500);
    for (let n = 0; n < 8; n += 1) {
      clock.advance(40);
      const value = 1_000_000 + quarter * 100 + n;
      journal.append([make.boundary(n, boundary, value)], {
        durable: true,
        ...(n === 7 ? { lastOf: boundary } : {}),
      });
      if (quarter > 4) billing.push(String(value));
    }
    clock.advance(1_000);
    journal.tend();
    if (quarter === 4) {
      // The first hour has gone up, is receipted and released; the rest is sealed, some of it sent, some not yet.
      journal.seal(clock.now(), { all: true });
      taken.push(...journal.nextBatches('backfill', 500));
      const hub = new FakeHub(home);
      for (const batch of taken) hub.take(batch);
      journal.applyReceipt(hub.receipt());
      clock.advance(1_000);
      for (let i = 0; i < 50; i += 1) journal.tend();
    }
    if (quarter === 8) taken.push(...journal.nextBatches('backfill', 500));
  }
  const late = [make.billing(1, 77_001), make.billing(2, 77_002), make.gauge(3, 77_003)];
  journal.append(late, { durable: true });
  billing.push(...NEWEST);
  const { journal: id, last } = journal.status();
  const folder = mkdtempSync(join(tmpdir(), 'journal-model-'));
  for (const file of readdirSync(home.folder)) copyFileSync(join(home.folder, file), join(folder, file));
  journal.close();
  home.end();
  const hub = () => {
    const fresh = new FakeHub(home);
    for (const batch of taken) fresh.take(batch);
    return fresh;
  };
  model = { folder, journal: id, last, billing, hub, wall: clock.wallMs(), mono: clock.now().mono };
  expect(statSync(join(folder, 'journal.db-wal')).size).toBeGreaterThan(8_192);
});
afterAll(() => rmSync(model.folder, { recursive: true, force: true }));

let home: World;
beforeEach(() => {
  home = world('damage');
  home.clock.advance(model.mono - home.clock.now().mono + 1_000);
  for (const file of readdirSync(model.folder))
    copyFileSync(join(model.folder, file), join(home.folder, file));
});
afterEach(() => home.end());

const edit = (file: string, work: (bytes: Buffer) => Buffer | undefined) => {
  const bytes = readFileSync(file);
  writeFileSync(file, work(bytes) ?? bytes);
};

/** The WAL played in, and gone. */
function settled(): true {
  const db = new Sqlite(home.path);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  return true;
}

interface Outcome {
  readonly replaced: string | null;
  readonly lostBilling: number;
  readonly lostNumbers: number;
}

/** Opens what is left and sends it all; what must hold whatever the damage was, is checked here. */
function recover(hub: FakeHub): Outcome {
  const journal = home.open({ graceMs: 0 });
  const { replaced } = journal;
  const make = entries(home);
  expect(journal.append([make.billing(5, 88_000)], { durable: true })).toMatchObject({ ok: true });
  if (!journal.status().synced) journal.append([make.anchor()], { durable: true });
  expect(journal.verify().faults.filter(({ what }) => what !== 'row' && what !== 'batch')).toEqual([]);
  drain(journal, hub, home.clock);
  const has = new Set([...hub.readings.values()].map(({ value }) => value));
  expect(has.has('88000')).toBe(true);
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
  const { journal: id, last, alerts, quarantined } = journal.status();
  expect(hub.rangesOf(id)).toEqual([[1, last]]);
  const lostBilling = model.billing.filter((value) => !has.has(value)).length;
  const lostNumbers = replaced?.lost.reduce((sum, [from, to]) => sum + to - from + 1, 0) ?? 0;
  if (replaced) {
    expect(id).not.toBe(model.journal);
    expect(alerts).toContain('replaced');
    expect(quarantined.length).toBe(replaced.quarantine ? 1 : 0);
    // Nothing is lost that nobody is told of. Of the very newest rows nothing may be left that says they were there:
    // the restart record then names an earlier last number.
    const lost = model.billing.filter((value) => !has.has(value) && !NEWEST.includes(value));
    const restart = hub.restarts.at(-1) as { previous: { journal: string } | null } | undefined;
    if (lost.length > 0 && restart?.previous) expect(lostNumbers).toBeGreaterThan(0);
  }
  journal.close();
  return { replaced: replaced?.reason ?? null, lostBilling, lostNumbers };
}

describe('a damaged file', () => {
  it('is opened as it is when nothing is wrong with it', () => {
    expect(recover(model.hub())).toEqual({ replaced: null, lostBilling: 0, lostNumbers: 0 });
  });

  const cases: Record<string, { damage: () => void; lostBilling: number; reason: string }> = {
    'an empty file': {
      damage: () => truncateSync(home.path, 0),
      lostBilling: Number.POSITIVE_INFINITY,
      reason: 'corrupt',
    },
    'not a database': {
      damage: () =>
        settled() && edit(home.path, (bytes) => Buffer.concat([Buffer.from('garbage'), bytes.subarray(7)])),
      lostBilling: 0,
      reason: 'corrupt',
    },
    'its first page gone': {
      damage: () => settled() && edit(home.path, (b) => void b.fill(0, 0, 1_024)),
      lostBilling: 0,
      reason: 'corrupt',
    },
    'cut in the middle': {
      damage: () => truncateSync(home.path, 4_096 * Math.floor(statSync(home.path).size / 8_192)),
      lostBilling: Number.POSITIVE_INFINITY,
      reason: 'corrupt',
    },
    'cut within a page': {
      damage: () => settled() && truncateSync(home.path, statSync(home.path).size - 1_500),
      lostBilling: 8,
      reason: 'corrupt',
    },
    'the head of the WAL gone': {
      damage: () => edit(`${home.path}-wal`, (b) => void b.fill(0, 0, 32)),
      lostBilling: 0,
      reason: 'corrupt',
    },
    'the WAL damaged in its middle': {
      damage: () => edit(`${home.path}-wal`, (b) => void b.fill(0xff, 32 + 4_120 + 500, 32 + 4_120 + 700)),
      lostBilling: 2,
      reason: 'corrupt',
    },
    'the file gone, the WAL left': {
      damage: () => rmSync(home.path),
      lostBilling: Number.POSITIVE_INFINITY,
      reason: 'lost',
    },
    'all files gone': {
      damage: () => {
        for (const end of ['', '-wal', '-shm']) rmSync(`${home.path}${end}`, { force: true });
      },
      lostBilling: Number.POSITIVE_INFINITY,
      reason: 'lost',
    },
  };
  for (const [name, { damage, lostBilling, reason }] of Object.entries(cases)) {
    it(`${name}: metering goes on, and what can be read is carried`, () => {
      damage();
      const outcome = recover(model.hub());
      expect(outcome.replaced).toBe(reason);
      expect(outcome.lostBilling).toBeLessThanOrEqual(lostBilling);
    });
  }

  it('finishes a replacement that a power cut interrupted', () => {
    copyFileSync(home.path, `${home.path}.before`);
    truncateSync(home.path, statSync(home.path).size - 5_000);
    const first = home.open();
    const { journal: id, last } = first.status();
    first.close();
    // The successor is complete; the old file is back in its place, as if it had not been moved yet.
    copyFileSync(home.path, `${home.path}.next`);
    copyFileSync(`${home.path}.before`, home.path);
    const again = home.open();
    expect(again.status()).toMatchObject({ journal: id, last });
    expect(existsSync(`${home.path}.next`)).toBe(false);
    again.close();
  });

  it('of another gateway: its own is begun, what was read goes on', () => {
    const other = world('another gateway', home.folder);
    other.clock.advance(home.clock.now().mono);
    const journal = other.open();
    expect(journal.replaced).toMatchObject({ reason: 'new-hardware' });
    expect(journal.replaced?.carriedRows).toBeGreaterThanOrEqual(model.billing.length);
    journal.close();
  });

  it('of a newer agent: is put aside, for metering must go on after an update was taken back', () => {
    const db = new Sqlite(home.path);
    db.pragma('user_version = 7');
    db.close();
    const journal = home.open();
    expect(journal.replaced).toMatchObject({ reason: 'operator', cause: expect.stringContaining('7') });
    expect(journal.depth().billing).toBeGreaterThanOrEqual(model.billing.length);
    journal.close();
  });

  it('is replaced while it is in use, and the work in hand is done', () => {
    const journal = home.open();
    const make = entries(home);
    const id = journal.status().journal;
    const { db } = (journal as unknown as { ledger: { db: Sqlite.Database } }).ledger;
    db.pragma('wal_checkpoint(TRUNCATE)');
    // As if the file were larger than what is kept in memory of it.
    db.pragma('cache_size = 4');
    const { size } = statSync(home.path);
    const noise = seeded('noise');
    edit(home.path, (bytes) => {
      for (let at = 4_096; at < size; at += 64) noise(64).copy(bytes, at);
      return bytes;
    });
    for (let n = 0; n < 3_000; n += 1) {
      home.clock.advance(10);
      expect(journal.append([make.billing(n % 10, 200_000 + n)], { durable: true })).toMatchObject({
        ok: true,
      });
      if (n % 100 === 0) journal.tend();
    }
    expect(journal.status().journal).not.toBe(id);
    expect(journal.status().alerts).toContain('replaced');
    expect(journal.verify()).toMatchObject({ ok: true });
    journal.close();
  });
});

describe('random damage', () => {
  const RUNS = process.env.METERLINE_SOAK ? 400 : 40;
  it(`${RUNS} times: nothing doubled, nothing lost in silence`, { timeout: 600_000 }, () => {
    const random = seeded('damage done');
    const below = (n: number) => random(4).readUInt32BE(0) % n;
    let [replaced, lost, runsWithLoss] = [0, 0, 0];
    for (let run = 0; run < RUNS; run += 1) {
      home.end();
      home = world('damage');
      home.clock.advance(model.mono - home.clock.now().mono + 1_000);
      for (const file of readdirSync(model.folder))
        copyFileSync(join(model.folder, file), join(home.folder, file));
      const file = run % 4 === 3 ? `${home.path}-wal` : home.path;
      edit(file, (bytes) => {
        const times = 1 + below(12);
        for (let i = 0; i < times; i += 1) {
          const at = below(bytes.length);
          if (run % 4 === 0) bytes.writeUInt8((bytes.readUInt8(at) ^ (1 << below(8))) & 0xff, at);
          else bytes.fill(below(256), at, Math.min(bytes.length, at + below(600)));
        }
        return bytes;
      });
      const outcome = recover(model.hub());
      replaced += outcome.replaced ? 1 : 0;
      lost += outcome.lostBilling;
      runsWithLoss += outcome.lostBilling > 0 ? 1 : 0;
    }
    process.stderr.write(
      `damage: ${RUNS} files, ${replaced} replaced, ${lost} of ${RUNS * model.billing.length} readings to bill on lost, in ${runsWithLoss} files\n`,
    );
  });
});
