import {
  type Batch,
  type BoundaryBatch,
  type CommandId,
  idsFrom,
  LIMITS,
  type ReadingsBatch,
} from '@meterline/contracts';
import type Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BoundaryEntry, Journal } from '../src/store/index.ts';
import { checkOf } from '../src/store/schema.ts';
import { drain, entries, FakeHub, NOON, QUARTER, seeded, type World, world } from './journal-support.ts';

let home: World;
let hub: FakeHub;
beforeEach(() => {
  home = world('contract');
  hub = new FakeHub(home);
});
afterEach(() => home.end());

const BOUNDARY = NOON + QUARTER;
const DAY = 86_400_000;

/** A journal that knows the time, a second after the boundary. */
function atBoundary(): Journal {
  const journal = home.open();
  journal.append([entries(home).anchor()], { durable: true });
  home.clock.advance(QUARTER + 1_000);
  return journal;
}

/** One line of a sweep, read 40 ms after the one before. */
function line(n: number, part: Partial<BoundaryEntry> = {}): BoundaryEntry {
  home.clock.advance(40);
  const entry = entries(home).boundary(n, BOUNDARY);
  if (entry.kind !== 'boundary') throw new Error('no boundary entry');
  return { ...entry, ...part };
}

function sent(journal: Journal): Batch[] {
  while (journal.seal(undefined, { all: true }).more);
  const batches = journal.nextBatches('backfill', 500).flatMap((batch) => hub.take(batch) ?? []);
  expect({ refused: hub.refused, conflicts: hub.conflicts }).toEqual({ refused: [], conflicts: [] });
  return batches.toSorted((a, b) => a.head.batch - b.head.batch);
}
const isBoundary = (batch: Batch): batch is BoundaryBatch => batch.type === 'boundary';
const isBilling = (batch: Batch): batch is ReadingsBatch =>
  batch.type === 'readings' && batch.head.class === 'billing';

const dbOf = (journal: Journal): Sqlite.Database =>
  (journal as unknown as { ledger: { db: Sqlite.Database } }).ledger.db;

/** As an agent with other rules may have left it: a whole row, of something that no batch can hold. */
function rewrite(journal: Journal, seq: number, change: (note: string) => string): void {
  const db = dbOf(journal);
  const row = db.prepare('SELECT * FROM billing WHERE seq = ?').get(seq) as Record<string, string | number>;
  const note = change(String(row.note));
  const fields = ['seq', 'boot', 'mono', 'wall', 'series', 'value'].map((name) => row[name]);
  db.prepare('UPDATE billing SET note = ?, crc = ? WHERE seq = ?').run(
    note,
    checkOf('billing', [...fields, note]),
    seq,
  );
}

describe('the passes of a sweep', () => {
  it('are settled when it is sealed: two lines are first and last, one is the only one', () => {
    const journal = atBoundary();
    journal.append(
      [
        line(0, { pass: 'first' }),
        line(1, { pass: 'first' }),
        line(2),
        line(0, { pass: 'last', value: '9001' }),
        line(3, { pass: 'last' }),
      ],
      { durable: true, lastOf: BOUNDARY },
    );
    const [batch, ...more] = sent(journal).filter(isBoundary);
    expect(more).toEqual([]);
    const passes = batch?.leaves.map(({ point, pass }) => [home.points.indexOf(point) - 140, pass]);
    expect(passes).toEqual([
      [0, 'first'],
      [1, 'only'],
      [2, 'only'],
      [0, 'last'],
      [3, 'only'],
    ]);
    journal.close();
  });

  it('that are too many for one batch go on in the next', () => {
    const journal = atBoundary();
    const three = [line(0), line(1), line(0, { value: '9001' }), line(0, { value: '9002' }), line(1)];
    journal.append(three, { durable: true });
    const { mono } = home.clock.now();
    // The very same instant once more.
    journal.append([{ ...line(1), at: { ...home.clock.now(), mono } }], { durable: true, lastOf: BOUNDARY });
    const batches = sent(journal).filter(isBoundary);
    expect(batches.map(({ leaves }) => leaves.map(({ pass }) => pass))).toEqual([
      ['first', 'only', 'last'],
      ['only', 'only'],
      ['only'],
    ]);
    journal.close();
  });

  it('of a sweep of thousands stay together, and what must be divided is divided between points', () => {
    home.end();
    home = world('large');
    const random = seeded('large points');
    const ids = idsFrom({ nowMs: () => NOON, random });
    const points = Array.from({ length: 4_500 }, () => ids.point());
    hub = new FakeHub(home);
    const journal = atBoundary();
    const two = points.slice(0, 2_000).flatMap((point) => [
      { ...line(0), point, pass: 'first' as const },
      { ...line(0), point, pass: 'last' as const },
    ]);
    journal.append(two, { durable: true });
    journal.append(
      points.slice(2_000).map((point) => ({ ...line(0), point })),
      { durable: true, lastOf: BOUNDARY },
    );
    const batches = sent(journal).filter(isBoundary);
    expect(batches.length).toBeLessThanOrEqual(4);
    const leaves = batches.flatMap((batch) => batch.leaves);
    expect(leaves).toHaveLength(6_500);
    for (const { leaves: own } of batches) expect(own.length).toBeLessThanOrEqual(LIMITS.leavesPerBatch);
    expect(leaves.filter(({ pass }) => pass === 'first')).toHaveLength(2_000);
    expect(leaves.filter(({ pass }) => pass === 'last')).toHaveLength(2_000);
    journal.close();
  });

  it('are entered once, although a replaced file held them twice', () => {
    const journal = atBoundary();
    journal.append([line(0, { pass: 'first' }), line(1), line(0, { pass: 'last' })], { durable: true });
    const db = dbOf(journal);
    const copy = (seq: number, to: number) => {
      const row = db.prepare('SELECT * FROM billing WHERE seq = ?').get(seq) as Record<
        string,
        string | number
      >;
      const fields = [to, ...['boot', 'mono', 'wall', 'series', 'value', 'note'].map((name) => row[name])];
      db.prepare('INSERT INTO billing VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
        ...fields,
        checkOf('billing', fields),
      );
    };
    for (const seq of [3, 4, 5]) copy(seq, seq + 3);
    journal.startOver('operator');
    expect(journal.replaced?.carriedRows).toBe(3);
    const [batch, ...more] = sent(journal).filter(isBoundary);
    expect(more).toEqual([]);
    expect(batch?.leaves.map(({ pass }) => pass)).toEqual(['first', 'only', 'last']);
    journal.close();
  });
});

describe('what cannot be a boundary reading', () => {
  it.each([
    ['a clock that cannot tell one quarter from the next', QUARTER + 1],
    ['one as uncertain as a clock may be', LIMITS.uncertaintyMs],
  ])('goes out as a plain count: %s', (_, uncertainty) => {
    const journal = home.open();
    journal.append([entries(home).anchor(undefined, uncertainty)], { durable: true });
    home.clock.advance(QUARTER + 1_000);
    journal.append([line(0), line(1)], { durable: true, lastOf: BOUNDARY });
    const batches = sent(journal);
    expect(batches.filter(isBoundary)).toEqual([]);
    expect(batches.filter(isBilling).map(({ times }) => times.length)).toEqual([2]);
    expect(journal.status().condemned).toBe(0);
    journal.close();
  });

  it('goes out as a plain count: read more than a quarter from its boundary, or after it was sealed', () => {
    const journal = atBoundary();
    home.clock.advance(QUARTER);
    journal.append([line(0)], { durable: true });
    expect(sent(journal).filter(isBoundary)).toEqual([]);
    const early = entries(home).boundary(5, BOUNDARY + 2 * QUARTER);
    home.clock.advance(QUARTER);
    journal.append([{ ...early, at: home.clock.now() }], { durable: true });
    const instant = home.clock.now();
    journal.seal({ ...instant, mono: instant.mono - 5_000 }, { all: true });
    const batches = journal.nextBatches('backfill', 500).flatMap((batch) => hub.take(batch) ?? []);
    expect(batches.filter(isBoundary)).toEqual([]);
    expect(hub.refused).toEqual([]);
    expect(journal.status().condemned).toBe(0);
    journal.close();
  });

  it('keeps its quality and its confirming reads, words and all', () => {
    const journal = home.open();
    journal.append([entries(home).anchor(undefined, DAY)], { durable: true });
    home.clock.advance(QUARTER + 1_000);
    journal.append([line(0, { quality: 'drop', rereads: ['23456/00005ba0', '23457'] })], { durable: true });
    const [batch] = sent(journal).filter(isBilling);
    expect(batch?.columns.quality).toEqual([
      {
        row: 0,
        code: 'drop',
        evidence: { rereads: [{ value: '23456', raw: '00005ba0' }, { value: '23457' }] },
      },
    ]);
    journal.close();
  });

  it('loses a bracket that is more than a day away, and no more', () => {
    const journal = home.open();
    journal.append([entries(home).anchor()], { durable: true });
    home.clock.advance(DAY + QUARTER + 1_000);
    const boundary = BOUNDARY + DAY;
    const { mono } = home.clock.now();
    const at = (ms: number) => ({ at: mono - 1_000 - ms, count: '8000' });
    journal.append(
      [
        line(0, { boundary, bracket: at(DAY) }),
        line(1, { boundary, bracket: at(DAY + 1) }),
        line(2, { boundary, bracket: at(60_000) }),
      ],
      { durable: true, lastOf: boundary },
    );
    const [batch] = sent(journal).filter(isBoundary);
    expect(batch?.leaves.map(({ method }) => method)).toEqual(['interpolated', 'nearest', 'interpolated']);
    journal.close();
  });

  it('one row that no sweep can hold goes alone as a plain count; the others keep their boundary', () => {
    const journal = atBoundary();
    journal.append(
      [0, 1, 2, 3, 4].map((n) => line(n)),
      { durable: true, lastOf: BOUNDARY },
    );
    rewrite(journal, 4, (note) => note.replace(/"count":"\d+"/, '"count":"1.5"'));
    // Of this one not even a plain reading can be made.
    rewrite(journal, 6, (note) => note.replace('"quality":"good"', '"quality":"odd"'));
    const batches = sent(journal);
    expect(batches.filter(isBoundary).flatMap(({ leaves }) => leaves)).toHaveLength(3);
    expect(batches.filter(isBilling).flatMap(({ times }) => times)).toHaveLength(1);
    expect(journal.status()).toMatchObject({ condemned: 1, alerts: ['condemned'] });
    journal.close();
  });
});

it('says aloud which row no batch can hold, also after a restart', () => {
  const journal = atBoundary();
  journal.append([entries(home).billing(1), entries(home).billing(2)], { durable: true });
  rewrite(journal, 3, (note) => note.replace('0000138c', 'xyz'));
  const batches = sent(journal);
  expect(batches.flatMap((batch) => (batch.type === 'records' ? batch.records : []))).toContainEqual(
    expect.objectContaining({ kind: 'dropped', ranges: [[3, 3]], class: 'billing', reason: 'corrupt' }),
  );
  expect(journal.status()).toMatchObject({ condemned: 1, alerts: ['condemned'] });
  journal.close();
  const again = home.open();
  expect(again.status()).toMatchObject({ condemned: 1, alerts: ['condemned'] });
  const row = dbOf(again).prepare(`SELECT detail FROM incident WHERE kind = 'row'`).get();
  expect(JSON.stringify(row)).toContain('xyz');
  again.close();
});

describe('columns', () => {
  it('hold a reading twice when it is the same, and another value of that time goes on in the next', () => {
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    const [one, two] = [make.billing(1), make.billing(2)];
    home.clock.advance(1_000);
    const later = make.billing(1, 6_000);
    const odd = { ...two, value: '1', raw: '00000001' } as typeof two;
    journal.append([one, two, later, one, odd], { durable: true });
    while (journal.seal(undefined, { all: true }).more);
    const batches = journal.nextBatches('backfill', 500).flatMap((batch) => hub.take(batch) ?? []);
    expect(hub.refused).toEqual([]);
    expect(batches.filter(isBilling).map(({ times }) => times.length)).toEqual([4, 1]);
    // The hub sees both values and judges; the gateway withholds none.
    expect(hub.conflicts).toHaveLength(1);
    expect(journal.status().condemned).toBe(0);
    journal.close();
  });

  it('of what was meant for a boundary name one register a point', () => {
    const journal = home.open();
    journal.append([entries(home).anchor(undefined, DAY)], { durable: true });
    home.clock.advance(QUARTER + 1_000);
    const other = 'eastron-sdm630@2/energy_import_total';
    journal.append([line(0), line(1), line(0, { register: other })], { durable: true, lastOf: BOUNDARY });
    const batches = sent(journal).filter(isBilling);
    const registers = batches.map(({ columns }) => ('registers' in columns ? columns.registers : []));
    expect(registers.map((names) => names.map((name) => name.split('/')[0]))).toEqual([
      ['eastron-sdm630@1', 'eastron-sdm630@1'],
      ['eastron-sdm630@2'],
    ]);
    journal.close();
  });
});

describe('a clock', () => {
  it('that may be more than a day wrong is no anchor', () => {
    const journal = home.open();
    const result = journal.append([entries(home).anchor(undefined, DAY + 1)], { durable: true });
    expect(result).toMatchObject({ ok: false, reason: 'invalid' });
    expect(journal.status().synced).toBe(false);
    journal.close();
  });

  it('as wrong as it may be stays within the contract when years have passed', () => {
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor(undefined, DAY)], { durable: true });
    home.clock.advance(900 * DAY);
    journal.append([make.gauge(1)], { durable: true });
    expect(sent(journal).filter(({ type }) => type === 'readings')).toHaveLength(1);
    expect(journal.status().condemned).toBe(0);
    journal.close();
  });

  it('of a boot without one began before the batch was sealed, whatever later boots believe', () => {
    const make = entries(home);
    const first = home.open();
    // An hour of boot 1 at a time that boot 3 knows nothing of.
    first.append([make.anchor(NOON + 30 * DAY), make.gauge(1)], { durable: true });
    first.close();
    home.clock.reboot('boot-2', NOON);
    home.clock.advance(5_000);
    const second = home.open();
    second.append([make.billing(2), make.gauge(2)], { durable: true });
    second.close();
    home.clock.reboot('boot-3', NOON);
    home.clock.advance(5_000);
    const third = home.open();
    third.append([make.anchor(NOON)], { durable: true });
    const bounded = sent(third).flatMap(({ head }) => (head.clock.state === 'bounded' ? [head] : []));
    expect(bounded.length).toBeGreaterThan(1);
    for (const { clock, sealed } of bounded) {
      if (clock.state === 'bounded') expect(clock.before).toBeLessThanOrEqual(sealed);
    }
    expect(third.status().condemned).toBe(0);
    third.close();
  });
});

describe('a reading that was asked for', () => {
  const ids = idsFrom({ nowMs: () => NOON, random: seeded('commands') });
  const [one, two]: [CommandId, CommandId] = [ids.command(), ids.command()];
  const onDemand = (n: number, command?: CommandId) =>
    line(n, { occasion: 'on-demand', ...(command ? { command } : {}) });

  it('names its command in the signed line, and each command has its own sweep', () => {
    const journal = atBoundary();
    journal.append([onDemand(0, one), onDemand(1, one), onDemand(0, two), onDemand(0)], {
      durable: true,
      lastOf: BOUNDARY,
    });
    const heads = sent(journal).filter(isBoundary);
    expect(heads.map(({ head }) => [head.command, head.leaves])).toEqual([
      [one, 2],
      [two, 1],
      [undefined, 1],
    ]);
    journal.close();
  });

  it('is asked for on demand only, by a command that is one', () => {
    const journal = atBoundary();
    for (const entry of [line(0, { command: one }), onDemand(0, 'x' as CommandId)]) {
      expect(journal.append([entry], { durable: true })).toMatchObject({
        ok: false,
        detail: expect.stringContaining('command'),
      });
    }
    journal.close();
  });
});

it('says what it has given up in records that the hub takes, also after thousands of batches', () => {
  const make = entries(home);
  const journal = home.open({ seal: { ...SEAL, rows: 50 } });
  journal.append([make.anchor()], { durable: true });
  for (let minute = 0; minute < 300; minute += 1) {
    home.clock.advance(60_000);
    journal.append(Array.from({ length: 40 }, (_, n) => make.gauge(n, minute)));
    journal.tend();
  }
  const { retention } = journal as unknown as {
    retention: { makeRoom(now: unknown, enough: () => boolean): void };
  };
  retention.makeRoom(home.clock.now(), () => false);
  drain(journal, hub, home.clock);
  expect(hub.refused).toEqual([]);
  expect(hub.rangesOf(journal.status().journal)).toEqual([[1, journal.status().last]]);
  expect(journal.status().condemned).toBe(0);
  journal.close();
});

const SEAL = {
  rows: 2_000,
  afterMs: { gauge: 60_000, counter: 60_000, billing: 5_000, record: 2_000 },
  sweepQuietMs: 30_000,
};
