import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../scripts/stack/process.ts';
import type { MqttDoor } from '../../src/platform/mqtt/index.ts';
import {
  gatewayClient,
  HUB_USER,
  type RunningMosquitto,
  startClient,
  startGeneratedMosquitto,
  TestAuthority,
} from '../support/mqtt.ts';
import type { ConsumerOrder } from '../support/mqtt-consumer-child.ts';
import { createStage, gatewayId, up } from './mqtt-door-suite.ts';

/** The first byte of a SUBSCRIBE packet. */
const SUBSCRIBE = 0x82;
const CHILD = fileURLToPath(new URL('../support/mqtt-consumer-child.ts', import.meta.url));

describe('consumers of a shared subscription at mosquitto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-consumers-'));
  const doors: MqttDoor[] = [];
  const children: ChildProcess[] = [];
  const clients: MqttClient[] = [];
  let authority: TestAuthority;
  let mosquitto: RunningMosquitto;

  beforeAll(async () => {
    authority = await TestAuthority.create();
    mosquitto = await startGeneratedMosquitto(authority);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
    await Promise.all(doors.splice(0).map((door) => door.stop()));
  });
  afterAll(async () => {
    await mosquitto.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

  async function gateway(reconnectPeriod = 0): Promise<{ id: string; client: MqttClient }> {
    const id = gatewayId();
    const client = await gatewayClient(mosquitto.port, authority, id, await authority.client(id), {
      reconnectPeriod,
    });
    clients.push(client);
    return { id, client };
  }

  async function consumer(clientId: string, file: string): Promise<ChildProcess> {
    const { hubUrl: url, password } = mosquitto;
    const order: ConsumerOrder = { url, username: HUB_USER, password, clientId, file, settleMs: 3 };
    const child = spawn(
      process.execPath,
      ['--conditions=source', '--disable-warning=ExperimentalWarning', CHILD],
      {
        env: { ...process.env, CONSUMER: JSON.stringify(order) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  it('lose nothing when one of them is killed and comes back', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    const [first] = await Promise.all([consumer('hub-1', a), consumer('hub-2', b)]);
    const { id, client } = await gateway();
    const published = new Set<string>();
    const publishing = (async () => {
      for (let i = 0; i < 1_500; i += 1) {
        await client.publishAsync(up(id), `m${i}`, { qos: 1 });
        published.add(`m${i}`);
      }
    })();
    const settled = () =>
      [a, b]
        .filter((file) => existsSync(file))
        .flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
    await until(() => expect(settled().length).toBeGreaterThan(200));
    first.kill('SIGKILL');
    await publishing;
    await consumer('hub-1', a);
    await until(() => expect(new Set(settled())).toEqual(published));
  });

  it('come back to a broker that was killed, and go on', async () => {
    const stage = createStage();
    const door = await startClient(mosquitto, stage.handlers, { clientId: 'hub-killed' });
    doors.push(door);
    const { id, client } = await gateway(200);
    await client.publishAsync(up(id), 'before', { qos: 1 });
    await mosquitto.kill();
    await until(() => expect(door.stats().open).toBe(false));
    await expect(door.publish(up(id, 'down/receipt'), Buffer.from('x'))).rejects.toMatchObject({
      code: 'mqtt_unavailable',
      retryable: true,
    });
    await mosquitto.restart();
    await until(() => expect(door.stats().connections).toBe(4));
    await client.publishAsync(up(id), 'after', { qos: 1 });
    await until(() => expect(stage.received.map(({ payload }) => String(payload))).toContain('after'));
    const heard: string[] = [];
    client.on('message', (_, payload) => heard.push(String(payload)));
    await client.subscribeAsync(`ml/1/${id}/down/#`, { qos: 1 });
    // What goes down has a line of its own, which comes back when it does.
    await vi.waitFor(() => door.publish(up(id, 'down/receipt'), Buffer.from('receipt')), { timeout: 10_000 });
    await until(() => expect(heard).toContain('receipt'));
  });

  it('work on as many messages at a time as there are of them', async () => {
    const stage = createStage();
    const commit = Promise.withResolvers<void>();
    stage.settle = () => commit.promise;
    doors.push(await startClient(mosquitto, stage.handlers, { clientId: 'hub-wide', consumers: 8 }));
    const { id, client } = await gateway();
    for (let i = 0; i < 40; i += 1) client.publish(up(id), String(i), { qos: 1 });
    await until(() => expect(stage.received).toHaveLength(8));
    expect(doors[0]?.stats().inFlight).toBe(8);
    commit.resolve();
    await until(() => expect(stage.received).toHaveLength(40));
  });

  it('leave to the broker what was not settled when they stop, and take it up again', async () => {
    const stage = createStage();
    let [settling, stopped] = [0, false];
    stage.settle = async () => {
      settling += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (stopped) throw new Error('the pipeline has stopped');
    };
    const door = await startClient(mosquitto, stage.handlers, {
      clientId: 'hub-stops',
      consumers: 2,
      comesBack: true,
    });
    const { id, client } = await gateway();
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.publishAsync(up(id), `s${i}`, { qos: 1 })));
    await until(() => expect(settling).toBeGreaterThan(3));
    stopped = true;
    await door.stop();
    const next = createStage();
    doors.push(
      await startClient(mosquitto, next.handlers, { clientId: 'hub-stops', consumers: 2, comesBack: true }),
    );
    await until(() => {
      const all = new Set([...stage.received, ...next.received].map(({ payload }) => String(payload)));
      expect(all.size).toBe(20);
    });
    expect(next.received.length).toBeGreaterThan(0);
    // Nobody comes back under this name: the broker is to forget it.
    await doors.splice(0)[0]?.stop();
    const last = await startClient(mosquitto, next.handlers, { clientId: 'hub-stops', consumers: 2 });
    await last.stop();
  });

  it('settle what was meant for them when they leave for good, and get no share any more', async () => {
    const [leaving, staying] = [createStage(), createStage()];
    leaving.settle = () => new Promise((resolve) => setTimeout(resolve, 20));
    const gone = await startClient(mosquitto, leaving.handlers, { clientId: 'hub-leaves' });
    doors.push(await startClient(mosquitto, staying.handlers, { clientId: 'hub-stays' }));
    const { id, client } = await gateway();
    const publish = (from: number) =>
      Promise.all(
        Array.from({ length: 100 }, (_, i) => client.publishAsync(up(id), `l${from + i}`, { qos: 1 })),
      );
    const publishing = publish(0);
    await until(() => expect(leaving.received.length).toBeGreaterThan(5));
    await gone.stop();
    await publishing;
    await publish(100);
    await until(() => {
      const all = [...leaving.received, ...staying.received].map(({ payload }) => String(payload));
      expect(new Set(all).size).toBe(200);
    });
  });

  it('stand in the end when the broker leaves while they are coming in', async () => {
    let cut = 3;
    const wire = createServer((near) => {
      const far = connectTcp(Number(new URL(mosquitto.hubUrl).port), '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const)
        one
          .on('data', (bytes) => other.write(bytes))
          .on('close', () => other.destroy())
          .on('error', () => {});
      // After CONNACK, when the client subscribes.
      near.prependListener('data', ([first]: Buffer) => {
        if (first !== SUBSCRIBE || cut === 0) return;
        cut -= 1;
        near.destroy();
        far.destroy();
      });
    });
    await once(wire.listen(0, '127.0.0.1'), 'listening');
    const { port } = wire.address() as AddressInfo;
    const stage = createStage();
    const place = { ...mosquitto, hubUrl: `mqtt://127.0.0.1:${port}`, password: mosquitto.password };
    const door = await startClient(place, stage.handlers, { clientId: 'hub-interrupted', startMs: 10_000 });
    try {
      expect([cut, door.stats().connections]).toEqual([0, 4]);
      const { id, client } = await gateway();
      for (let i = 0; i < 8; i += 1) await client.publishAsync(up(id), `i${i}`, { qos: 1 });
      await until(() => expect(stage.received).toHaveLength(8));
    } finally {
      await door.stop();
      wire.close();
    }
  });

  it('say what is wrong when they may not come in, or nobody answers', async () => {
    const stage = createStage();
    await expect(startClient({ ...mosquitto, password: 'wrong' }, stage.handlers)).rejects.toMatchObject({
      code: 'mqtt_broker_refused',
      message: expect.stringMatching(
        /^mqtt.url: the broker at 127.0.0.1:\d+ does not let the hub in: .*Not authorized/,
      ),
    });
    const nowhere = `mqtt://127.0.0.1:${await freePort()}`;
    await expect(startClient({ ...mosquitto, hubUrl: nowhere }, stage.handlers)).rejects.toMatchObject({
      code: 'mqtt_unavailable',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/),
    });
  }, 30_000);
});
