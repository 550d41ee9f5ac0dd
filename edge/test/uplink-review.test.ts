import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Receipt, ringOf } from '@meterline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import { DataUsed } from '../src/uplink/data-used.ts';
import { Drain } from '../src/uplink/drain.ts';
import type { Session } from '../src/uplink/session.ts';
import { entries, gatewayOf, FakeHub as PlainHub, world } from './journal-support.ts';
import { FakeHub, verifierFor } from './support/fake-hub.ts';
import { FakeCa } from './support/fake-hub-certificates.ts';
import {
  entriesAt,
  type Gateway,
  gatewayWith,
  shiftedClock,
  statusOf,
  until,
} from './support/fake-hub-gateway.ts';
import { Relay } from './support/fake-hub-relay.ts';

const { gateway, signer, points } = gatewayOf('uplink-review');
const hubSigner = gatewayOf('uplink-review-hub').signer;
const clock = shiftedClock();

let folder: string;
let ca: FakeCa;
let one: Gateway | undefined;
const stops: (() => unknown)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  ca = await FakeCa.create();
});
afterEach(async () => {
  await one?.stop();
  one = undefined;
  for (const stop of stops.splice(0).reverse()) await stop();
  ca.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function begin(
  options: Parameters<typeof gatewayWith>[0]['options'] = {},
): Promise<{ it: Gateway; relay: Relay; hub: FakeHub }> {
  const mosquitto = await startMosquitto();
  stops.push(() => mosquitto.stop());
  const relay = await Relay.to(mosquitto.url);
  stops.push(() => relay.cut());
  const hub = new FakeHub({
    url: mosquitto.url,
    signer: hubSigner,
    gateways: new Map([[gateway, [verifierFor(signer)]]]),
  });
  await hub.start();
  stops.push(() => hub.stop());
  one = gatewayWith({
    folder,
    gateway,
    signer,
    clock,
    broker: { url: `mqtt://127.0.0.1:${relay.port}`, token: 'token', ca: [] },
    ca: ca.ca,
    options: {
      trust: { ring: ringOf(verifierFor(hubSigner)), accept: () => ({ added: [], refused: [] }) },
      ...options,
    },
  });
  const make = entriesAt(clock, points);
  if (!one.journal.status().synced) one.journal.append([make.anchor()], { durable: true });
  one.journal.append([make.billing(1, 1)], { durable: true });
  one.journal.seal(clock.now(), { all: true });
  return { it: one, relay, hub };
}

describe('what a hostile reader found', () => {
  it('takes no time from a receipt that may be older than what it settles', () => {
    const home = world('review');
    const journal = home.open();
    const make = entries(home);
    journal.append([make.anchor(), make.billing(1)], { durable: true });
    journal.seal(home.clock.now(), { all: true });
    const hub = new PlainHub(home);
    const session = { isBusy: false, isOver: false, publish: () => {} } as unknown as Session;
    const drainOf = () =>
      new Drain({
        gateway: home.gateway,
        source: journal,
        monoMs: () => home.clock.now().mono,
        backfillBytesPerSecond: 1e6,
        log: () => {},
      });
    const drain = drainOf();
    const send = async (through: Drain) => {
      through.connected(session, false);
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    return (async () => {
      await send(drain);
      for (const batch of journal.nextBatches('backfill', 9)) hub.take(batch);
      journal.disconnected();
      for (const batch of journal.nextBatches('backfill', 9)) hub.take(batch);
      // Made now, and kept by the broker for three days.
      const old: Receipt = hub.receipt();
      drain.disconnected();
      home.clock.advance(3 * 86_400_000);
      await send(drain);
      const { receipted, newestSentAt } = drain.receipt(old);
      expect(receipted).toBeGreaterThan(0);
      expect(newestSentAt).toBeUndefined();
      // A batch that was never sent before does bound the time.
      journal.append([make.billing(2)], { durable: true });
      journal.seal(home.clock.now(), { all: true });
      const begin = home.clock.now().mono;
      drain.nudge();
      await new Promise((resolve) => setTimeout(resolve, 20));
      journal.disconnected();
      for (const batch of journal.nextBatches('live', 9)) hub.take(batch);
      expect(drain.receipt(hub.receipt()).newestSentAt).toBe(begin);
      await drain.stop(10);
      journal.close();
      home.end();
    })();
  });

  it('stops in time while it is waiting for a broker that says nothing', { timeout: 60_000 }, async () => {
    const { it, relay } = await begin();
    relay.mute = true;
    it.uplink.start();
    await until('it knocks', () => relay.connections > 0);
    const stopped = it.uplink.stop(1_500).then(() => 'stopped');
    // It would wait for half a minute otherwise.
    const late = new Promise((resolve) => setTimeout(resolve, 20_000, 'late').unref());
    expect(await Promise.race([stopped, late])).toBe('stopped');
  });

  it('does not fall over a disk that takes no more counts of mobile data', () => {
    mkdirSync(join(folder, 'data-used.json'));
    const used = new DataUsed(folder, () => Date.now());
    const none = { sent: 0, received: 0, packetsSent: 0, packetsReceived: 0 };
    used.add(none, { ...none, sent: 1_000, packetsSent: 1 }, 1e9);
    used.save(2e9, true);
    expect(used.state().thisMonth.sent).toBeGreaterThan(1_000);
  });

  it('sends readings also when the status or the doorway has a fault', { timeout: 30_000 }, async () => {
    let faulty = true;
    const { it } = await begin({
      status: () => {
        if (faulty) throw new Error('no status today');
        return statusOf(one?.journal ?? it.journal);
      },
      handlers: {
        config: () => {},
        command: () => {},
        connected: () => {
          throw new Error('nobody home');
        },
      },
    });
    it.uplink.start();
    await until('all is receipted', () => it.journal.depth().batches === 0, 8_000);
    expect(it.lines.some((line) => line.includes('no status today'))).toBe(true);
    faulty = false;
  });

  it('asks whether a copy runs when the broker ends each session soon', { timeout: 30_000 }, async () => {
    const rules = {
      soon: { firstMs: 50, mostMs: 100, leastMs: 20 },
      slow: { firstMs: 50, mostMs: 100 },
      steadyMs: 60_000,
      repeatMs: 3_600_000,
      subscribeAgainMs: 60_000,
    };
    const { it, relay } = await begin({ rules });
    const copy = gatewayWith({
      ...{ folder: join(folder, 'copy'), gateway, signer, clock, ca: ca.ca },
      broker: { url: `mqtt://127.0.0.1:${relay.port}`, token: 'token', ca: [] },
      options: { rules },
    });
    stops.push(() => copy.stop());
    it.uplink.start();
    copy.uplink.start();
    const asked = () =>
      it.lines.filter((line) => line.includes('does a copy of this gateway run elsewhere?'));
    await until('it asks', () => asked().length > 0);
    await copy.stop();
    expect(asked()).toHaveLength(1);
  });

  it('comes back after the doorway threw', { timeout: 30_000 }, async () => {
    const { it, relay } = await begin({
      doorway: {
        broker: () => {
          throws += 1;
          if (throws < 3) throw new Error('the file is being written');
          return { url: `mqtt://127.0.0.1:${relay.port}`, token: 'token', ca: [] };
        },
        credentials: () => undefined,
      },
      rules: {
        soon: { firstMs: 50, mostMs: 100 },
        slow: { firstMs: 50, mostMs: 100 },
        steadyMs: 1_000,
        repeatMs: 60_000,
        subscribeAgainMs: 60_000,
      },
    });
    it.uplink.start();
    await until('all is receipted', () => it.journal.depth().batches === 0, 8_000);
  });
});
let throws = 0;
