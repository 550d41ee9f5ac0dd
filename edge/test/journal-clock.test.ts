import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain, entries, FakeHub, NOON, QUARTER, type World, world } from './journal-support.ts';

let home: World;
beforeEach(() => {
  home = world('clock');
});
afterEach(() => home.end());

const HOUR = 3_600_000;

/** All batches of all lanes, opened. */
function send(hub: FakeHub, journal: ReturnType<World['open']>) {
  while (journal.seal(undefined, { all: true }).more);
  return journal.nextBatches('backfill', 500).flatMap((batch) => hub.take(batch) ?? []);
}

describe('time', () => {
  it('is fixed when a batch is sealed: rows read before the clock was known get it later', () => {
    const { clock } = home;
    const make = entries(home);
    clock.setWall(Date.UTC(2020, 5, 1));
    const journal = home.open();
    journal.append([make.gauge(1)], { durable: true });
    clock.advance(10_000);
    expect(journal.seal(undefined, { all: true })).toEqual({ batches: 0, condemned: 0, more: false });
    expect(journal.nextBatches('live', 10)).toEqual([]);
    clock.setWall(NOON);
    journal.append([make.anchor()], { durable: true });
    const hub = new FakeHub(home);
    send(hub, journal);
    expect([...hub.readings.keys()].map((key) => Number(key.split(' ')[1]))).toEqual([NOON - 10_000]);
    journal.close();
  });

  it.each([24 * HOUR, -24 * HOUR, HOUR, -HOUR])(
    'does not move with the wall clock: stepped by %i ms',
    (by) => {
      const { clock } = home;
      const make = entries(home);
      const journal = home.open();
      journal.append([make.anchor()], { durable: true });
      const truth: number[] = [];
      let real = NOON;
      for (let minute = 0; minute < 30; minute += 1) {
        clock.advance(60_000);
        real += 60_000;
        if (minute === 10) clock.setWall(clock.wallMs() + by);
        journal.append([make.gauge(1, minute)], { durable: true });
        truth.push(real);
        journal.tend();
      }
      const hub = new FakeHub(home);
      drain(journal, hub, clock);
      const times = [...hub.readings.keys()].map((key) => Number(key.split(' ')[1]));
      expect(times.sort((a, b) => a - b)).toEqual(truth);
      journal.close();
    },
  );

  it('of a boot that never synchronised goes out with bounds, and its sweeps as plain counts', () => {
    const { clock } = home;
    const make = entries(home);
    const first = home.open();
    first.append([make.anchor(), make.gauge(1)], { durable: true });
    clock.advance(60_000);
    first.close();
    // Power is away for an hour; the clock comes up a day wrong and nobody corrects it.
    const began = NOON + 60_000 + HOUR;
    clock.reboot('boot-2', NOON + 24 * HOUR);
    clock.advance(5_000);
    const second = home.open();
    const boundary = Math.round(clock.wallMs() / QUARTER) * QUARTER;
    second.append([make.gauge(2), make.boundary(3, boundary), make.billing(4)], { durable: true });
    clock.advance(20_000);
    expect(second.seal(undefined, { all: true }).batches).toBe(0);
    second.close();
    clock.reboot('boot-3', began + 2 * HOUR);
    clock.advance(1_000);
    const third = home.open();
    third.append([make.anchor(began + 2 * HOUR + 1_000), make.gauge(5)], { durable: true });
    const hub = new FakeHub(home);
    const batches = send(hub, third);
    const bounded = batches.filter(({ head }) => head.clock.state === 'bounded');
    expect(bounded.map(({ type }) => type).sort()).toEqual(['readings', 'readings', 'readings', 'records']);
    expect(batches.filter(({ type }) => type === 'boundary')).toEqual([]);
    for (const { head } of bounded) {
      if (head.clock.state !== 'bounded') throw new Error('not bounded');
      expect(head.clock.boot).toBe(2);
      expect(head.clock.after).toBeLessThanOrEqual(began);
      expect(head.clock.before).toBeGreaterThanOrEqual(began);
      expect(head.clock.after).toBeGreaterThan(NOON + 59_000);
      expect(head.clock.before).toBeLessThan(began + 2 * HOUR);
    }
    expect(hub.refused).toEqual([]);
    expect([...hub.readings.keys()].filter((key) => key.includes('boot 2 5000'))).toHaveLength(3);
    expect(third.verify()).toMatchObject({ ok: true });
    third.close();
  });

  it('shows that a sweep was not at its boundary: its counts are sent as what they are', () => {
    const { clock } = home;
    const make = entries(home);
    clock.setWall(NOON + 5 * HOUR);
    const journal = home.open();
    journal.append([make.boundary(1, NOON + 5 * HOUR), make.boundary(2, NOON + 5 * HOUR)], { durable: true });
    clock.advance(1_000);
    clock.setWall(NOON + 1_000);
    journal.append([make.anchor()], { durable: true });
    const hub = new FakeHub(home);
    const batches = send(hub, journal);
    expect(batches.map(({ type }) => type)).not.toContain('boundary');
    expect([...hub.readings.keys()].map((key) => Number(key.split(' ')[1]))).toEqual([NOON, NOON]);
    journal.close();
  });

  it('takes a monotonic clock that went back for another boot', () => {
    const { clock } = home;
    const make = entries(home);
    clock.advance(HOUR);
    const journal = home.open();
    journal.append([make.anchor(), make.gauge(1)], { durable: true });
    journal.close();
    clock.reboot('boot-1', NOON);
    const again = home.open();
    expect(again.status()).toMatchObject({ boot: 2, synced: false });
    expect(again.append([make.gauge(1)], { durable: true })).toMatchObject({ ok: true });
    again.append([make.anchor()], { durable: true });
    const hub = new FakeHub(home);
    drain(again, hub, clock);
    expect(hub.refused).toEqual([]);
    again.close();
  });

  it('says in the boot record whether the boot before ended in order', () => {
    const { clock } = home;
    const make = entries(home);
    const journal = home.open();
    journal.append([make.anchor()], { durable: true });
    journal.close();
    clock.reboot('boot-2', NOON + HOUR);
    const second = home.open();
    second.append([make.anchor()], { durable: true });
    const hub = new FakeHub(home);
    const batches = send(hub, second);
    const boots = batches.flatMap((batch) => (batch.type === 'records' ? batch.records : []));
    expect(boots.filter(({ kind }) => kind === 'boot')).toMatchObject([
      { boot: 2, clean: true, cause: 'unknown' },
    ]);
    second.close();
  });
});
