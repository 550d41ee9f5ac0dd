import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EmbeddedBroker, EmbeddedLimits } from '../../src/platform/mqtt/index.ts';
import { startEmbedded, TestAuthority } from '../support/mqtt.ts';
import { createStage, gatewayId, type Stage, up } from './mqtt-door-suite.ts';

/** What strangers and broken devices do to the broker inside of the hub. */
describe('the embedded broker', () => {
  let authority: TestAuthority;
  let stage: Stage;
  let broker: EmbeddedBroker;
  const clients: MqttClient[] = [];
  const sockets: Socket[] = [];

  beforeAll(async () => {
    authority = await TestAuthority.create();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
    for (const socket of sockets.splice(0)) socket.destroy();
    await broker.stop();
  });

  async function opened(limits: Partial<EmbeddedLimits> = {}): Promise<void> {
    stage = createStage();
    broker = await startEmbedded(authority, stage.handlers, limits);
  }

  /** With a token over the port without TLS: fewer parts between the test and what it is about. */
  async function joined(
    options: IClientOptions = {},
    id = gatewayId(),
  ): Promise<{ id: string; client: MqttClient }> {
    stage.tokens.set(id, 'token');
    const client = connect(`mqtt://127.0.0.1:${broker.ports.plain}`, {
      username: id,
      password: 'token',
      clientId: id,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    clients.push(client);
    client.on('error', () => {});
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('close', () => reject(new Error('it was turned away')));
    });
    return { id, client };
  }

  function line(): { socket: Socket; closed: Promise<number>; sent: Buffer[] } {
    const socket = connectTcp(broker.ports.plain ?? 0, '127.0.0.1');
    sockets.push(socket);
    const since = performance.now();
    const sent: Buffer[] = [];
    socket.on('data', (bytes) => sent.push(bytes));
    socket.on('error', () => {});
    const closed = new Promise<number>((resolve) =>
      socket.on('close', () => resolve(performance.now() - since)),
    );
    return { socket, closed, sent };
  }

  /** CONNECT as bytes, for what no library would send. */
  function connectPacket(id: string, keepalive = 60): Buffer {
    const text = (value: string) =>
      Buffer.concat([Buffer.of(value.length >> 8, value.length & 0xff), Buffer.from(value)]);
    const rest = Buffer.concat([
      text('MQTT'),
      Buffer.of(4, 0b1100_0000, keepalive >> 8, keepalive & 0xff),
      text(id),
      text(id),
      text('token'),
    ]);
    return Buffer.concat([Buffer.of(0x10, rest.length), rest]);
  }

  const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });
  const refused = () => broker.stats().refused;

  it('waits for nobody who says nothing, in the clear or in TLS', async () => {
    await opened({ connectMs: 1_000, handshakeMs: 1_000 });
    const silent = line();
    const tls = connectTls({ port: broker.ports.secure ?? 0, host: '127.0.0.1', ca: authority.ca });
    sockets.push(tls);
    const tlsClosed = new Promise((resolve) => tls.on('close', resolve));
    const unshaken = connectTcp(broker.ports.secure ?? 0, '127.0.0.1').on('error', () => {});
    sockets.push(unshaken);
    const unshakenClosed = new Promise((resolve) => unshaken.on('close', resolve));
    await Promise.all([silent.closed, tlsClosed, unshakenClosed]);
    expect(refused()).toMatchObject({ 'not-authenticated': 2, 'too-slow': 1 });
  });

  it.each([
    ['no MQTT at all', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a length of five digits', Buffer.of(0x10, 0xff, 0xff, 0xff, 0xff, 0x01)],
    ['a SUBSCRIBE before CONNECT', Buffer.of(0x82, 6, 0, 1, 0, 1, 0x23, 1)],
    ['a CONNECT that is cut short in itself', Buffer.of(0x10, 4, 0, 4, 0x4d, 0x51)],
    ['random bytes', Buffer.from('9f3c21aa00ff7731e0', 'hex')],
  ])('ends %s', async (_, bytes) => {
    await opened({ connectMs: 2_000 });
    const { socket, closed } = line();
    socket.write(bytes);
    await closed;
    await until(() => expect(Object.keys(refused())).not.toEqual([]));
    const { client } = await joined();
    expect(client.connected).toBe(true);
  });

  it('refuses a packet that is too large before it has come', async () => {
    await opened();
    const id = gatewayId();
    stage.tokens.set(id, 'token');
    const { socket, closed } = line();
    socket.write(connectPacket(id));
    await sleep(100);
    // A PUBLISH of 200 MB begins; not a byte of it follows.
    socket.write(Buffer.of(0x32, 0x80, 0x84, 0xaf, 0x5f));
    await closed;
    expect(refused()).toEqual({ 'packet-too-large': 1 });
    const { id: own, client } = await joined();
    await client.publishAsync(up(own), Buffer.alloc(1_048_576, 1), { qos: 1 });
    expect(stage.received.at(-1)?.payload.length).toBe(1_048_576);
    client.publish(up(own), Buffer.alloc(1_060_000, 1), { qos: 1 });
    await until(() => expect(client.connected).toBe(false));
    expect(refused()).toEqual({ 'packet-too-large': 2 });
  });

  it('reads a flood no faster than it may come, and loses nothing of it', async () => {
    await opened({ messagesPerSecond: 50 });
    const { id, client } = await joined();
    const since = performance.now();
    // 250 at once are the reserve; the other 50 take a second.
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => client.publishAsync(up(id), String(i), { qos: 1 })),
    );
    // They came in one piece, and were paid for after it.
    await client.publishAsync(up(id), '300', { qos: 1 });
    expect(performance.now() - since).toBeGreaterThan(900);
    expect(stage.received.map(({ payload }) => Number(payload))).toEqual(
      Array.from({ length: 301 }, (_, i) => i),
    );
  });

  it('does not let a flood of one hold up another', async () => {
    await opened({ messagesPerSecond: 20 });
    const [flooding, calm] = [await joined(), await joined()];
    for (let i = 0; i < 2_000; i += 1)
      flooding.client.publish(up(flooding.id), Buffer.alloc(1_000), { qos: 1 });
    const since = performance.now();
    for (let i = 0; i < 10; i += 1) await calm.client.publishAsync(up(calm.id), 'x', { qos: 1 });
    expect(stage.received.filter(({ gateway }) => gateway === calm.id)).toHaveLength(10);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it('ends who falls silent beyond its keepalive, and not who waits for a commit', async () => {
    await opened();
    const [silent, waiting] = [gatewayId(), gatewayId()];
    for (const id of [silent, waiting]) stage.tokens.set(id, 'token');
    const commit = Promise.withResolvers<void>();
    stage.settle = () => commit.promise;
    const [a, b] = [line(), line()];
    a.socket.write(connectPacket(silent, 1));
    b.socket.write(connectPacket(waiting, 1));
    await sleep(100);
    const topic = up(waiting);
    const publish = Buffer.concat([
      Buffer.of(0x32, topic.length + 5, 0, topic.length),
      Buffer.from(topic),
      Buffer.of(0, 1, 0x78),
    ]);
    // More than the broker takes in at once: it stops reading until the commit, so that pings do not reach it.
    b.socket.write(Buffer.concat(Array.from({ length: 3_000 }, () => publish)));
    expect(await a.closed).toBeGreaterThan(1_400);
    await sleep(1_500);
    expect(b.socket.destroyed).toBe(false);
    commit.resolve();
    expect(refused()).toEqual({ keepalive: 1 });
  });

  it('ends who does not take what is sent, and keeps it for later', async () => {
    await opened({ stallMs: 1_000, backlogBytes: 1 << 20, bytes: 64 << 20, messages: 1_000 });
    const id = gatewayId();
    stage.tokens.set(id, 'token');
    const { socket, closed } = line();
    socket.write(connectPacket(id));
    const filter = `ml/1/${id}/down/#`;
    socket.write(
      Buffer.concat([
        Buffer.of(0x82, filter.length + 5, 0, 1, 0, filter.length),
        Buffer.from(filter),
        Buffer.of(1),
      ]),
    );
    await sleep(150);
    socket.pause();
    const other = await joined();
    const heard: string[] = [];
    other.client.on('message', (topic) => heard.push(topic));
    await other.client.subscribeAsync(`ml/1/${other.id}/down/#`, { qos: 1 });
    const payload = Buffer.alloc(200_000, 1);
    for (let i = 0; i < 60; i += 1) await broker.publish(up(id, 'down/receipt'), payload);
    // Whoever listens is not held up by who does not.
    await broker.publish(up(other.id, 'down/receipt'), payload);
    await until(() => expect(heard).toHaveLength(1));
    await until(() => expect(refused()).toEqual({ 'too-slow': 1 }));
    socket.destroy();
    await closed;
    const late: number[] = [];
    stage.tokens.set(id, 'token');
    const back = connect(`mqtt://127.0.0.1:${broker.ports.plain}`, {
      username: id,
      password: 'token',
      clientId: id,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    clients.push(back);
    back.on('message', (_, bytes) => late.push(bytes.length));
    await until(() => expect(late.length).toBe(60));
  });

  it('ends a packet that comes a byte at a time', async () => {
    await opened({ packetMs: 1_000 });
    const id = gatewayId();
    stage.tokens.set(id, 'token');
    const { socket, closed } = line();
    socket.write(connectPacket(id));
    await sleep(100);
    socket.write(Buffer.of(0x32, 0xff, 0x7f));
    const dripping = setInterval(() => socket.write(Buffer.of(0)), 100);
    await closed;
    clearInterval(dripping);
    expect(refused()).toEqual({ 'too-slow': 1 });
  });

  it('lets no more large packets in at once than there is room for, and all of them in the end', async () => {
    await opened({ largeBytes: 2 << 20 });
    const all = await Promise.all(Array.from({ length: 8 }, () => joined()));
    let [now, most] = [0, 0];
    stage.settle = async () => {
      now += 1;
      most = Math.max(most, now);
      await sleep(30);
      now -= 1;
    };
    await Promise.all(
      all.map(({ id, client }) => client.publishAsync(up(id), Buffer.alloc(1_000_000), { qos: 1 })),
    );
    expect(stage.received).toHaveLength(8);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('counts connections in all, by address and by gateway', async () => {
    await opened({ connections: 3, connectionsPerAddress: 3 });
    await Promise.all([joined(), joined(), joined()]);
    await expect(joined()).rejects.toThrow();
    expect(refused()).toMatchObject({ 'too-many-connections': 1 });
    await clients[0]?.endAsync(true);
    await until(() => expect(broker.stats().connections).toBe(2));
    await joined();
  });

  it('slows down who connects again and again', async () => {
    await opened({ connectsPerMinute: 3 });
    const id = gatewayId();
    for (let i = 0; i < 3; i += 1) await joined({}, id);
    await expect(joined({}, id)).rejects.toThrow();
    expect(refused()).toMatchObject({ 'too-many-connects': 1 });
  });

  it('grants a number of subscriptions, and stores none that it refused', async () => {
    await opened({ subscriptions: 2 });
    const victim = gatewayId();
    const { id, client } = await joined();
    const own = `ml/1/${id}/down`;
    // Allowed and forbidden in one packet: what is forbidden must not come to life with the stored session.
    const filters = [`${own}/receipt`, `ml/1/${victim}/down/#`, `${own}/config`, `${own}/#`];
    const error = await client.subscribeAsync(filters, { qos: 1 }).catch((refusal) => refusal);
    expect(error.packet.granted).toEqual([1, 128, 1, 128]);
    await client.endAsync(true);
    await broker.publish(up(victim, 'down/receipt'), Buffer.from('secret'), { retain: true });
    const heard: string[] = [];
    const again = await joined({}, id);
    again.client.on('message', (topic) => heard.push(topic));
    await broker.publish(up(victim, 'down/receipt'), Buffer.from('secret'));
    await broker.publish(up(id, 'down/receipt'), Buffer.from('own'));
    await until(() => expect(heard).toEqual([up(id, 'down/receipt')]));
    expect(refused()).toMatchObject({ 'subscribe-filter': 1, 'too-many-subscriptions': 1 });
  });

  it('keeps a bounded number of messages for who is away, the newest', async () => {
    await opened({ messages: 5 });
    const { id, client } = await joined();
    await client.subscribeAsync(`ml/1/${id}/down/#`, { qos: 1 });
    await client.endAsync();
    await until(() => expect(broker.stats().connections).toBe(0));
    for (let i = 0; i < 20; i += 1) await broker.publish(up(id, 'down/command'), Buffer.from(String(i)));
    const heard: string[] = [];
    const back = connect(`mqtt://127.0.0.1:${broker.ports.plain}`, {
      username: id,
      password: 'token',
      clientId: id,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    clients.push(back);
    back.on('message', (_, payload) => heard.push(String(payload)));
    await until(() => expect(heard).toEqual(['15', '16', '17', '18', '19']));
    expect(broker.stats().unpublished).toBe(15);
  });

  it('takes QoS 2 as well, once', async () => {
    await opened();
    const { id, client } = await joined();
    await client.publishAsync(up(id), 'twice is enough', { qos: 2 });
    expect(stage.received).toHaveLength(1);
  });

  it('settles and acknowledges what it has taken before it stops, and speaks no will then', async () => {
    await opened();
    const id = gatewayId();
    const { client } = await joined(
      { will: { topic: up(id, 'up/status'), payload: Buffer.from('gone'), qos: 1, retain: false } },
      id,
    );
    let release = () => {};
    stage.settle = () => new Promise((resolve) => (release = resolve));
    const published = client.publishAsync(up(id), 'the last one', { qos: 1 });
    await until(() => expect(stage.received).toHaveLength(1));
    const stopped = broker.stop();
    await sleep(50);
    release();
    await published;
    await stopped;
    expect(stage.received.map(({ payload }) => String(payload))).toEqual(['the last one']);
  });
});
