import { type GatewayId, gatewayFilter, LIMITS } from '@meterline/contracts';
import { MqttClient } from 'mqtt';
import { addressOf, type Broker, type Credentials, type Line, openLine } from './broker.ts';
import { ConnectFault, connectFault } from './fault.ts';
import { FrameGuard } from './frame-guard.ts';

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
}

export interface SessionOptions {
  readonly broker: Broker;
  readonly credentials: Credentials | undefined;
  readonly gateway: GatewayId;
  readonly will: Will;
  readonly keepAliveSeconds: number;
  readonly connectTimeoutMs: number;
  /** Subscribe even if the broker remembers this gateway: what is retained comes again. */
  readonly subscribe: boolean;
  /** The broker is to forget what it has kept for this gateway. */
  readonly clean: boolean;
  /** Ends an attempt; a session that stands has its own end. */
  readonly signal: AbortSignal;
  /** PUBACK goes out when it resolves; until then nothing else is taken from the connection. */
  readonly receive: (topic: string, payload: Buffer) => Promise<void> | void;
  readonly onClose: (fault: ConnectFault) => void;
}

export interface Traffic {
  readonly sent: number;
  readonly received: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
}

export interface Session {
  readonly subscribed: boolean;
  /** `done` only when the broker has acknowledged it; never when the connection ends before. */
  publish(topic: string, payload: Buffer, done: () => void): void;
  /** QoS 0: dropped, and false, when the line is busy. */
  offer(topic: string, payload: Buffer): boolean;
  /** Nothing should be added now; also true of one that has ended. */
  readonly isBusy: boolean;
  readonly isOver: boolean;
  traffic(): Traffic;
  /** Goodbye in order, so that the will is not spoken; within the time. */
  end(timeoutMs: number): Promise<void>;
  /** Another session has taken over: its end is no news. */
  supersede(): void;
}

/** Longest packet a hub may send: a payload and its topic. */
const PACKET_BYTES = LIMITS.payloadBytes + 1_024;
const BUSY_BYTES = 256 << 10;
const LIVE_BUSY_BYTES = 16 << 10;

/** One connection, from CONNECT to its end. Nothing is sent again by itself: what counts is in the journal. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { broker } = options;
  const { host, port } = addressOf(broker);
  const place = `${host}:${port}`;
  const connection = new Connection(options, place);
  await connection.connected();
  return connection;
}

class Connection implements Session {
  readonly #options: SessionOptions;
  readonly #place: string;
  readonly #client: MqttClient;
  readonly #line: Line;
  #packetsSent = 0;
  #packetsReceived = 0;
  #fault: unknown;
  #open = false;
  #silent = false;
  #over = false;
  subscribed = false;

  constructor(options: SessionOptions, place: string) {
    this.#options = options;
    this.#place = place;
    const { broker, credentials, gateway, will, keepAliveSeconds, connectTimeoutMs } = options;
    const line = openLine(broker, credentials);
    this.#line = line;
    line.onError((error) => this.#blame(error));
    const guard = new FrameGuard(PACKET_BYTES);
    line.stream.on('data', (chunk: Buffer) => {
      if (guard.pass(chunk)) return;
      this.#blame(new ConnectFault('poisoned', `broker ${place}: it sent a packet that is too large`));
      line.destroy();
    });
    this.#client = new MqttClient(() => line.stream, {
      clientId: gateway,
      clean: options.clean,
      protocolId: 'MQTT',
      protocolVersion: 4,
      keepalive: keepAliveSeconds,
      // Ours comes first, and knows what to say.
      connectTimeout: connectTimeoutMs + 1_000,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: { ...will, qos: 1, retain: false },
      ...(broker.token === undefined ? {} : { username: gateway, password: broker.token }),
    });
    this.#listen();
  }

  #listen(): void {
    const client = this.#client;
    client.on('error', (error) =>
      this.#blame(this.#open && !('code' in error) ? this.#garbled(error) : error),
    );
    client.on('packetsend', () => {
      this.#packetsSent += 1;
    });
    client.on('packetreceive', () => {
      this.#packetsReceived += 1;
    });
    client.handleMessage = ({ topic, payload }, done) => {
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      Promise.resolve(this.#options.receive(topic, bytes)).then(
        () => done(),
        (error: Error) => done(error),
      );
    };
    client.on('close', () => this.#closed());
  }

  /** The library has no code for what is no MQTT. */
  #garbled({ message }: Error): ConnectFault {
    return new ConnectFault(
      'poisoned',
      `broker ${this.#place}: it sent something that is no MQTT: ${message}`,
    );
  }

  /** The first thing that went wrong is the reason; the rest follows from it. */
  #blame(error: unknown): void {
    this.#fault ??= error;
  }

  #closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#line.destroy();
    if (this.#open && !this.#silent) this.#options.onClose(this.#why());
  }

  #why(): ConnectFault {
    if (this.#fault) return connectFault(this.#fault, this.#place);
    const words = this.#open ? 'the connection ended' : 'it does not answer';
    return new ConnectFault(this.#open ? 'interrupted' : 'unreachable', `broker ${this.#place}: ${words}`);
  }

  async connected(): Promise<void> {
    const { connectTimeoutMs, signal } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    let fail = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        fail = () => reject(this.#why());
        if (signal.aborted) fail();
        signal.addEventListener('abort', fail);
        timer = setTimeout(fail, connectTimeoutMs);
        this.#client.once('close', fail);
        this.#client.once('connect', ({ sessionPresent }) => {
          this.#subscribe(sessionPresent).then(resolve, reject);
        });
      });
      this.#open = true;
    } catch (error) {
      this.#over = true;
      this.#client.end(true);
      this.#line.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', fail);
    }
    if (this.#over) throw this.#why();
  }

  async #subscribe(sessionPresent: boolean): Promise<void> {
    const { gateway, subscribe, clean } = this.#options;
    if (clean || (sessionPresent && !subscribe)) return;
    const granted = await this.#client.subscribeAsync(gatewayFilter(gateway), { qos: 1 });
    if (granted.some(({ qos }) => qos > 2)) {
      const words = `it does not let this gateway subscribe to ${gatewayFilter(gateway)}`;
      throw new ConnectFault('refused', `broker ${this.#place}: ${words}`);
    }
    this.subscribed = true;
  }

  publish(topic: string, payload: Buffer, done: () => void): void {
    if (this.#over) return;
    this.#client.publish(topic, payload, { qos: 1 }, (error) => {
      if (!error && !this.#over) done();
    });
  }

  offer(topic: string, payload: Buffer): boolean {
    if (this.#over || this.#line.stream.writableLength > LIVE_BUSY_BYTES) return false;
    this.#client.publish(topic, payload, { qos: 0 });
    return true;
  }

  get isOver(): boolean {
    return this.#over;
  }

  get isBusy(): boolean {
    return this.#over || this.#line.stream.writableLength > BUSY_BYTES;
  }

  traffic(): Traffic {
    return { ...this.#line.bytes(), packetsSent: this.#packetsSent, packetsReceived: this.#packetsReceived };
  }

  supersede(): void {
    this.#silent = true;
  }

  async end(timeoutMs: number): Promise<void> {
    this.#silent = true;
    if (this.#over) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#client.end(false, {}, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#line.destroy();
  }
}
