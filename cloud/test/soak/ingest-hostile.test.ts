import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../scripts/stack/process.ts';
import { attacksOn, type Ground } from '../support/attacks.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { TestGateway } from '../support/gateway.ts';
import { endHubs, type HubProcess, hubEnv, startProgram, temporaryFolder } from '../support/hub-process.ts';
import {
  type Counters,
  countersOf,
  familyOf,
  type Memory,
  residentBytes,
  slopeOf,
} from '../support/hub-watch.ts';
import { registerGateway, registerPlace } from '../support/registered.ts';

const MESSAGES = Number(process.env.METERLINE_HOSTILE_MESSAGES ?? 100_000);
/** The first of them as fast as they are taken: heap, caches and rooms fill up, and buffers find their places. */
const WARM = { messages: MESSAGES * 0.4, lot: 1_000, everyMs: 0 };
/** Then paced, so that the run lasts as long as memory needs to show where it goes. */
const STEADY = { lot: 200, everyMs: 1_000 };
const THIEVES = 10;
const MOST_A_MINUTE = 1_000_000;
/** A length of five digits, of which MQTT knows four. */
const NO_LENGTH = Buffer.of(0x10, 0xff, 0xff, 0xff, 0xff, 0x01);

let db: FreshDatabase;
let admin: pg.Client;
let hub: HubProcess;
let port: number;
const clients: MqttClient[] = [];
const tokens = new Map<string, string>();
const expected = { door: new Map<string, number>(), pipeline: new Map<string, number>() };
const expectOne = (where: Map<string, number>, what: string) => where.set(what, (where.get(what) ?? 0) + 1);

beforeAll(async () => {
  db = await freshDatabase();
  admin = new pg.Client({ connectionString: db.adminUrl });
  await admin.connect();
  port = await freePort();
  hub = startProgram(
    ['hub'],
    hubEnv(db, temporaryFolder(), {
      METERLINE_MQTT__BACKEND: 'embedded',
      METERLINE_MQTT__PORT: '0',
      METERLINE_MQTT__PLAIN_PORT: String(port),
      // Its brake for one gateway is not what is tested here.
      METERLINE_MQTT__MESSAGES_PER_SECOND: '10000',
      METERLINE_MQTT__BYTES_PER_SECOND: '1000000000',
    }),
  );
  await hub.address();
});
afterAll(async () => {
  for (const client of clients) client.end(true);
  endHubs();
  await admin?.end();
  await db?.drop();
});

/** Whatever error came before. */
const closed = (line: { once(event: 'close', listener: () => void): unknown }): Promise<void> =>
  new Promise((resolve) => line.once('close', () => resolve()));

/** Settles with what the broker said. */
async function come(as: TestGateway, options: IClientOptions = {}): Promise<MqttClient | undefined> {
  const client = connect(`mqtt://127.0.0.1:${port}`, {
    clientId: as.id,
    username: as.id,
    password: tokens.get(as.id) ?? 'a guess',
    protocolVersion: 4,
    reconnectPeriod: 0,
    keepalive: 30,
    ...options,
  });
  client.on('error', () => {});
  const isIn = await new Promise<boolean>((resolve) => {
    client.once('connect', () => resolve(true));
    client.once('close', () => resolve(false));
  });
  if (isIn) return client;
  client.end(true);
  return undefined;
}

async function resident(as: TestGateway, lost: string[]): Promise<MqttClient> {
  const client = await come(as);
  if (!client) throw new Error(`${as.name} was turned away`);
  clients.push(client);
  await client.subscribeAsync(`ml/1/${as.id}/down/#`, { qos: 1 });
  client.on('close', () => lost.push(as.name));
  return client;
}

/** What nobody sends as a message of their own: each ends its connection, or never gets one. */
function intrusions(victim: TestGateway, thieves: readonly TestGateway[]): ((n: number) => Promise<void>)[] {
  const thief = (n: number) => thieves[n % thieves.length] ?? victim;
  const turnedAway = async (reason: string, as: TestGateway, options: IClientOptions) => {
    expectOne(expected.door, reason);
    if (await come(as, options)) throw new Error(`${reason}: it was let in`);
  };
  return [
    (n) => turnedAway('not-authenticated', new TestGateway(`nobody ${n}`), {}),
    () => turnedAway('not-authenticated', victim, { password: 'another guess' }),
    (n) => turnedAway('client-id', thief(n), { clientId: victim.id }),
    (n) =>
      turnedAway('will', thief(n), {
        will: { topic: victim.topic, payload: Buffer.from('x'), qos: 1, retain: true },
      }),
    async (n) => {
      const client = await come(thief(n));
      expectOne(expected.door, 'subscribe-filter');
      const refused = await client?.subscribeAsync(`ml/1/${victim.id}/#`, { qos: 1 }).then(
        () => false,
        () => true,
      );
      if (!refused) throw new Error('it may listen');
      await client?.endAsync();
    },
    async (n) => {
      const client = await come(thief(n));
      if (!client) throw new Error('a thief is a gateway as well');
      expectOne(expected.door, 'packet-too-large');
      client.publish(thief(n).topic, Buffer.alloc(1_100_000), { qos: 1 }, () => {});
      await closed(client);
      client.end(true);
    },
    async () => {
      const socket = connectTcp(port, '127.0.0.1');
      socket.on('error', () => {});
      expectOne(expected.door, 'malformed');
      socket.write(NO_LENGTH);
      await closed(socket);
    },
  ];
}

async function stored(): Promise<Record<string, number>> {
  const { rows } = await admin.query(
    `select (select count(*)::int from batch) as batches, (select count(*)::int from reading_gauge) as gauges,
       (select count(*)::int from reading_counter) as counters, (select count(*)::int from reading_billing) as billing,
       (select count(*)::int from point) as points`,
  );
  return rows[0];
}

it(`a hub takes ${MESSAGES} hostile messages for what they are, and its memory stands still`, async () => {
  const place = await registerPlace(admin, 'hostile');
  const now = Date.now();
  const [victim, other, honest] = [
    new TestGateway('victim'),
    new TestGateway('other'),
    new TestGateway('honest'),
  ];
  const thieves = Array.from({ length: THIEVES }, (_, n) => new TestGateway(`thief ${n}`));
  for (const one of [victim, other, honest, ...thieves])
    tokens.set(one.id, await registerGateway(admin, one, place));
  const lost: string[] = [];
  const lines = new Map<string, MqttClient>();
  for (const one of [victim, other, honest]) lines.set(one.id, await resident(one, lost));
  const publish = (as: TestGateway, payload: Buffer, topic = as.topic) =>
    lines.get(as.id)?.publishAsync(topic, payload, { qos: 1 });
  const start = victim.start(now).payload;
  const good = victim.gauges([{ point: victim.point(1), time: now, value: 1 }], now).payload;
  for (const [as, payload] of [
    [victim, start],
    [victim, good],
    [other, other.start(now).payload],
    [honest, honest.start(now).payload],
  ] as const)
    await publish(as, payload);
  const ground: Ground = { victim, start, good, other, now };
  const kinds = attacksOn(ground).filter(({ atDoor }) => atDoor !== 'not-authenticated');
  const breakIns = intrusions(victim, thieves);
  const before = await stored();
  const pid = hub.child.pid ?? 0;
  const memory: Memory[] = [];
  let honestly = 0;
  const since = performance.now();
  for (let n = 0; n < MESSAGES; ) {
    const began = performance.now();
    const { lot, everyMs } = n < WARM.messages ? WARM : STEADY;
    const sent = Array.from({ length: Math.min(lot, MESSAGES - n) }, (_, i) => {
      const attack = kinds[(n + i) % kinds.length];
      if (!attack) throw new Error('there are kinds of attacks');
      const { as, payload, topic } = attack.make(n + i);
      if (attack.atDoor) expectOne(expected.door, attack.atDoor);
      else expectOne(expected.pipeline, attack.reason);
      return publish(as, payload, topic);
    });
    const time = Date.now();
    const truth = honest.gauges([{ point: honest.point(1), time, value: honestly }], time).payload;
    await Promise.all([...sent, publish(honest, truth), breakIns[honestly % breakIns.length]?.(honestly)]);
    honestly += 1;
    if (n >= WARM.messages)
      memory.push({ seconds: (performance.now() - since) / 1_000, bytes: residentBytes(pid) });
    n += sent.length;
    await sleep(Math.max(0, began + everyMs - performance.now()));
  }
  const minutes = (performance.now() - since) / 60_000;
  const counters = await countersOf(await hub.address());
  const { slope, error } = slopeOf(memory);
  report(counters, { slope, error, minutes, from: memory[0]?.bytes ?? 0, to: memory.at(-1)?.bytes ?? 0 });

  const { repeat = 0, ...refused } = Object.fromEntries(expected.pipeline);
  expect(familyOf(counters, 'meterline_mqtt_refused')).toEqual(Object.fromEntries(expected.door));
  expect(familyOf(counters, 'meterline_ingest_refused')).toEqual(refused);
  // Three starts and the good batch.
  expect(familyOf(counters, 'meterline_ingest_messages')).toEqual({ repeat, stored: honestly + 4 });
  expect(familyOf(counters, 'meterline_ingest_troubles')).toEqual({});
  expect(counters.get('meterline_mqtt_unacknowledged')).toBe(0);
  const { rows: counted } = await admin.query(
    'select reason, sum(messages)::int as n from refusal_count group by 1',
  );
  expect(Object.fromEntries(counted.map(({ reason, n }) => [reason, n]))).toEqual(refused);
  const { rows: letters } = await admin.query(
    'select from dead_letter group by gateway_id having count(*) > 1000',
  );
  expect(letters).toEqual([]);
  expect(await stored()).toEqual({
    ...before,
    batches: (before.batches ?? 0) + honestly,
    gauges: (before.gauges ?? 0) + honestly,
    points: (before.points ?? 0) + 1,
  });
  // Nobody honest, and nobody who is imitated, has lost a connection; the process is the one that began.
  expect(lost).toEqual([]);
  expect([hub.child.exitCode, (await fetch(`${await hub.address()}/readyz`)).status]).toEqual([null, 200]);
  expect(slope).toBeLessThan(MOST_A_MINUTE);
});

interface Shown {
  readonly slope: number;
  readonly error: number;
  readonly minutes: number;
  readonly from: number;
  readonly to: number;
}

function report(counters: Counters, { slope, error, minutes, from, to }: Shown): void {
  const mega = (bytes: number) => (bytes / 1e6).toFixed(2);
  const words = (name: string) => JSON.stringify(familyOf(counters, name)).replaceAll('"', '');
  process.stdout.write(
    [
      `hostile: ${MESSAGES} messages in ${minutes.toFixed(1)} minutes; memory after warm-up ${mega(from)} to ${mega(to)} MB,`,
      `slope ${mega(slope)} ± ${mega(error)} MB a minute`,
      `\n  at the door ${words('meterline_mqtt_refused')}`,
      `\n  in the pipeline ${words('meterline_ingest_refused')}, settled ${words('meterline_ingest_messages')}\n`,
    ].join(' '),
  );
}
