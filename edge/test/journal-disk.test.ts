import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Entry, Journal, JournalLimits } from '../src/store/index.ts';
import { drain, entries, FakeHub, type World, world } from './journal-support.ts';

const homes: World[] = [];
const mounts: string[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) home.end();
  for (const mount of mounts.splice(0)) {
    execFileSync('umount', ['-l', mount]);
    rmSync(mount, { recursive: true, force: true });
  }
});

function home(folder?: string): World {
  const one = world('disk', folder);
  if (!folder) homes.push(one);
  return one;
}

/** A disk of so many bytes of its own. Only root can mount one; elsewhere the tests of the budget stand for it. */
function smallDisk(bytes: number): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'journal-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'journal-test', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  mounts.push(folder);
  return folder;
}

const MB = 1 << 20;

interface Told {
  readonly billing: Set<string>;
  refused: number;
  minutes: number;
}

/** A building offline: every minute gauges, every fifth counters, every quarter counts to bill on. */
function offline(journal: Journal, one: World, minutes: number, told: Told): void {
  const make = entries(one);
  for (let i = 0; i < minutes; i += 1) {
    told.minutes += 1;
    const minute = told.minutes;
    one.clock.advance(60_000);
    journal.append(
      Array.from({ length: 40 }, (_, n) => make.gauge(n, 200_000 + ((minute * 37 + n * 11) % 40_000))),
    );
    if (minute % 5 === 0)
      journal.append(Array.from({ length: 10 }, (_, n) => make.counter(n, minute * 100 + n)));
    if (minute % 15 === 0) {
      for (let n = 0; n < 10; n += 1) {
        const value = minute * 100 + n;
        const result = journal.append([make.billing(n, value)], { durable: true });
        if (result.ok) told.billing.add(String(value));
        else told.refused += 1;
        one.clock.advance(1);
      }
    }
    journal.tend();
    one.clock.advance(1_000);
    journal.tend();
  }
}

function everythingArrives(journal: Journal, one: World, told: Told): FakeHub {
  expect(journal.verify()).toMatchObject({ ok: true, faults: [] });
  const hub = new FakeHub(one);
  drain(journal, hub, one.clock);
  expect([...hub.doubled, ...hub.conflicts, ...hub.clones, ...hub.refused]).toEqual([]);
  const values = new Set([...hub.readings.values()].map(({ value }) => value));
  expect([...told.billing].filter((value) => !values.has(value))).toEqual([]);
  const { journal: id, last } = journal.status();
  expect(hub.rangesOf(id)).toEqual([[1, last]]);
  return hub;
}

/** Different for each n, and like nothing that came before: what fills a small disk soon. */
const unlike = (n: number): bigint => BigInt.asUintN(52, BigInt(n) * 6_364_136_223_846_793_005n);

function bulky(one: World, n: number): Entry {
  const raw = unlike(n).toString(16).padStart(16, '0');
  return { ...entries(one).billing(n % 10), value: String(unlike(n)), raw } as Entry;
}

const none = (): Told => ({ billing: new Set(), refused: 0, minutes: 0 });

describe('the budget of the disk', () => {
  const budget = (bytes: number): Partial<JournalLimits> => ({ budgetBytes: bytes, groupRows: 100 });

  it('gives up gauges first, every second, and no count to bill on', { timeout: 120_000 }, () => {
    const one = home();
    const journal = one.open(budget(2 * MB));
    journal.append([entries(one).anchor()], { durable: true });
    const told = none();
    offline(journal, one, 1_500, told);
    expect(told.refused).toBe(0);
    const { shortage, alerts, used } = journal.status();
    expect(alerts).toContain('shortage');
    expect(['gauges', 'grace']).toContain(shortage);
    expect(used).toBeLessThanOrEqual(2 * MB);
    const depth = journal.depth();
    const hub = everythingArrives(journal, one, told);
    // Counters are all there: gauges were enough.
    expect(depth.counter).toBe((told.minutes / 5) * 10);
    expect(hub.readings.size).toBeGreaterThan(told.billing.size + depth.counter);
    for (let i = 0; i < 400; i += 1) {
      one.clock.advance(60_000);
      journal.tend();
    }
    expect(journal.status()).toMatchObject({ shortage: 'none', alerts: [] });
    journal.close();
  });

  it('thins evenly: what is left of the oldest hours is spread over them', { timeout: 120_000 }, () => {
    const one = home();
    const journal = one.open(budget(MB));
    journal.append([entries(one).anchor()], { durable: true });
    const told = none();
    offline(journal, one, 2_000, told);
    const hub = everythingArrives(journal, one, told);
    const times = [
      ...new Set(
        [...hub.readings]
          .filter(([, { value }]) => Number(value) >= 200_000)
          .map(([key]) => Number(key.split(' ')[1])),
      ),
    ].sort((a, b) => a - b);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? time));
    expect(times.length).toBeGreaterThan(50);
    expect(Math.max(...gaps)).toBeLessThan(24 * 3_600_000 * 0.5);
    journal.close();
  });

  it('thins rows of a boot that does not know the time, too', { timeout: 120_000 }, () => {
    const one = home();
    const journal = one.open(budget(2 * MB));
    const told = none();
    offline(journal, one, 1_500, told);
    expect(journal.status()).toMatchObject({ synced: false, sealed: 0 });
    expect(told.refused).toBe(0);
    expect(journal.status().used).toBeLessThanOrEqual(2 * MB);
    journal.append([entries(one).anchor()], { durable: true });
    everythingArrives(journal, one, told);
    journal.close();
  });

  it('keeps every count to bill on to the last byte, then tells the caller, then recovers', {
    timeout: 120_000,
  }, () => {
    const one = home();
    const journal = one.open(budget(MB));
    const make = entries(one);
    journal.append([make.anchor()], { durable: true });
    const told = none();
    for (let n = 0; told.refused < 50; n += 1) {
      one.clock.advance(1_000);
      const some = Array.from({ length: 10 }, (_, i) => bulky(one, n * 10 + i));
      const result = journal.append(some, { durable: true });
      if (result.ok) for (const [i] of some.entries()) told.billing.add(String(unlike(n * 10 + i)));
      else {
        expect(result.reason).toBe('no-room');
        told.refused += 1;
      }
      if (n % 50 === 0) journal.tend();
      expect(n).toBeLessThan(1_000_000);
    }
    expect(told.billing.size).toBeGreaterThan(1_000);
    expect(journal.status()).toMatchObject({ shortage: 'full' });
    expect(journal.status().alerts).toContain('disk-full');
    expect(journal.verify()).toMatchObject({ ok: true });
    journal.close();
    const again = one.open(budget(MB));
    everythingArrives(again, one, told);
    expect(again.append([make.billing(1, 5)], { durable: true })).toMatchObject({ ok: true });
    again.close();
  });

  it('says no to samples when memory is full as well', () => {
    const one = home();
    const journal = one.open({ ...budget(MB), bufferRows: 500 });
    const make = entries(one);
    let billing = 0;
    while (journal.append([bulky(one, billing)], { durable: true }).ok) {
      billing += 1;
      one.clock.advance(10);
    }
    let taken = 0;
    for (let n = 0; n < 5_000; n += 1) {
      one.clock.advance(10);
      if (journal.append([make.gauge(n)]).ok) taken += 1;
    }
    expect(taken).toBeLessThan(2_000);
    expect(journal.status().buffered).toBeLessThanOrEqual(500);
    expect(journal.depth().billing).toBe(billing);
    journal.close();
  });
});

describe('a full disk', () => {
  const limits = { groupRows: 100, reserveBytes: 3 * MB, budgetBytes: 1 << 30 };
  const place = (bytes: number) => smallDisk(bytes) ?? undefined;

  it('loses nothing that was acknowledged, tells the caller, recovers by itself', {
    timeout: 120_000,
  }, () => {
    const folder = place(12 * MB);
    if (!folder) return;
    const one = home(folder);
    const journal = one.open(limits);
    const make = entries(one);
    journal.append([make.anchor()], { durable: true });
    const told = none();
    offline(journal, one, 300, told);
    // Somebody else takes the rest of the disk.
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'hog'), Buffer.alloc(bavail * bsize - 64 * 1_024));
    offline(journal, one, 1_500, told);
    const status = journal.status();
    expect(status.alerts).toContain('shortage');
    expect(journal.verify()).toMatchObject({ ok: true, faults: [] });
    process.stderr.write(
      `full disk: ${told.billing.size} counts to bill on kept, ${told.refused} refused, shortage ${status.shortage}\n`,
    );
    rmSync(join(folder, 'hog'));
    const before = told.refused;
    offline(journal, one, 60, told);
    expect(told.refused).toBe(before);
    expect(journal.status().reserve).toBe(true);
    everythingArrives(journal, one, told);
    journal.close();
  });

  it('still starts, still seals and still sends', { timeout: 120_000 }, () => {
    const folder = place(12 * MB);
    if (!folder) return;
    const one = home(folder);
    const first = one.open(limits);
    first.append([entries(one).anchor()], { durable: true });
    const told = none();
    offline(first, one, 200, told);
    first.close();
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'hog'), Buffer.alloc(bavail * bsize));
    const journal = one.open(limits);
    expect(journal.replaced).toBeNull();
    offline(journal, one, 200, told);
    everythingArrives(journal, one, told);
    expect(told.refused).toBe(0);
    journal.close();
  });

  it('keeps counts to bill on until there is room for none, and all of them after a restart', {
    timeout: 120_000,
  }, () => {
    const folder = place(5 * MB);
    if (!folder) return;
    const one = home(folder);
    const journal = one.open({ ...limits, reserveBytes: 2 * MB });
    const make = entries(one);
    journal.append([make.anchor()], { durable: true });
    const told = none();
    for (let n = 0; told.refused < 20; n += 1) {
      one.clock.advance(1_000);
      const some = Array.from({ length: 50 }, (_, i) => bulky(one, n * 50 + i));
      const spread = some.map((entry, i) => ({ ...entry, at: { ...entry.at, mono: entry.at.mono + i } }));
      if (journal.append(spread, { durable: true }).ok) {
        for (const entry of spread) if (entry.kind === 'billing') told.billing.add(String(entry.value));
      } else told.refused += 1;
      journal.tend();
      expect(n).toBeLessThan(20_000);
    }
    expect(journal.status().alerts).toContain('disk-full');
    journal.close();
    const again = one.open({ ...limits, reserveBytes: 2 * MB });
    expect(again.replaced).toBeNull();
    everythingArrives(again, one, told);
    process.stderr.write(`full of counts to bill on: ${told.billing.size} kept, ${told.refused} refusals\n`);
    again.close();
  });
});
