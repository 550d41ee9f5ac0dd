import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayId, gatewayFilter, hubKeysSchema, keyIdOf, topicOf } from '@meterline/contracts';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { parseConfig } from '../../src/config/index.ts';
import { countRefusals, GatewayDoor, type IncomingMessage } from '../../src/ingest/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createPool } from '../../src/platform/db/index.ts';
import { KeyVault, loadDoorKeys } from '../../src/platform/pki/index.ts';
import { SiteDirectory } from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { quiet } from '../support/mqtt.ts';
import { makeSite } from '../support/sites.ts';

const MASTER = Buffer.alloc(32, 9).fill(3, 0, 5);

describe('a gateway, from its certificate to its place at the broker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-gateway-'));
  let db: FreshDatabase;
  let admin: pg.Pool;
  let ingest: pg.Pool;
  let env: Record<string, string>;
  let directory: SiteDirectory;
  let door: GatewayDoor;
  let site: Awaited<ReturnType<typeof makeSite>>;
  let simple: string;
  const received: IncomingMessage[] = [];
  const present: string[] = [];
  const clients: MqttClient[] = [];

  const until = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 20 });

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await main(args, { env, out: (text) => out.push(text), err: (text) => err.push(text) });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  function request(name: string): { key: string; csr: string } {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    return { key: readFileSync(join(folder, `${name}.key`), 'utf8'), csr: join(folder, `${name}.csr`) };
  }

  async function join_(
    options: IClientOptions,
    onMessage: (topic: string, payload: Buffer) => void = () => {},
  ) {
    const client = connect(`mqtts://127.0.0.1:${door.ports.secure}`, {
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    clients.push(client);
    client.on('message', onMessage);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.on('error', reject);
      client.once('close', () => reject(new Error('it was turned away')));
    });
    return client;
  }

  beforeAll(async () => {
    db = await freshDatabase();
    admin = createPool({ url: db.adminUrl, setting: 'admin' });
    ingest = createPool({ url: db.ingestUrl, setting: 'database.ingestUrl' });
    env = {
      METERLINE_ROLE: 'all',
      METERLINE_HTTP__OPERATOR_TOKEN: 'operator-token-of-the-mqtt-tests',
      METERLINE_KEYS__MASTER: MASTER.toString('base64'),
      METERLINE_DATABASE__APP_URL: db.appUrl,
      METERLINE_DATABASE__WORKER_URL: db.workerUrl,
      METERLINE_DATABASE__INGEST_URL: db.ingestUrl,
      METERLINE_DATABASE__READ_ONLY_URL: db.readOnlyUrl,
      METERLINE_FILES__FOLDER: join(folder, 'files'),
      METERLINE_MQTT__BACKEND: 'embedded',
      METERLINE_MQTT__PUBLIC_URL: 'mqtts://mqtt.example.org:8883',
      METERLINE_MQTT__PORT: '0',
      METERLINE_MQTT__PLAIN_PORT: '0',
    };
    site = await makeSite(admin, { points: 1 });
    const { out } = await run('gateway', 'add', '--kind', 'simple', '--name', 'pulse counter', '--json');
    simple = JSON.parse(out).id;
    await run('mqtt', 'ca');
    directory = new SiteDirectory({
      pool: ingest,
      url: db.ingestUrl,
      setting: 'database.ingestUrl',
      clock: systemClock,
      onLost: () => {},
    });
    directory.start();
    const parsed = parseConfig({ env });
    if (!parsed.ok || parsed.config.mqtt.backend === 'none') throw new Error(JSON.stringify(parsed));
    const vault = new KeyVault(MASTER);
    door = new GatewayDoor({
      config: parsed.config.mqtt,
      directory,
      loadKeys: () => loadDoorKeys(ingest, vault, systemClock),
      clock: systemClock,
      logger: quiet,
      countRefusals: (counts) => countRefusals(ingest, counts, Date.now()),
    });
    await door.prepare();
    await door.start({
      message: async (message) => {
        received.push(message);
        return { kind: 'stored' };
      },
      connected: (gateway) => void present.push(gateway),
    });
  });
  afterEach(async () => {
    received.length = 0;
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(async () => {
    await door?.stop();
    await directory?.stop();
    await Promise.all([admin.end(), ingest.end()]);
    await db.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gets a certificate for its own request, and comes in with it', async () => {
    const gateway = site.gateway as GatewayId;
    const { key, csr } = request(gateway);
    const { code, out, err } = await run('gateway', 'certificate', gateway, '--csr', csr);
    expect([code, err]).toEqual([0, expect.stringContaining('valid until')]);
    const [cert = '', ca = ''] = out.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(new X509Certificate(cert).subject).toBe(`CN=${gateway}`);

    const heard: [string, Buffer][] = [];
    const options = { ca, cert, key, clientId: gateway };
    const client = await join_(options, (topic, payload) => heard.push([topic, payload]));
    await client.subscribeAsync(gatewayFilter(gateway), { qos: 1 });
    const topic = topicOf({ gateway, channel: 'up/readings', deflated: false });
    await client.publishAsync(topic, 'a batch', { qos: 1 });
    expect(received).toMatchObject([{ gateway, topic, payload: Buffer.from('a batch') }]);
    expect(present).toContain(gateway);

    // Its keys come without being asked for, each vouched for by the CA that the gateway trusts.
    await until(() =>
      expect(heard.map(([name]) => name.split('/').slice(3).join('/'))).toContain('down/keys'),
    );
    const keys = hubKeysSchema.parse(JSON.parse(String(heard.find(([name]) => name.endsWith('keys'))?.[1])));
    const signing = new X509Certificate(Buffer.from(keys.keys[0]?.certificate ?? '', 'base64'));
    const { x = '' } = signing.publicKey.export({ format: 'jwk' });
    expect(keys.keys[0]?.id).toBe(keyIdOf(Buffer.from(x, 'base64url')));
    expect(signing.subject).toBe(`CN=ml1-hub-${keys.keys[0]?.id}`);
    expect([signing.ca, signing.verify(new X509Certificate(ca).publicKey)]).toEqual([false, true]);
    expect(door.signer().keyId).toBe(keys.keys[0]?.id);

    await door.publish(gateway, 'down/receipt', Buffer.from('receipt'));
    await until(() => expect(heard.at(-1)?.[1].toString()).toBe('receipt'));

    // Revoked: out within seconds, and not in again.
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await run('gateway', 'revoke', gateway, '--reason', 'stolen in the test');
    await closed;
    await expect(join_(options)).rejects.toThrow(/Not authorized/);
    const list = (await run('mqtt', 'crl')).out;
    writeFileSync(join(folder, 'crl.pem'), list);
    const text = execFileSync('openssl', ['crl', '-in', 'crl.pem', '-noout', '-text'], { cwd: folder });
    expect(text.toString()).toContain(new X509Certificate(cert).serialNumber);
  });

  it('is not given a certificate for the request of another, nor for what is no gateway', async () => {
    const { csr } = request('019c0fd8-ea80-7679-b24d-721022d6e093');
    const wrong = await run('gateway', 'certificate', simple, '--csr', csr);
    expect([wrong.code === 0, wrong.err]).toEqual([
      false,
      expect.stringMatching(/is for "019c0fd8.*, not for/),
    ]);
    const nobody = await run('gateway', 'certificate', '019c0fd8-ea80-7679-b24d-721022d6e093', '--csr', csr);
    expect([nobody.code === 0, nobody.err]).toEqual([
      false,
      expect.stringMatching(/no such gateway|no gateway/),
    ]);
    const none = await run('gateway', 'certificate', simple, '--csr', join(folder, 'nothing'));
    expect(none.err).toMatch(/--csr: .* cannot be read/);
  });

  it('comes in with a token under its own name, until the token is replaced', async () => {
    const token = (await run('gateway', 'token', simple)).out.trim();
    const ca = (await run('mqtt', 'ca')).out;
    const as = (username: string, password: string, clientId = simple) => ({
      ca,
      username,
      password,
      clientId,
    });
    const client = await join_(as(simple, token));
    const topic = topicOf({ gateway: simple as GatewayId, channel: 'up/simple', deflated: false });
    await client.publishAsync(topic, '{}', { qos: 1 });
    expect(received).toHaveLength(1);
    await expect(join_(as(site.gateway, token, site.gateway))).rejects.toThrow(/Bad username or password/);
    await expect(join_(as(simple, `${token}x`))).rejects.toThrow(/Bad username or password/);
    await expect(join_(as(simple, token, 'another-id'))).rejects.toThrow(/Identifier rejected/);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await run('gateway', 'token', simple, '--replace');
    await closed;
    await expect(join_(as(simple, token))).rejects.toThrow(/Bad username or password/);
  });

  it('may use the port without TLS from this machine, with its token', async () => {
    const token = (await run('gateway', 'token', simple, '--replace')).out.trim();
    const client = connect(`mqtt://127.0.0.1:${door.ports.plain}`, {
      username: simple,
      password: token,
      clientId: simple,
      reconnectPeriod: 0,
      protocolVersion: 4,
    });
    clients.push(client);
    await new Promise((resolve, reject) =>
      client.once('connect', resolve).once('error', reject).once('close', reject),
    );
    expect(client.connected).toBe(true);
  });

  it('is accounted for where it was turned away', async () => {
    const token = (await run('gateway', 'token', simple, '--replace')).out.trim();
    const ca = (await run('mqtt', 'ca')).out;
    const client = await join_({ ca, username: simple, password: token, clientId: simple });
    const theirs = topicOf({ gateway: site.gateway as GatewayId, channel: 'up/simple', deflated: false });
    client.publish(theirs, '{}', { qos: 1 });
    await until(() => expect(door.stats()?.refused['publish-topic']).toBe(1));
    client.end(true);
    await expect(join_({ ca, username: simple, password: 'a guess', clientId: simple })).rejects.toThrow(
      /Bad username or password/,
    );
    await door.stop();
    const refused = async (...whose: string[]) => (await run('ingest', 'refused', '--json', ...whose)).out;
    expect(await refused()).toContain(
      `{"gateway":"${simple}","reason":"publish-topic","messages":1,"bytes":0}`,
    );
    // Whoever was not believed may say any name: that one is nobody's.
    expect(await refused('--unclaimed')).toMatch(/"reason":"not-authenticated","messages":[1-9]/);
  });

  it('prints the settings of mosquitto, and writes its files for their owner alone', async () => {
    const printed = await run('mqtt', 'mosquitto-config');
    expect(printed.out).toContain('use_username_as_clientid true');
    expect(printed.out).not.toMatch(/PRIVATE KEY|\$7\$/);
    const out = join(folder, 'mosquitto');
    const written = await run('mqtt', 'mosquitto-config', '--out', out);
    expect(written.err).toMatch(/mqtt.url: mqtt:\/\/meterline-hub:[\w-]{32}@127.0.0.1:8884 \(shown once\)/);
    expect(statSync(join(out, 'server.key')).mode & 0o777).toBe(0o600);
    expect(
      new X509Certificate(readFileSync(join(out, 'server.pem'))).checkHost('mqtt.example.org'),
    ).toBeDefined();
  });
});
