import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GatewayId,
  HUB_FILTERS,
  LIMITS,
  mayPublish,
  maySubscribe,
  parseTopic,
} from '@meterline/contracts';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { ensureMosquitto } from '../../../scripts/stack/mosquitto.ts';
import { ownedFolder, serverUser, temporaryFolder } from '../../../scripts/stack/place.ts';
import {
  freePort,
  type Running,
  startProcess,
  stopAndRemove,
  waitForPort,
} from '../../../scripts/stack/process.ts';
import { mosquittoSetup } from '../../src/ingest/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import {
  createBrokerClient,
  createEmbeddedBroker,
  type EmbeddedBroker,
  type EmbeddedLimits,
  type MqttDoor,
  type MqttDoorHandlers,
} from '../../src/platform/mqtt/index.ts';
import {
  type Authority,
  createAuthority,
  issueClient,
  issueServer,
  type Revoked,
  revocationList,
} from '../../src/platform/pki/certificates.ts';
import { createLogger } from '../../src/platform/telemetry/index.ts';

export const quiet = createLogger({ level: 'silent', format: 'json', secrets: [] });

export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly serial: string;
  readonly fingerprint: string;
}

const pem = (der: Buffer): string => new X509Certificate(der).toString();

/** A certification authority as the hub has one, without a database. */
export class TestAuthority {
  readonly #authority: Authority;
  readonly ca: string;
  readonly revoked: Revoked[] = [];

  private constructor(authority: Authority) {
    this.#authority = authority;
    this.ca = pem(authority.certificate);
  }

  static async create(): Promise<TestAuthority> {
    return new TestAuthority(await createAuthority(Date.now()));
  }

  async client(name: string, issuedAt = Date.now()): Promise<Issued> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { certificate, serial } = await issueClient(this.#authority, publicKey, name, issuedAt);
    const { fingerprint256 } = new X509Certificate(certificate);
    return {
      cert: pem(certificate),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      serial,
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    };
  }

  async server(
    names: readonly string[] = ['localhost', '127.0.0.1'],
  ): Promise<{ cert: string; key: string }> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { certificate } = await issueServer(this.#authority, publicKey, names, Date.now());
    return { cert: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  async crl(): Promise<string> {
    const der = await revocationList(this.#authority, this.revoked, Date.now());
    const lines = der.toString('base64').replace(/(.{64})/g, '$1\n');
    return `-----BEGIN X509 CRL-----\n${lines.trimEnd()}\n-----END X509 CRL-----\n`;
  }
}

const EMBEDDED_LIMITS: EmbeddedLimits = {
  packetBytes: LIMITS.payloadBytes + 1_024,
  connectMs: 10_000,
  packetMs: 60_000,
  stallMs: 30_000,
  backlogBytes: 4 << 20,
  connections: 500,
  connectionsPerAddress: 500,
  connectsPerSecond: 200,
  handshakeMs: 10_000,
  messages: 100,
  bytes: 1 << 20,
  sessions: 1_000,
  expiryMs: 3_600_000,
  messagesPerSecond: 100_000,
  bytesPerSecond: 1 << 30,
  largeBytes: 64 << 20,
  keepaliveSeconds: 1_200,
  subscriptions: 16,
  connectsPerMinute: 10_000,
};

/** Whose a topic or a filter is. */
const ownerOf = (topic: string): string | undefined => /^ml\/1\/([0-9a-f-]{36})\//.exec(topic)?.[1];

/** What the contract lets a gateway do; who is let in is said by the test. */
export const contractRules = {
  mayPublish: (principal: { name: string }, topic: string) => mayPublish(principal.name as GatewayId, topic),
  maySubscribe: (principal: { name: string }, filter: string) =>
    maySubscribe(principal.name as GatewayId, filter),
};

export async function startEmbedded(
  authority: TestAuthority,
  handlers: MqttDoorHandlers,
  limits: Partial<EmbeddedLimits> = {},
): Promise<EmbeddedBroker> {
  const server = await authority.server();
  const broker = createEmbeddedBroker(
    {
      secure: { host: '127.0.0.1', port: 0, tls: { ...server, ca: authority.ca } },
      plain: { port: 0 },
      limits: { ...EMBEDDED_LIMITS, ...limits },
      ownerOf,
      logger: quiet,
      clock: systemClock,
    },
    handlers,
  );
  await broker.start();
  return broker;
}

export interface RunningMosquitto {
  readonly port: number;
  readonly hubUrl: string;
  readonly password: string;
  readonly folder: string;
  readonly pid: number;
  /** Ends it as a power cut would, and starts it again on the same data. */
  killAndRestart(): Promise<void>;
  kill(): Promise<void>;
  /** It reads its certificates and lists again. */
  reload(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const HUB_USER = 'meterline-hub';

/** The real mosquitto on the very files that `meterline mqtt mosquitto-config` writes. */
export async function startGeneratedMosquitto(authority: TestAuthority): Promise<RunningMosquitto> {
  const way = await ensureMosquitto();
  if (way.kind !== 'program')
    throw new Error('these tests need the program mosquitto: apt-get install mosquitto');
  const user = serverUser();
  const temporary = temporaryFolder(user);
  const folder = ownedFolder(user, join(temporary, 'mosquitto'));
  const [port, hubPort] = [await freePort(), await freePort()];
  const password = 'of-the-hub-in-tests';
  const files = mosquittoSetup({
    connections: 1_000,
    keepaliveSeconds: 1_200,
    clients: { host: '127.0.0.1', port },
    hub: { host: '127.0.0.1', port: hubPort, user: HUB_USER, password },
    hubTls: false,
    folder,
    ...(await authority.server()),
    ca: authority.ca,
    crl: await authority.crl(),
  });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text, { mode: 0o644 });
  let running: Running;
  const start = async () => {
    running = startProcess({
      name: 'mosquitto',
      command: way.path,
      args: ['-c', join(folder, 'mosquitto.conf')],
      user,
      logFile: join(temporary, 'mosquitto.log'),
    });
    await waitForPort(running, 'mosquitto', hubPort);
  };
  await start();
  const kill = async () => {
    process.kill(-running.pid, 'SIGKILL');
    await running.exited;
  };
  return {
    port,
    hubUrl: `mqtt://127.0.0.1:${hubPort}`,
    password,
    folder,
    get pid() {
      return running.pid;
    },
    kill,
    restart: start,
    async reload() {
      process.kill(programOf(running.pid), 'SIGHUP');
      await sleep(300);
    },
    async killAndRestart() {
      await kill();
      await start();
    },
    stop: () => stopAndRemove(running, temporary),
  };
}

/** The program itself: a shell stands before it, and watches that it ends with the test. */
function programOf(shell: number): number {
  const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  const name = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  const found = children.find((pid) => name(pid) === 'mosquitto');
  if (found === undefined) throw new Error('mosquitto is not running');
  return found;
}

export async function startClient(
  mosquitto: Pick<RunningMosquitto, 'hubUrl' | 'password'>,
  handlers: MqttDoorHandlers,
  options: { clientId?: string; consumers?: number; comesBack?: boolean; startMs?: number } = {},
): Promise<MqttDoor> {
  const door = createBrokerClient(
    {
      place: { url: mosquitto.hubUrl, username: HUB_USER, password: mosquitto.password },
      clientId: options.clientId ?? 'hub-a',
      comesBack: options.comesBack ?? false,
      group: 'meterline',
      filters: HUB_FILTERS,
      consumers: options.consumers ?? 4,
      packetBytes: EMBEDDED_LIMITS.packetBytes,
      startMs: options.startMs ?? 2_000,
      logger: quiet,
    },
    handlers,
  );
  await door.start();
  return door;
}

/** As a gateway connects: its id as client id, a session that lasts. What waits for it comes with the connect. */
export async function gatewayClient(
  port: number,
  authority: TestAuthority,
  name: string,
  issued: Pick<Issued, 'cert' | 'key'>,
  options: IClientOptions = {},
  onMessage: (topic: string, payload: Buffer) => void = () => {},
): Promise<MqttClient> {
  const client = connect(`mqtts://127.0.0.1:${port}`, {
    ca: authority.ca,
    cert: issued.cert,
    key: issued.key,
    clientId: name,
    clean: false,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...options,
  });
  client.on('message', onMessage);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.on('error', reject);
    client.once('close', () => reject(new Error('it was turned away')));
  }).catch(async (error: unknown) => {
    await client.endAsync(true);
    throw error;
  });
  return client;
}

export const gatewayOf = (topic: string): string => parseTopic(topic)?.gateway ?? '';
