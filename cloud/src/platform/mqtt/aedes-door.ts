import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Aedes, type Client, type ConnectPacket, type PublishPacket, type Subscription } from 'aedes';
import { Admission, TurnedAway } from './admission.ts';
import { ByteBudget } from './byte-budget.ts';
import { Connection, type Connections } from './connection.ts';
import type { EmbeddedBroker, EmbeddedBrokerOptions } from './embedded-broker.ts';
import { Gate, GateFault } from './gate.ts';
import { Crowd, Listener, type TlsMaterial } from './listener.ts';
import type { MqttDoorHandlers, MqttDoorStats, MqttRefusal, PublishOptions } from './mqtt-door.ts';
import { Refusals } from './refusals.ts';
import { SessionStore } from './session-store.ts';
import { matches } from './topic-filter.ts';

const NOTHING = Buffer.alloc(0);
const REFUSED_SUBSCRIPTION = 128;
const LOOPBACK = '127.0.0.1';

/** Routes nothing: what comes up is for the hub, and what goes down is handed to one client by name. */
class UnroutedAedes extends Aedes {
  override publish(_packet: PublishPacket, client: unknown, done?: (error?: Error) => void): void {
    const settled = typeof client === 'function' ? client : done;
    if (typeof settled === 'function') settled();
  }
}

class Unacknowledged extends Error {}

function grantedQos(filters: ReadonlyMap<string, number>, topic: string): 0 | 1 | undefined {
  const granted = [...filters].filter(([filter]) => matches(filter, topic)).map(([, qos]) => qos);
  if (granted.length === 0) return undefined;
  return granted.some((qos) => qos > 0) ? 1 : 0;
}

const message = (topic: string, payload: Buffer | string, qos: 0 | 1): PublishPacket => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  retain: false,
  dup: false,
});

/** Aedes behind gates: it speaks MQTT, and decides nothing. */
export class AedesDoor implements EmbeddedBroker {
  readonly #options: EmbeddedBrokerOptions;
  readonly #handlers: MqttDoorHandlers;
  /** Outlives the connection for as long as aedes has its will to speak. */
  readonly #connections: Connections = new WeakMap();
  readonly #live = new Set<Connection>();
  readonly #online = new Map<string, Client>();
  readonly #crowd = new Crowd();
  readonly #budget: ByteBudget;
  readonly #admission: Admission;
  readonly #sessions: SessionStore;
  readonly #refusals: Refusals;
  readonly #broker: UnroutedAedes;
  readonly #listeners: { secure?: Listener; plain?: Listener };
  readonly #now: () => number;
  ports: { secure?: number; plain?: number } = {};
  #tick: NodeJS.Timeout | undefined;
  #open = false;
  #counts = { inFlight: 0, received: 0, receivedBytes: 0, failed: 0, published: 0 };

  constructor(options: EmbeddedBrokerOptions, handlers: MqttDoorHandlers) {
    const { limits, clock, ownerOf } = options;
    this.#options = options;
    this.#handlers = handlers;
    this.#now = () => clock.monotonicMs();
    this.#budget = new ByteBudget(limits.largeBytes);
    this.#admission = new Admission(limits, handlers, clock);
    const granted = (client: Client, filter: string) =>
      this.#connections.get(client)?.filters.has(filter) ?? false;
    this.#sessions = new SessionStore(limits, this.#now, granted, ownerOf);
    this.#refusals = new Refusals(options.logger, this.#now);
    this.#broker = this.#aedes();
    this.#listeners = {
      ...(options.secure && { secure: this.#listener(options.secure) }),
      ...(options.plain && { plain: this.#listener({ host: LOOPBACK, ...options.plain }) }),
    };
  }

  async start(): Promise<void> {
    await this.#broker.listen();
    const { secure, plain } = this.#listeners;
    if (secure) this.ports.secure = await secure.listen();
    if (plain) this.ports.plain = await plain.listen();
    this.#open = true;
    this.#tick = setInterval(() => this.#everySecond(), 1_000);
    this.#tick.unref();
  }

  useTls(material: TlsMaterial): void {
    this.#listeners.secure?.use(material);
  }

  async publish(topic: string, payload: Buffer, { retain = false }: PublishOptions = {}): Promise<void> {
    const name = this.#options.ownerOf(topic);
    if (name === undefined) throw new TypeError(`${topic} is nobody's topic`);
    if (retain) this.#sessions.retain(topic, payload);
    this.#counts.published += 1;
    const client = this.#online.get(name);
    const connection = client && this.#connections.get(client);
    const session = this.#sessions.of(name);
    if (client && connection && !connection.ended) {
      const granted = grantedQos(connection.filters, topic);
      // Into the gate, which ends who does not take it: nobody waits here for a slow client.
      if (granted !== undefined) client.publish(message(topic, payload, granted), () => {});
      return;
    }
    if ((session?.granted(topic) ?? 0) > 0 && session)
      this.#sessions.keepFor(session, topic, payload, retain);
  }

  disconnect(name: string, reason: MqttRefusal): void {
    for (const connection of this.#live)
      if (connection.principal?.name === name) this.#end(connection, reason);
    if (reason === 'revoked') this.#sessions.forget(name);
  }

  async stop(): Promise<void> {
    this.#open = false;
    clearInterval(this.#tick);
    for (const listener of [this.#listeners.secure, this.#listeners.plain]) listener?.stopListening();
    for (const { gate } of this.#live) gate.close();
    while (this.#counts.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // What was settled is acknowledged before the line goes down.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...this.#live].map((connection) => this.#leave(connection)));
    for (const listener of [this.#listeners.secure, this.#listeners.plain]) listener?.close();
    await new Promise<void>((resolve) => this.#broker.close(resolve));
  }

  stats(): MqttDoorStats {
    return {
      ...this.#counts,
      connections: this.#online.size,
      open: this.#open,
      unpublished: this.#sessions.dropped,
      refused: this.#refusals.counts,
      sessions: this.#sessions.size,
    };
  }

  #listener(at: { host: string; port: number; tls?: TlsMaterial }): Listener {
    const { limits } = this.#options;
    return new Listener(
      {
        ...at,
        limits,
        now: this.#now,
        connected: (socket) => this.#accept(socket),
        refused: (reason, address, detail) => {
          this.#refusals.count(reason, { address, detail });
          this.#handlers.refused?.(reason, undefined, undefined);
        },
      },
      this.#crowd,
    );
  }

  #accept(socket: Socket): void {
    const gate = new Gate(socket, this.#options.limits, this.#budget, this.#now);
    const connection = new Connection(gate, socket.remoteAddress ?? '');
    const client = this.#broker.handle(gate);
    this.#connections.set(client, connection);
    this.#live.add(connection);
    gate.once('close', () => this.#forget(client, connection));
  }

  #forget(client: Client, connection: Connection): void {
    this.#live.delete(connection);
    const { principal } = connection;
    if (!principal || this.#online.get(principal.name) !== client) return;
    this.#online.delete(principal.name);
    this.#handlers.gone?.(principal);
  }

  #aedes(): UnroutedAedes {
    const { limits } = this.#options;
    const broker = new UnroutedAedes({
      persistence: this.#sessions,
      // The gate sees to both, and knows what to say.
      connectTimeout: limits.connectMs * 2,
      drainTimeout: limits.stallMs * 2,
      maxInflightInbound: 100,
      maxTopicLevels: 16,
      preConnect: (client, packet, done) => done(null, this.#introduce(client, packet)),
      authenticate: (client, username, password, done) => {
        this.#authenticate(client, username, password).then(
          () => done(null, true),
          (error) => done(error, false),
        );
      },
      authorizePublish: (client, packet, done) => {
        const connection = client ? this.#connections.get(client) : undefined;
        if (!connection) return done(new Error('nobody to believe'));
        this.#receive(connection, packet).then(() => done(null), done);
      },
      authorizeSubscribe: (client, subscription, done) =>
        done(null, this.#maySubscribe(client, subscription) ? subscription : null),
      authorizeForward: (client, packet) =>
        this.#options.ownerOf(packet.topic) === client.id ? packet : null,
    });
    (broker as EventEmitter).on('error', (error: unknown) =>
      this.#options.logger.error({ err: error }, 'the broker is in trouble'),
    );
    broker.on('clientReady', (client) => this.#ready(client));
    broker.on('subscribe', (subscriptions, client) => this.#subscribed(client, subscriptions));
    broker.on('unsubscribe', (filters, client) => {
      for (const filter of filters) this.#connections.get(client)?.filters.delete(filter);
    });
    broker.on('clientError', (client, error) => this.#failed(client, error));
    broker.on('connectionError', (client, error) => this.#failed(client, error));
    return broker;
  }

  #introduce(client: Client, packet: ConnectPacket): boolean {
    const connection = this.#connections.get(client);
    if (!connection) return false;
    connection.packet = { ...packet };
    // The gate sees to it, and does not count the time that a commit takes.
    packet.keepalive = 0;
    return true;
  }

  async #authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<void> {
    const connection = this.#connections.get(client);
    if (!connection) throw new Error('nobody to believe');
    try {
      connection.principal = await this.#admission.admit(connection, client, username, password);
    } catch (error) {
      if (error instanceof TurnedAway) {
        const { refusal, message: detail } = error;
        this.#refusals.count(refusal, { name: client.id.slice(0, 64), address: connection.address, detail });
        this.#handlers.refused?.(refusal, undefined, undefined);
        throw error;
      }
      // A database that is away is no reason to tell a gateway that it is unknown.
      this.#options.logger.warn({ err: error }, 'a client could not be looked up');
      throw Object.assign(new Error('the hub is in trouble'), { returnCode: 3 });
    }
  }

  /** Resolved: acknowledged. Rejected: the connection ends, and the message comes again. */
  async #receive(connection: Connection, packet: PublishPacket): Promise<void> {
    const { principal, gate } = connection;
    if (!principal || connection.ended) throw new Error('it is being ended');
    const { topic } = packet;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // Aedes has no more use for it, and would keep it.
    packet.payload = NOTHING;
    try {
      if (!this.#handlers.mayPublish(principal, topic)) {
        // Acknowledged and dropped, as other brokers do: a client would send it again for ever, and nothing else.
        this.#refuse(connection, 'publish-topic', topic);
        return;
      }
      this.#counts.inFlight += 1;
      try {
        await this.#handlers.received(principal, topic, payload);
        this.#counts.received += 1;
        this.#counts.receivedBytes += payload.length;
      } catch (error) {
        this.#counts.failed += 1;
        throw new Unacknowledged('nothing was stored', { cause: error });
      } finally {
        this.#counts.inFlight -= 1;
      }
    } finally {
      gate.done(packet.length ?? 0);
    }
  }

  #maySubscribe(client: Client, { topic }: Subscription): boolean {
    const connection = this.#connections.get(client);
    if (!connection?.principal) return false;
    const known = connection.filters.has(topic);
    if (!known && connection.filters.size >= this.#options.limits.subscriptions) {
      this.#refuse(connection, 'too-many-subscriptions', topic);
      return false;
    }
    if (this.#handlers.maySubscribe(connection.principal, topic)) {
      if (!known) connection.filters.set(topic, 0);
      return true;
    }
    this.#refuse(connection, 'subscribe-filter', topic);
    return false;
  }

  #subscribed(client: Client, subscriptions: readonly Subscription[]): void {
    const connection = this.#connections.get(client);
    if (!connection) return;
    for (const { topic, qos } of subscriptions)
      if (Number(qos) !== REFUSED_SUBSCRIPTION) connection.filters.set(topic, qos);
    this.#announce(connection);
  }

  #ready(client: Client): void {
    const connection = this.#connections.get(client);
    if (!connection?.principal) return;
    const { name } = connection.principal;
    this.#online.set(name, client);
    this.#handlers.connected?.(connection.principal);
    for (const [filter, qos] of this.#sessions.of(name)?.filters ?? []) connection.filters.set(filter, qos);
    // What came while aedes was still handing over what it had found.
    for (const { topic, payload } of this.#sessions.of(name)?.takeUnsent() ?? [])
      client.publish(message(topic, payload, 1), () => {});
    this.#announce(connection);
  }

  /** Once for each connection, as soon as it can hear. */
  #announce(connection: Connection): void {
    const { principal, filters, announced } = connection;
    if (announced || !principal || filters.size === 0) return;
    connection.announced = true;
    this.#handlers.listens?.(principal);
  }

  #refuse(connection: Connection, reason: MqttRefusal, topic?: string): void {
    const detail = topic?.slice(0, 120);
    this.#refusals.count(reason, { ...connection.about, ...(detail !== undefined && { detail }) });
    this.#handlers.refused?.(reason, connection.principal?.name, topic);
  }

  #failed(client: Client, error: Error): void {
    const connection = this.#connections.get(client);
    if (!connection || connection.ended || connection.blamed) return;
    connection.blamed = true;
    if (error instanceof GateFault) this.#refuse(connection, error.refusal, error.message);
    // What the network does has a code; what has none is no MQTT, unless we have ended it ourselves.
    else if (!('code' in error) && !(error instanceof TurnedAway || error instanceof Unacknowledged))
      this.#refuse(connection, 'malformed', error.message);
  }

  #end(connection: Connection, reason: MqttRefusal): void {
    this.#refuse(connection, reason);
    connection.ended = true;
    connection.gate.destroy();
  }

  async #leave(connection: Connection): Promise<void> {
    connection.ended = true;
    const { gate } = connection;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      gate.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    gate.destroy();
  }

  #everySecond(): void {
    for (const { gate } of this.#live) gate.tick();
    this.#admission.sweep();
    this.#crowd.sweep(this.#now());
    this.#sessions.sweep((name) => this.#online.has(name));
  }
}
