import { createHash } from 'node:crypto';
import type { Receipt } from '@meterline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain, entries, FakeHub, NOON, QUARTER, type World, world } from './journal-support.ts';

let home: World;
beforeEach(() => {
  home = world();
});
afterEach(() => home.end());

describe('journal', () => {
  it('numbers from 1 with its restart record, and goes on after it is opened again', () => {
    const { clock } = home;
    const make = entries(home);
    const first = home.open();
    expect(first.append([make.anchor(), make.gauge(1)], { durable: true })).toEqual({
      ok: true,
      state: 'committed',
      last: 3,
    });
    const { journal } = first.status();
    first.close();
    const again = home.open();
    expect(again.status()).toMatchObject({ journal, last: 3, boot: 1, synced: true });
    expect(again.replaced).toBeNull();
    clock.advance(5);
    again.append([make.billing(1)], { durable: true });
    expect(again.status().last).toBe(4);
    expect(again.verify()).toMatchObject({ ok: true, last: 4, rows: 4, faults: [] });
    again.close();
  });

  it('sends every class, and the hub reads what was entered', () => {
    const { clock } = home;
    const make = entries(home);
    const hub = new FakeHub(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    const truth = new Map<string, string>();
    for (let minute = 0; minute < 20; minute += 1) {
      clock.advance(60_000);
      const some = [make.gauge(minute), make.counter(minute), make.billing(minute)];
      for (const one of some)
        if (one.kind !== 'event') truth.set(`${one.point} ${clock.wallMs()}`, String(one.value));
      journal.append(some);
      journal.tend();
    }
    drain(journal, hub, clock);
    expect(hub.refused).toEqual([]);
    expect(hub.conflicts).toEqual([]);
    expect([...hub.readings].map(([key, { value }]) => [key, value]).sort()).toEqual([...truth].sort());
    expect(journal.status()).toMatchObject({ depth: { batches: 0, gauge: 0, billing: 0, oldest: null } });
    expect(journal.status().watermark).toBe(journal.status().last);
    expect(hub.restarts).toMatchObject([{ reason: 'first-start', previous: null }]);
    journal.close();
  });

  it('puts a sweep into one boundary batch with a root, apart from the rest', () => {
    const { clock } = home;
    const make = entries(home);
    const hub = new FakeHub(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    const boundary = NOON + QUARTER;
    clock.advance(QUARTER + 1_500);
    for (let meter = 0; meter < 8; meter += 1) {
      clock.advance(40);
      journal.append([make.boundary(meter, boundary)], {
        durable: true,
        ...(meter === 7 ? { lastOf: boundary } : {}),
      });
    }
    journal.seal();
    const [batch, ...more] = journal.nextBatches('live', 10).filter(({ kind }) => kind === 'boundary');
    expect(more).toEqual([]);
    const opened = batch && hub.take(batch);
    expect(opened).toMatchObject({ type: 'boundary', head: { boundary, leaves: 8, occasion: 'quarter' } });
    if (opened?.type !== 'boundary') throw new Error('no boundary batch');
    expect(opened.leaves.map(({ method }) => method)).toEqual(
      Array.from({ length: 8 }, () => 'interpolated'),
    );
    expect(new Set(opened.leaves.map(({ salt }) => salt)).size).toBe(8);
    journal.close();
  });

  it('waits for the end of a sweep, or for quiet', () => {
    const { clock } = home;
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    clock.advance(QUARTER + 1_000);
    journal.append([make.boundary(1, NOON + QUARTER)], { durable: true });
    clock.advance(29_000);
    journal.seal();
    expect(journal.nextBatches('live', 10).map(({ kind }) => kind)).toEqual(['record']);
    clock.advance(2_000);
    journal.seal();
    expect(journal.nextBatches('live', 10).map(({ kind }) => kind)).toEqual(['boundary']);
    journal.close();
  });

  it('refuses what could never be sealed, and keeps nothing of that call', () => {
    const make = entries(home);
    const journal = home.open();
    const good = make.gauge(1);
    const base = make.billing(1);
    const bad: [unknown, RegExp][] = [
      [{ ...good, value: 1.5 }, /whole number/],
      [{ ...good, value: null }, /no-value/],
      [{ ...good, unit: 'furlong' }, /unit/],
      [{ ...good, point: 'x' }, /point/],
      [{ ...good, mark: { code: 'no-value' } }, /no-value/],
      [{ ...good, mark: { code: 'drop', evidence: { limit: 'much' } } }, /evidence/],
      [{ ...base, raw: 'xyz' }, /raw/],
      [{ ...base, register: 'Nothing' }, /ml1-leaf|register/],
      [{ ...base, value: '9223372036854775808' }, /64/],
      [{ ...base, value: '007' }, /count/],
      [{ ...make.boundary(1, NOON), boundary: NOON + 1 }, /quarter/],
      [{ ...make.anchor(5) }, /time/],
      [{ ...good, at: { ...good.at, boot: 'another' } }, /another boot/],
      [{ kind: 'event', at: good.at, event: { kind: 'swap', meter: 'x' } }, /swap/],
    ];
    for (const [entry, detail] of bad) {
      const result = journal.append([good, entry as typeof good], { durable: true });
      expect(result).toMatchObject({ ok: false, reason: 'invalid' });
      expect(result.ok ? '' : result.detail).toMatch(detail);
    }
    expect(journal.status()).toMatchObject({ last: 1, buffered: 0 });
    journal.close();
  });

  it('commits samples in groups by count and by age, and all of them with a durable one', () => {
    const { clock } = home;
    const make = entries(home);
    const journal = home.open({ groupRows: 10 });
    for (let i = 0; i < 9; i += 1) journal.append([make.gauge(i)]);
    expect(journal.status()).toMatchObject({ last: 1, buffered: 9 });
    journal.append([make.gauge(9)]);
    expect(journal.status()).toMatchObject({ last: 11, buffered: 0 });
    journal.append([make.gauge(10)]);
    clock.advance(999);
    journal.tend();
    expect(journal.status().buffered).toBe(1);
    clock.advance(1);
    journal.tend();
    expect(journal.status()).toMatchObject({ last: 12, buffered: 0 });
    journal.append([make.gauge(11)]);
    journal.append([make.billing(1)], { durable: true });
    expect(journal.status()).toMatchObject({ last: 14, buffered: 0 });
    journal.close();
  });

  it('lets only one process write', () => {
    const journal = home.open();
    expect(() => home.open()).toThrow(/another process/);
    journal.close();
    home.open().close();
  });
});

describe('receipts', () => {
  function loaded(n = 6) {
    const { clock } = home;
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    for (let i = 0; i < n; i += 1) {
      clock.advance(1_000);
      journal.append([make.gauge(i), make.billing(i)], { durable: true });
      journal.seal(clock.now(), { all: true });
    }
    return { journal, hub: new FakeHub(home), clock };
  }

  it('sends the same bytes until they are receipted, and never after', () => {
    const { journal, hub, clock } = loaded();
    const first = journal.nextBatches('backfill', 100);
    expect(first.length).toBeGreaterThan(5);
    expect(journal.nextBatches('backfill', 100)).toEqual([]);
    clock.advance(30_000);
    const second = journal.nextBatches('backfill', 100);
    expect(second.map(({ deflated }) => deflated)).toEqual(first.map(({ deflated }) => deflated));
    clock.advance(30_000);
    expect(journal.nextBatches('backfill', 100)).toEqual([]);
    for (const batch of first) hub.take(batch);
    expect(journal.applyReceipt(hub.receipt())).toMatchObject({ receipted: first.length, faults: [] });
    expect(journal.applyReceipt(hub.receipt())).toMatchObject({ receipted: 0, faults: [] });
    clock.advance(10 * 86_400_000);
    expect(journal.nextBatches('backfill', 100)).toEqual([]);
    journal.tend();
    expect(journal.verify()).toMatchObject({ ok: true });
    journal.close();
  });

  it('sends again what is missing, soon', () => {
    const { journal, hub, clock } = loaded();
    const sent = journal.nextBatches('backfill', 100);
    const [lost, ...rest] = sent.slice(1);
    for (const batch of [...sent.slice(0, 1), ...rest]) hub.take(batch);
    clock.advance(6_000);
    expect(journal.applyReceipt(hub.receipt())).toMatchObject({ receipted: sent.length - 1, missing: 1 });
    expect(journal.nextBatches('backfill', 100).map(({ number }) => number)).toEqual([lost?.number]);
    journal.close();
  });

  it('remembers across a restart what was sent, and takes its receipt', () => {
    const { journal, hub, clock } = loaded();
    const sent = journal.nextBatches('backfill', 3);
    for (const batch of sent) hub.take(batch);
    journal.close();
    const again = home.open();
    expect(again.applyReceipt(hub.receipt())).toMatchObject({ receipted: 3 });
    drain(again, hub, clock);
    expect([...hub.doubled, ...hub.conflicts, ...hub.clones]).toEqual([]);
    again.close();
  });

  it('is not harmed by a receipt that cannot be', () => {
    const { journal, hub } = loaded();
    const { journal: id, last, depth } = journal.status();
    const honest = hub.receipt();
    const claim = (watermark: number, other = id): Receipt => ({
      ...honest,
      journals: [{ journal: other, watermark, seen: watermark, missing: [], chain: null }],
    });
    // Nothing was sent yet: not one of these may count.
    expect(journal.applyReceipt(claim(last))).toMatchObject({ receipted: 0 });
    expect(journal.applyReceipt(claim(last + 1)).faults).toMatchObject([{ kind: 'hub-ahead' }]);
    expect(journal.applyReceipt(claim(Number.MAX_SAFE_INTEGER)).faults).toMatchObject([
      { kind: 'hub-ahead' },
    ]);
    const stranger = home.points[0] as unknown as typeof id;
    expect(journal.applyReceipt(claim(3, stranger)).faults).toMatchObject([{ kind: 'unknown-journal' }]);
    const foreign = { ...honest, gateway: stranger as unknown as typeof honest.gateway };
    expect(journal.applyReceipt(foreign).faults).toMatchObject([{ kind: 'wrong-gateway' }]);
    expect(journal.depth()).toEqual(depth);
    expect(journal.status()).toMatchObject({ watermark: 0, alerts: ['hub-ahead'] });
    journal.startOver('operator');
    expect(journal.status().alerts).toEqual(['replaced']);
    expect(journal.depth().billing).toBe(depth.billing);
    journal.close();
  });

  it('believes a later receipt that covers less: the hub was restored', () => {
    const { journal, hub, clock } = loaded();
    const sent = journal.nextBatches('backfill', 100);
    const older = hub.receipt();
    for (const batch of sent) hub.take(batch);
    journal.applyReceipt(hub.receipt());
    const { watermark } = journal.status();
    // Late in the queue: says less, but is older.
    expect(journal.applyReceipt(older)).toMatchObject({ receipted: 0, missing: 0 });
    expect(journal.nextBatches('backfill', 100)).toEqual([]);
    hub.stored.get(journal.status().journal)?.forgetAfter(5);
    expect(journal.applyReceipt(hub.receipt()).missing).toBeGreaterThan(0);
    const again = journal.nextBatches('backfill', 100);
    expect(again.length).toBeGreaterThan(0);
    expect(journal.status().watermark).toBe(watermark);
    clock.advance(1);
    journal.close();
  });

  it('keeps what the hub refuses, and stops sending it', () => {
    const { journal, hub, clock } = loaded(2);
    const [bad, ...good] = journal.nextBatches('backfill', 100);
    if (!bad) throw new Error('nothing to send');
    for (const batch of good) hub.take(batch);
    const digest = createHash('sha256').update(bad.deflated).digest('hex');
    const receipt = hub.receipt({ refused: [{ digest, reason: 'malformed', retryAfterMs: null }] });
    expect(journal.applyReceipt(receipt)).toMatchObject({ refused: 1 });
    clock.advance(365 * 86_400_000);
    expect(journal.nextBatches('backfill', 100)).toEqual([]);
    expect(journal.depth().batches).toBe(1);
    expect(journal.retryRefused()).toBe(1);
    expect(journal.nextBatches('backfill', 100).map(({ number }) => number)).toEqual([bad.number]);
    journal.close();
  });

  it('gives the newest first on the live lane, the oldest first on the other', () => {
    const { clock } = home;
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    for (let hour = 0; hour < 5; hour += 1) {
      clock.advance(3_600_000);
      journal.append([make.gauge(hour)], { durable: true });
      journal.seal(clock.now(), { all: true });
    }
    const live = journal.nextBatches('live', 10).map(({ number }) => number);
    const backfill = journal.nextBatches('backfill', 2).map(({ number }) => number);
    expect(live).toEqual([6]);
    expect(backfill).toEqual([1, 2]);
    journal.close();
  });
});
