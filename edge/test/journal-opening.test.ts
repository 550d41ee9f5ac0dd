import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { Batch, RecordsBatch } from '@meterline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../src/store/index.ts';
import { entries, FakeHub, type World, world } from './journal-support.ts';

let home: World;
beforeEach(() => {
  home = world('opening');
});
afterEach(() => home.end());

/** What a hub reads of all that this journal sends, by the number of the batch. */
function sent(journal: Journal, hub = new FakeHub(home)): Batch[] {
  const make = entries(home);
  if (!journal.status().synced) journal.append([make.anchor()], { durable: true });
  while (journal.seal(undefined, { all: true }).more);
  const own = journal.status().journal;
  const batches = journal.nextBatches('backfill', 500).flatMap((batch) => hub.take(batch) ?? []);
  expect(hub.refused).toEqual([]);
  return batches.filter(({ head }) => head.journal === own).toSorted((a, b) => a.head.batch - b.head.batch);
}

function openingOf(journal: Journal, hub?: FakeHub): RecordsBatch['records'][number] | undefined {
  const [first] = sent(journal, hub);
  expect(first?.head).toMatchObject({ batch: 1, first: 1 });
  return first?.type === 'records' ? first.records[0] : undefined;
}

/** A journal with a count that waits, closed. */
function written(from: World): string {
  const make = entries(from);
  const journal = from.open();
  journal.append([make.anchor(), make.gauge(1), make.counter(1), make.billing(1)], { durable: true });
  const { journal: id } = journal.status();
  journal.seal(undefined, { all: true });
  journal.close();
  from.clock.advance(1_000);
  return id;
}

describe('batch 1 of a journal opens with its restart', () => {
  it('when it is the first, whatever is ripe before it', () => {
    const make = entries(home);
    const journal = home.open({ seal: { ...SEAL, rows: 3 } });
    journal.append([make.anchor(), make.gauge(1), make.gauge(2), make.gauge(3), make.billing(1)], {
      durable: true,
    });
    journal.tend();
    expect(openingOf(journal)).toMatchObject({ kind: 'restart', reason: 'first-start', previous: null });
    expect(journal.status().alerts).toEqual([]);
    journal.close();
  });

  it('when it begins in a boot that never knew the time', () => {
    const make = entries(home);
    const first = home.open();
    first.append([make.gauge(1)], { durable: true });
    first.close();
    home.clock.reboot('boot-2');
    const journal = home.open();
    expect(openingOf(journal)).toMatchObject({ kind: 'restart', reason: 'first-start' });
    journal.close();
  });

  const damage: Record<string, (path: string) => void> = {
    corrupt: (path) => truncateSync(path, 12_500),
    operator: () => undefined,
  };
  for (const [reason, harm] of Object.entries(damage)) {
    it(`after another of the same gateway: ${reason}`, () => {
      const before = written(home);
      harm(home.path);
      const journal = home.open();
      if (reason === 'operator') journal.startOver(reason);
      expect(openingOf(journal)).toMatchObject({
        kind: 'restart',
        reason,
        previous: { gateway: home.gateway, journal: before },
      });
      expect(journal.status()).toMatchObject({ condemned: 0, alerts: ['replaced'] });
      journal.close();
    });
  }

  it.each(['sound', 'corrupt'])('after another of another gateway, %s: the hardware is new', (state) => {
    const before = world('another gateway', home.folder);
    const id = written(before);
    if (state === 'corrupt') writeFileSync(`${home.path}-wal`, 'no log at all, but long enough to be one');
    home.clock.advance(before.clock.now().mono);
    const journal = home.open();
    expect(journal.replaced).toMatchObject({ reason: 'new-hardware' });
    expect(openingOf(journal)).toMatchObject({
      reason: 'new-hardware',
      previous: { gateway: before.gateway, journal: id },
    });
    journal.close();
  });

  it('when the file is gone, and when nothing can be read of it', () => {
    written(home);
    for (const end of ['', '-wal', '-shm']) rmSync(`${home.path}${end}`, { force: true });
    const lost = home.open();
    expect(openingOf(lost)).toMatchObject({ reason: 'lost', previous: null });
    lost.close();
    truncateSync(home.path, 0);
    const corrupt = home.open();
    expect(openingOf(corrupt)).toMatchObject({ reason: 'corrupt' });
    corrupt.close();
  });

  it('twice over: each names the one before, and nothing as lost beyond its last number', () => {
    const journal = home.open();
    const ids = [journal.status().journal];
    const hub = new FakeHub(home);
    for (let round = 0; round < 3; round += 1) {
      journal.startOver('operator');
      const opening = openingOf(journal, hub);
      if (opening?.kind !== 'restart') throw new Error('no restart');
      const { last = 0, lost = [], journal: previous } = opening.previous ?? {};
      expect(previous).toBe(ids.at(-1));
      expect(lost.at(-1)?.[1] ?? 0).toBeLessThanOrEqual(last ?? 0);
      ids.push(journal.status().journal);
    }
    expect(new Set(ids).size).toBe(4);
    journal.close();
  });

  it('also when a number is as high as the contract knows: then a new journal begins in time', () => {
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    const { head } = (journal as unknown as { ledger: { head: { last: number } } }).ledger;
    head.last = 950_000_000_000;
    journal.append([make.billing(7)], { durable: true });
    const before = journal.status().journal;
    journal.close();
    const again = home.open();
    expect(again.replaced).toMatchObject({ cause: 'its numbers are nearly used up' });
    expect(openingOf(again)).toMatchObject({ kind: 'restart', previous: { journal: before } });
    expect(again.status().last).toBeLessThan(100);
    again.close();
  });
});

const SEAL = {
  rows: 2_000,
  afterMs: { gauge: 60_000, counter: 60_000, billing: 5_000, record: 2_000 },
  sweepQuietMs: 30_000,
};
