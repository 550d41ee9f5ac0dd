import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import type { Broker, Credentials } from '../src/uplink/index.ts';
import { gatewayOf } from './journal-support.ts';
import { FakeHub, verifierFor } from './support/fake-hub.ts';
import { FakeCa, type Issued } from './support/fake-hub-certificates.ts';
import { entriesAt, type Gateway, gatewayWith, shiftedClock, until } from './support/fake-hub-gateway.ts';
import { Relay } from './support/fake-hub-relay.ts';

const { gateway, signer, points } = gatewayOf('uplink-tls');
const PAST = ['20200101000000Z', '20210101000000Z'] as const;
const FUTURE = ['20400101000000Z', '20410101000000Z'] as const;
const SLOW = {
  soon: { firstMs: 50, mostMs: 200, leastMs: 20 },
  slow: { firstMs: 60_000, mostMs: 60_000, leastMs: 60_000 },
  steadyMs: 1_000,
  repeatMs: 60_000,
  subscribeAgainMs: 60_000,
};

let [ca, stranger]: FakeCa[] = [];
let [server, client]: Issued[] = [];
beforeAll(async () => {
  ca = await FakeCa.create();
  stranger = await FakeCa.create('somebody else');
  server = ca.server();
  client = ca.client(gateway);
});
afterAll(() => {
  ca?.remove();
  stranger?.remove();
});

let folder: string;
let one: Gateway | undefined;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'));
});
afterEach(async () => {
  await one?.stop();
  one = undefined;
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const there = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('is not there');
  return value;
};

async function brokerWith(issued: Issued, { crl }: { crl?: string } = {}): Promise<Relay> {
  const files: Record<string, string> = {
    'ca.pem': there(ca).ca,
    'server.pem': issued.cert,
    'server.key': issued.key,
  };
  if (crl) files['crl.pem'] = crl;
  const mosquitto = await startMosquitto({
    files,
    settings: [
      'cafile {dir}/ca.pem',
      'certfile {dir}/server.pem',
      'keyfile {dir}/server.key',
      'require_certificate true',
      'use_identity_as_username true',
      ...(crl ? ['crlfile {dir}/crl.pem'] : []),
    ],
  });
  stops.push(() => mosquitto.stop());
  const relay = await Relay.to(mosquitto.url);
  stops.push(() => relay.cut());
  return relay;
}

const clock = shiftedClock();
const credentialsOf = ({ cert, key, fingerprint }: Issued): Credentials => ({ cert, key, fingerprint });

interface Started {
  readonly relay: Relay;
  readonly as?: Issued | null;
  readonly broker?: Partial<Broker>;
  readonly doorway?: { refused?(credentials: Credentials): void; worked?(credentials: Credentials): void };
  readonly current?: () => Credentials | undefined;
}

function begin({ relay, as = there(client), broker = {}, doorway = {}, current }: Started): Gateway {
  const place: Broker = { url: `mqtts://127.0.0.1:${relay.port}`, ca: [there(ca).ca], ...broker };
  const credentials = as ? credentialsOf(as) : undefined;
  one = gatewayWith({
    folder,
    gateway,
    signer,
    clock,
    broker: place,
    ca: there(ca).ca,
    options: {
      rules: SLOW,
      connectTimeoutMs: 3_000,
      doorway: { broker: () => place, credentials: current ?? (() => credentials), ...doorway },
    },
  });
  const { journal } = one;
  if (!journal.status().synced) journal.append([entriesAt(clock, points).anchor()], { durable: true });
  return one;
}

describe('TLS', () => {
  it('connects with its certificate, and the name in it is its user name', { timeout: 30_000 }, async () => {
    const it = begin({ relay: await brokerWith(there(server)) });
    it.uplink.start();
    await until('it is connected', () => it.uplink.state.connected);
    expect(it.lines).toHaveLength(1);
    // What the counters say is what passed through the relay.
    await until('it has settled', () => it.uplink.state.data.thisMonth.sent > 0);
  });

  it.each<
    [string, () => { server?: Issued; as?: Issued | null; broker?: Partial<Broker>; crl?: string }, RegExp]
  >([
    [
      'server of another CA',
      () => ({ server: there(stranger).server() }),
      /its certificate is not of the CA that was pinned/,
    ],
    [
      'server with another name',
      () => ({ server: there(ca).server('DNS:elsewhere.example') }),
      /its certificate is for another name/,
    ],
    [
      'expired server',
      () => ({ server: there(ca).server('IP:127.0.0.1', PAST) }),
      /its certificate has expired/,
    ],
    [
      'server of the future',
      () => ({ server: there(ca).server('IP:127.0.0.1', FUTURE) }),
      /not valid yet: is the clock of this gateway right/,
    ],
    ['revoked server', () => revokedServer(), /its certificate has been revoked/],
    [
      'gateway of another CA',
      () => ({ as: there(stranger).client(gateway) }),
      /does not know the CA of this gateway.s certificate|does not accept this gateway.s certificate/,
    ],
    [
      'expired gateway',
      () => ({ as: there(ca).client(gateway, PAST) }),
      /this gateway.s certificate has expired: renew it/,
    ],
    [
      'revoked gateway',
      () => revokedGateway(),
      /this gateway.s certificate has been revoked: enrol it again/,
    ],
    [
      'gateway without certificate',
      () => ({ as: null }),
      /wants a certificate, and this gateway has none|hung up/,
    ],
  ])('says one clear line: %s', { timeout: 30_000 }, async (_name, make, line) => {
    const { server: own = there(server), as, broker, crl } = make();
    const relay = await brokerWith(own, crl ? { crl } : {});
    const it = begin({ relay, ...(as === undefined ? {} : { as }), ...(broker ? { broker } : {}) });
    it.uplink.start();
    await until('it has failed', () => it.lines.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(it.lines).toHaveLength(1);
    expect(it.lines[0]).toMatch(line);
    expect(it.lines[0]).toMatch(/^broker 127\.0\.0\.1:\d+: /);
    expect(it.uplink.state.problem).toBe(it.lines[0]);
    // Slow: one attempt, the next in a minute.
    expect(relay.connections).toBe(1);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['nothing there', async () => 'mqtts://127.0.0.1:1', /nothing answers on that port/],
    [
      'no such name',
      async () => 'mqtts://no-such-host.invalid:8883',
      /its name (is not known|cannot be looked up)/,
    ],
    [
      'no TLS there',
      async () => `mqtts://127.0.0.1:${(await plain()).port}`,
      /does not speak TLS on that port|hung up|ended/,
    ],
    ['silence', async () => `mqtts://127.0.0.1:${(await mute()).port}`, /it does not answer/],
  ])('says one clear line: %s', { timeout: 30_000 }, async (_name, url, line) => {
    const relay = await Relay.to('mqtt://127.0.0.1:1');
    stops.push(() => relay.cut());
    const it = begin({ relay, broker: { url: await url() } });
    it.uplink.start();
    await until('it has failed', () => it.lines.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(new Set(it.lines).size).toBe(1);
    expect(it.lines[0]).toMatch(line);
  });

  it('says one clear line when the broker does not accept the token', { timeout: 30_000 }, async () => {
    const mosquitto = await startMosquitto({
      settings: ['allow_anonymous false', 'password_file {dir}/none'],
      files: { none: '' },
    });
    stops.push(() => mosquitto.stop());
    const relay = await Relay.to(mosquitto.url);
    stops.push(() => relay.cut());
    const it = begin({ relay, as: null, broker: { url: `mqtt://127.0.0.1:${relay.port}`, token: 'wrong' } });
    it.uplink.start();
    await until('it has failed', () => it.lines.length > 0);
    expect(it.lines).toHaveLength(1);
    expect(it.lines[0]).toMatch(/does not know this gateway|does not accept the token/);
    expect(it.lines.join()).not.toContain('wrong');
  });

  it('refuses to send everything in the clear', () => {
    expect(() =>
      begin({ relay: { port: 1 } as Relay, broker: { url: 'mqtt://hub.example:1883' } }).uplink.start(),
    ).not.toThrow();
  });

  it('changes its certificate without losing a batch, and stays with the old one when the new one fails', {
    timeout: 60_000,
  }, async () => {
    const { signer: hubSigner, certificate } = there(ca).hubKey();
    const relay = await brokerWith(there(server));
    const hub = new FakeHub({
      url: `mqtts://127.0.0.1:${relay.port}`,
      tls: { ca: there(ca).ca, ...credentialsOf(there(ca).client('fake-hub')) },
      signer: hubSigner,
      keyCertificate: certificate,
      gateways: new Map([[gateway, [verifierFor(signer)]]]),
    });
    await hub.start();
    stops.push(() => hub.stop());
    let current = credentialsOf(there(client));
    const [worked, refused]: [string[], string[]] = [[], []];
    const it = begin({
      relay,
      current: () => current,
      doorway: {
        worked: ({ fingerprint }) => worked.push(fingerprint),
        refused: ({ fingerprint }) => refused.push(fingerprint),
      },
    });
    const make = entriesAt(clock, points);
    it.journal.pace({ afterMs: { gauge: 1, counter: 1, billing: 1, record: 1 } });
    it.uplink.start();
    await until('it is connected', () => it.uplink.state.connected);
    let n = 0;
    const work = setInterval(() => {
      n += 1;
      it.journal.append([make.billing(n, n)], { durable: true });
      it.journal.seal(clock.now(), { all: true });
      it.uplink.nudge();
    }, 5);
    stops.push(async () => clearInterval(work));
    const bad = credentialsOf(there(ca).client(gateway, PAST));
    current = bad;
    expect(await it.uplink.reload(1_500)).toEqual({
      ok: false,
      reason: expect.stringMatching(/has expired: renew it/),
    });
    expect(it.uplink.state.connected).toBe(true);
    expect(refused.length).toBeGreaterThan(0);
    current = credentialsOf(there(ca).client(gateway));
    expect(await it.uplink.reload(3_000)).toEqual({ ok: true });
    expect(worked).toEqual([there(client).fingerprint, current.fingerprint]);
    const renewed = n;
    await until('it goes on working', () => n >= renewed + 20);
    clearInterval(work);
    await until('all is receipted', () => it.journal.depth().batches === 0, 45_000);
    expect(hub.store.watermarkOf(it.journal.status().journal)).toBe(it.journal.status().last);
    expect([...hub.store.doubled, ...hub.store.clones, ...hub.refused]).toEqual([]);
    // Two connections to the end: the old one was dropped only when the new one stood.
    expect(it.lines.filter((line) => line.includes('connected'))).toHaveLength(2);
    expect(it.lines.filter((line) => line.includes('ended') || line.includes('hung up'))).toEqual([]);
  });
});

function revokedServer() {
  const own = there(ca);
  const issued = own.server();
  own.revoke(issued);
  return { server: issued, broker: { crl: [own.crl()] } };
}

function revokedGateway() {
  const own = there(ca);
  const issued = own.client(gateway);
  own.revoke(issued);
  return { as: issued, crl: own.crl() };
}

async function plain(): Promise<Relay> {
  const mosquitto = await startMosquitto();
  stops.push(() => mosquitto.stop());
  const relay = await Relay.to(mosquitto.url);
  stops.push(() => relay.cut());
  return relay;
}

async function mute(): Promise<Relay> {
  const relay = await Relay.to('mqtt://127.0.0.1:1');
  relay.mute = true;
  stops.push(() => relay.cut());
  return relay;
}
