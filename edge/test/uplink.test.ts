import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Config, idsFrom, type PointId } from '@meterline/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import type { Broker } from '../src/uplink/index.ts';
import { gatewayOf } from './journal-support.ts';
import { FakeHub, verifierFor } from './support/fake-hub.ts';
import { FakeCa } from './support/fake-hub-certificates.ts';
import { entriesAt, type Gateway, gatewayWith, shiftedClock, until } from './support/fake-hub-gateway.ts';
import { Relay } from './support/fake-hub-relay.ts';

const { gateway, signer, points } = gatewayOf('uplink');
const QUICK = {
  soon: { firstMs: 50, mostMs: 200, leastMs: 20 },
  slow: { firstMs: 400, mostMs: 400, leastMs: 100 },
  steadyMs: 1_000,
  repeatMs: 60_000,
  subscribeAgainMs: 60_000,
};

let ca: FakeCa;
let hubKey: ReturnType<FakeCa['hubKey']>;
beforeAll(async () => {
  ca = await FakeCa.create();
  hubKey = ca.hubKey();
});
afterAll(() => ca.remove());

let folder: string;
let mosquitto: Awaited<ReturnType<typeof startMosquitto>>;
let relay: Relay;
let hub: FakeHub;
let one: Gateway | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  mosquitto = await startMosquitto();
  relay = await Relay.to(mosquitto.url);
  hub = new FakeHub({
    url: mosquitto.url,
    signer: hubKey.signer,
    keyCertificate: hubKey.certificate,
    gateways: new Map([[gateway, [verifierFor(signer)]]]),
  });
  await hub.start();
});
afterEach(async () => {
  await one?.stop();
  one = undefined;
  await hub.stop();
  await relay.cut();
  await mosquitto.stop();
  rmSync(folder, { recursive: true, force: true });
});

const clock = shiftedClock();
const make = entriesAt(clock, points);
const broker = (): Broker => ({ url: `mqtt://127.0.0.1:${relay.port}`, token: 'token', ca: [ca.ca] });

function begin(options: Parameters<typeof gatewayWith>[0]['options'] = {}, limits = {}): Gateway {
  one = gatewayWith({
    folder,
    gateway,
    signer,
    clock,
    broker: broker(),
    ca: ca.ca,
    limits,
    options: { rules: QUICK, connectTimeoutMs: 3_000, ...options },
  });
  const { journal } = one;
  if (!journal.status().synced) journal.append([make.anchor()], { durable: true });
  return one;
}

const isEmpty = ({ journal }: Gateway) => journal.depth().batches === 0 && journal.status().buffered === 0;

function fill({ journal }: Gateway, rows: number): void {
  for (let n = 0; n < rows; n += 1) {
    journal.append([make.gauge(n % 100, n), make.billing(100 + (n % 50), n)], { durable: n % 10 === 0 });
    clock.advance(100);
  }
  while (journal.seal(clock.now(), { all: true }).more);
}

describe('uplink', () => {
  it('brings everything to the hub, and deletes only after its receipt', { timeout: 30_000 }, async () => {
    const it = begin();
    fill(it, 300);
    it.uplink.start();
    await until('all is receipted', () => isEmpty(it));
    const { last, watermark, journal } = it.journal.status();
    expect(watermark).toBe(last);
    expect(hub.store.watermarkOf(journal)).toBe(last);
    expect([...hub.store.doubled, ...hub.store.conflicts, ...hub.store.clones, ...hub.refused]).toEqual([]);
    expect(hub.store.repeats).toBe(0);
    await until('a status is there', () => hub.statuses.length > 0);
    expect(hub.statuses[0]?.is).toMatchObject({ state: 'online', agent: 'test 1' });
    expect(it.uplink.state).toMatchObject({ connected: true, problem: null, strays: 0 });
  });

  it('does not take a PUBACK for a receipt, and sends again what has none', { timeout: 60_000 }, async () => {
    hub.faults = { ...hub.faults, lose: 1 };
    const it = begin({}, { resendAfterMs: 300, resendMaxMs: 1_000 });
    fill(it, 20);
    const { batches } = it.journal.depth();
    it.uplink.start();
    await until('each came twice', () => hub.arrivals.length >= 2 * batches);
    expect(it.journal.depth().batches).toBe(batches);
    const digests = new Map(hub.arrivals.map(({ digest, number }) => [number, digest]));
    for (const { number, digest } of hub.arrivals) expect(digest).toBe(digests.get(number));
    hub.faults = { ...hub.faults, lose: 0 };
    await until('all is receipted', () => isEmpty(it));
    expect([...hub.store.doubled, ...hub.refused]).toEqual([]);
  });

  it('survives a hub that loses, forgets, doubles and disorders', { timeout: 60_000 }, async () => {
    hub.faults = {
      ...hub.faults,
      lose: 0.3,
      forgetReceipt: 0.3,
      duplicateReceipt: 0.3,
      reorderReceipt: 0.3,
      receiptAfterMs: 30,
    };
    const settled = new Set<string>();
    const after: string[] = [];
    const it = begin(
      {
        observer: {
          sent: ({ digest }) => settled.has(digest) && after.push(digest),
          settled: (digest) => settled.add(digest),
        },
      },
      {
        resendAfterMs: 200,
        resendMaxMs: 400,
        seal: { rows: 20, afterMs: { gauge: 1, counter: 1, billing: 1, record: 1 }, sweepQuietMs: 1 },
      },
    );
    fill(it, 400);
    it.uplink.start();
    const cuts = setInterval(() => relay.drop(), 700);
    await until('all is receipted', () => isEmpty(it), 40_000).finally(() => clearInterval(cuts));
    const { last, journal } = it.journal.status();
    expect(hub.store.watermarkOf(journal)).toBe(last);
    expect([...hub.store.doubled, ...hub.store.conflicts, ...hub.store.clones, ...hub.refused]).toEqual([]);
    expect(after).toEqual([]);
  });

  it('sends again only what the receipts of two journals say is missing', { timeout: 30_000 }, async () => {
    const first = begin();
    fill(first, 50);
    first.journal.startOver('operator');
    first.journal.append([make.anchor()], { durable: true });
    fill(first, 50);
    first.uplink.start();
    await until('all is receipted', () => isEmpty(first));
    expect(hub.store.journals.size).toBeGreaterThanOrEqual(2);
    expect([...hub.store.doubled, ...hub.store.conflicts, ...hub.store.clones, ...hub.refused]).toEqual([]);
    expect(hub.store.watermarkOf(first.journal.status().journal)).toBe(first.journal.status().last);
  });

  it('drains old counts first, but not so far that a receipt cannot name the holes', {
    timeout: 60_000,
  }, async () => {
    const it = begin({
      settings: { backfillBytesPerSecond: 5_000_000, monthlyBytes: null, statusMs: 60_000, sealMs: 60_000 },
    });
    const { journal } = it;
    for (let n = 0; n < 4_000; n += 1) {
      journal.append([make.gauge(n % 100, n), make.billing(100 + (n % 50), n)], { durable: true });
      clock.advance(10_000);
      if (n % 10 === 0) journal.seal(clock.now(), { all: true });
    }
    while (journal.seal(clock.now(), { all: true }).more);
    it.uplink.start();
    await until('all is receipted', () => isEmpty(it), 45_000);
    const kinds = hub.arrivals.map(({ kind }) => kind);
    // Of the first hundred old ones almost all are counts.
    expect(kinds.slice(0, 150).filter((kind) => kind === 'billing').length).toBeGreaterThan(30);
    expect(Math.max(...hub.holes)).toBeLessThan(1_000);
    expect(hub.store.repeats).toBe(0);
  });

  it('hands configs and commands on one at a time, and answers', { timeout: 30_000 }, async () => {
    const ids = idsFrom({ nowMs: Date.now, random: (n) => crypto.getRandomValues(new Uint8Array(n)) });
    const seen: string[] = [];
    let running = 0;
    const work = async (what: string) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      seen.push(what);
      running -= 1;
    };
    const it = begin({
      handlers: {
        config: async ({ version }) => {
          await work(`config ${version}`);
          it.uplink.report({
            v: 1,
            gateway,
            at: Date.now(),
            running: version,
            desired: version,
            state: 'applied',
            problems: [],
          });
        },
        command: async ({ id }) => {
          await work(`command ${id}`);
          it.uplink.result({ v: 1, gateway, command: id, at: Date.now(), outcome: { is: 'done' } });
        },
      },
    });
    // Before the gateway ever connected: the config is retained, and may come before the keys.
    hub.config(configOf(7));
    it.uplink.start();
    await until('the config is applied', () => hub.reports.length > 0);
    const commands = Array.from({ length: 5 }, () => commandOf(ids.command()));
    for (const command of commands) hub.command(command);
    await until('all results are there', () => hub.results.length === 5);
    expect(seen).toEqual(['config 7', ...commands.map(({ id }) => `command ${id}`)]);
    expect(hub.results.map(({ command }) => command)).toEqual(commands.map(({ id }) => id));
    expect(it.uplink.state.refused).toEqual([]);
    expect(hub.refused).toEqual([]);
  });

  it('says its status also while nobody knows the time', { timeout: 30_000 }, async () => {
    const it = begin({ utc: () => undefined });
    it.uplink.start();
    await until('a status is there', () => hub.statuses.length > 0);
    expect(hub.statuses[0]).toMatchObject({ at: null, order: { boot: 1, n: 2 }, is: { state: 'online' } });
    relay.drop();
    await until('the will is spoken', () => hub.statuses.some(({ is }) => is.state === 'gone'));
    expect(hub.statuses.find(({ is }) => is.state === 'gone')).toMatchObject({ at: null, order: { n: 1 } });
  });

  it('goes on while a handler hangs or throws', { timeout: 30_000 }, async () => {
    const ids = idsFrom({ nowMs: Date.now, random: (n) => crypto.getRandomValues(new Uint8Array(n)) });
    const it = begin({
      handlers: {
        config: () => {
          throw new Error('boom');
        },
        command: () => new Promise(() => {}),
      },
    });
    it.uplink.start();
    await until('it is connected', () => it.uplink.state.connected);
    hub.config(configOf(1));
    await until('the fault is said', () => it.lines.some((line) => line.includes('boom')));
    for (let n = 0; n < 100; n += 1) hub.command(commandOf(ids.command()));
    fill(it, 30);
    it.uplink.nudge();
    await until('readings still pass', () => isEmpty(it));
    await until('commands are bounded', () => it.uplink.state.commandsDropped > 0);
    expect(it.uplink.state.connected).toBe(true);
  });

  it('shows values while somebody looks, and ends by itself', { timeout: 30_000 }, async () => {
    const ids = idsFrom({ nowMs: Date.now, random: (n) => crypto.getRandomValues(new Uint8Array(n)) });
    const changes: boolean[] = [];
    const it = begin({
      handlers: { config: () => {}, command: () => {}, watch: (order) => changes.push(order !== undefined) },
      look: (point) => ({ unit: 'mV', at: clock.wallMs(), value: 230_000 + points.indexOf(point) }),
    });
    it.uplink.start();
    await until('it is connected', () => it.uplink.state.connected);
    const order = {
      command: ids.command(),
      points: points.slice(0, 3) as PointId[],
      everyMs: 500,
      until: clock.wallMs() + 3_600_000,
    };
    expect(it.uplink.watch(order)).toBe(true);
    await until('some values are there', () => hub.lives.length >= 2);
    expect(changes).toEqual([true]);
    clock.advance(3_600_000);
    await until('it has ended', () => changes.length === 2);
    expect(changes).toEqual([true, false]);
    // At QoS 0 one may be lost, but none comes twice or out of turn.
    const numbers = hub.lives.map(({ n }) => n);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(hub.lives[0]?.values).toEqual([230_000, 230_001, 230_002]);
    expect(it.uplink.watch({ ...order, until: clock.wallMs() - 1 })).toBe(false);
    expect(hub.refused).toEqual([]);
  });

  it('says goodbye in order, and leaves its will when it cannot', { timeout: 30_000 }, async () => {
    const it = begin();
    it.uplink.start();
    await until('online is said', () => hub.statuses.some(({ is }) => is.state === 'online'));
    relay.drop();
    await until('the will is spoken', () => hub.statuses.some(({ is }) => is.state === 'gone'));
    await until('it is back', () => hub.statuses.filter(({ is }) => is.state === 'online').length >= 2);
    const sessions = new Set(
      hub.statuses.filter(({ is }) => is.state === 'online').map(({ session }) => session),
    );
    expect(sessions.size).toBe(2);
    await it.stop();
    one = undefined;
    await until('stopping is said', () => hub.statuses.some(({ is }) => is.state === 'stopping'));
    expect(hub.statuses.filter(({ is }) => is.state === 'gone')).toHaveLength(1);
    expect(hub.refused).toEqual([]);
  });

  it('does not knock in a loop at a broker that closes at once', { timeout: 30_000 }, async () => {
    const it = begin({
      rules: { ...QUICK, soon: { firstMs: 50, mostMs: 5_000, leastMs: 50, random: () => 1 } },
    });
    it.uplink.start();
    await until('it is connected', () => it.uplink.state.connected);
    const before = relay.connections;
    const began = performance.now();
    const drops = setInterval(() => relay.drop(), 20);
    await until('it has knocked five times', () => relay.connections - before >= 5);
    clearInterval(drops);
    // After 50, 100, 200, 400 and 800 ms, not each 20; a machine with other work takes longer, never less.
    expect(performance.now() - began).toBeGreaterThan(50 + 100 + 200 + 400 + 800 - 50);
  });
});

function configOf(version: number): Config {
  return {
    v: 1,
    gateway,
    version,
    issued: Date.now(),
    buses: [],
    meters: [],
    intervals: { gaugeMs: 60_000, counterMs: 300_000, statusMs: 60_000, sealMs: 60_000 },
    uplink: { backfillBytesPerSecond: 100_000, monthlyBytes: null },
    storage: { maxBytes: 100_000_000 },
    switching: { minimumMs: 60_000, staggerMs: 1_000, maxReadingAgeMs: 60_000 },
  };
}

function commandOf(id: Command['id']): Command {
  const issued = Date.now();
  const action = { do: 'read', points: [points[0] ?? ('' as PointId)] } as const;
  return {
    v: 1,
    gateway,
    id,
    issued,
    expires: issued + 60_000,
    action: { ...action, points: [...action.points] },
  };
}
