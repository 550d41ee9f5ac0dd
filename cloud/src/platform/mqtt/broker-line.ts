import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../telemetry/index.ts';
import { mqttError } from './mqtt.errors.ts';

/** Where the broker is, and as whom to come. */
export interface BrokerPlace {
  /** `mqtts://host:port`, or `mqtt://` on a network that is trusted. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface BrokerLineOptions {
  readonly place: BrokerPlace;
  readonly clientId: string;
  /** How long the broker keeps what comes while this line is down, in seconds. */
  readonly keepSeconds: number;
  readonly packetBytes: number;
  readonly logger: Logger;
}

/** Sent and not acknowledged: it bounds what lies in memory here when a commit takes long. */
const RECEIVE_MAXIMUM = 8;
const RECONNECT_MS = 1_000;
/** Reason codes of MQTT 5, §3.2.2.2, and return codes of 3.1.1 that do not pass by themselves. */
const REFUSED: ReadonlySet<unknown> = new Set([2, 4, 5, 132, 133, 134, 135, 138, 140]);

/** One connection to the broker, kept up. */
export class BrokerLine {
  protected readonly options: BrokerLineOptions;
  protected readonly client: MqttClient;
  #trouble: Error | undefined;

  constructor(options: BrokerLineOptions) {
    this.options = options;
    this.client = connect(options.place.url, clientOptions(options));
    this.client.on('error', (error) => this.#troubled(error));
    this.client.on('close', () => this.#troubled(new Error('the connection ended')));
    this.client.on('connect', () => this.#mended());
  }

  get open(): boolean {
    return this.client.connected;
  }

  /** Resolves when it stands. Afterwards it comes back by itself. */
  async start(timeoutMs: number): Promise<void> {
    const { promise: stands, resolve, reject } = Promise.withResolvers<void>();
    // It may leave again in the middle: the next connect is another try, until the time is up.
    const greet = () => {
      this.greet().then(resolve, (error) => {
        if (isAppError(error, 'mqtt_broker_refused')) reject(error);
      });
    };
    this.client.on('connect', greet);
    this.client.on('error', (error: Error & { code?: unknown }) => {
      if (REFUSED.has(error.code)) reject(this.#refused(error));
    });
    const timer = setTimeout(() => reject(this.#unreachable()), timeoutMs);
    this.client.connect();
    try {
      await stands;
    } finally {
      clearTimeout(timer);
      this.client.off('connect', greet);
    }
  }

  async publish(topic: string, payload: Buffer, retain: boolean): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos: 1, retain });
  }

  /** `forget`: nobody of this name comes back. */
  async stop(timeoutMs: number, forget = false): Promise<void> {
    const goodbye = forget ? { properties: { sessionExpiryInterval: 0 } } : {};
    const ended = new Promise<void>((resolve) => this.client.end(timeoutMs === 0, goodbye, () => resolve()));
    const late = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs + 100).unref());
    await Promise.race([ended, late]);
    this.client.end(true);
  }

  /** What is to be said after each connect. */
  protected async greet(): Promise<void> {}

  /** Once for each trouble, and once when it is over: a broker that is away must not fill the log. */
  #troubled(error: Error): void {
    if (this.client.disconnecting || this.#trouble) return;
    this.#trouble = error;
    this.options.logger.warn(
      { err: error, client: this.options.clientId },
      'the MQTT broker is not connected',
    );
  }

  #mended(): void {
    if (this.#trouble) this.options.logger.info({ client: this.options.clientId }, 'the MQTT broker is back');
    this.#trouble = undefined;
  }

  #unreachable(): Error {
    const why = this.#trouble?.message || 'no answer';
    const message = `mqtt.url: the broker at ${placeOf(this.options.place.url)} cannot be reached: ${why}`;
    return mqttError('mqtt_unavailable', { message, cause: this.#trouble });
  }

  #refused(cause: Error): Error {
    const message = `mqtt.url: the broker at ${placeOf(this.options.place.url)} does not let the hub in: ${cause.message}; check user name, password and its access list`;
    return mqttError('mqtt_broker_refused', { message, cause });
  }
}

export const placeOf = (url: string): string => new URL(url).host;

function clientOptions({ place, clientId, keepSeconds, packetBytes }: BrokerLineOptions): IClientOptions {
  const { url: _, ...credentials } = place;
  return {
    ...credentials,
    clientId,
    manualConnect: true,
    protocolVersion: 5,
    clean: keepSeconds === 0,
    keepalive: 30,
    connectTimeout: 10_000,
    reconnectPeriod: RECONNECT_MS + Math.round(Math.random() * RECONNECT_MS),
    resubscribe: false,
    queueQoSZero: false,
    properties: {
      receiveMaximum: RECEIVE_MAXIMUM,
      maximumPacketSize: packetBytes,
      ...(keepSeconds > 0 && { sessionExpiryInterval: keepSeconds }),
    },
  };
}
