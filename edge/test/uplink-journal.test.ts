import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entries, FakeHub, type World, world } from './journal-support.ts';

let home: World;
beforeEach(() => {
  home = world('uplink-journal');
});
afterEach(() => home.end());

/** Two hours of readings, a batch of samples and one of counts each five minutes. */
function filled() {
  const journal = home.open();
  const make = entries(home);
  journal.append([make.anchor()], { durable: true });
  for (let n = 0; n < 24; n += 1) {
    home.clock.advance(300_000);
    journal.append([make.gauge(n), make.counter(n), make.billing(n)], { durable: true });
    journal.seal(home.clock.now(), { all: true });
  }
  return journal;
}

describe('what the uplink asks of the journal', () => {
  it('has nothing fresh when all that is fresh has its receipt, however much waits', () => {
    const journal = filled();
    const hub = new FakeHub(home);
    const fresh = journal.nextBatches('live', 100);
    expect(fresh.length).toBeGreaterThan(0);
    expect(fresh.length).toBeLessThan(16);
    for (const batch of fresh) hub.take(batch);
    const { settled } = journal.applyReceipt(hub.receipt());
    expect(new Set(settled)).toEqual(new Set(fresh.map(({ digest }) => digest)));
    expect(journal.nextBatches('live', 100)).toEqual([]);
    expect(journal.depth().batches).toBeGreaterThan(40);
    journal.close();
  });

  it('gives counts and events apart from samples, oldest first', () => {
    const journal = filled();
    const counts = journal.nextBatches('counts', 1_000);
    expect(new Set(counts.map(({ kind }) => kind))).toEqual(new Set(['billing', 'record']));
    const numbers = counts.map(({ number }) => number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const samples = journal.nextBatches('backfill', 1_000);
    expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(['gauge', 'counter']));
    expect(counts.length + samples.length).toBe(journal.depth().batches);
    journal.close();
  });

  it('says of each batch whether it has left before, also in an earlier life', () => {
    const journal = filled();
    expect(journal.nextBatches('backfill', 3).map(({ again }) => again)).toEqual([false, false, false]);
    journal.disconnected();
    expect(journal.nextBatches('backfill', 4).map(({ again }) => again)).toEqual([true, true, true, false]);
    journal.close();
    const next = home.open();
    expect(next.nextBatches('backfill', 5).map(({ again }) => again)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    next.close();
  });
});
