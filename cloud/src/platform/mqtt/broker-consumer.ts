import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket } from 'mqtt';
import { BrokerLine, type BrokerLineOptions, placeOf } from './broker-line.ts';
import { mqttError } from './mqtt.errors.ts';

export interface BrokerConsumerOptions extends Omit<BrokerLineOptions, 'keepSeconds'> {
  readonly filters: readonly string[];
  /** A process of this name comes back: what comes meanwhile is for it. */
  readonly comesBack: boolean;
  readonly received: (topic: string, payload: Buffer) => Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const REFUSED_FROM = 128;
/** Long enough for a machine to be replaced; a process that died unasked is soon forgotten, or it would get its share. */
const KEPT_SECONDS = 3_600;
const CRASH_SECONDS = 120;
/** Nothing came for so long after the last: there is no more. */
const QUIET_MS = 200;
const REST_MS = 5_000;

/**
 * Takes one message at a time and acknowledges it when it is settled: the library hands over the next one only then.
 * What cannot be stored now is tried again here, since a broker sends it again at the next connect only.
 */
export class BrokerConsumer extends BrokerLine {
  readonly #filters: readonly string[];
  readonly #comesBack: boolean;
  readonly #received: (topic: string, payload: Buffer) => Promise<void>;
  #takes = true;
  #subscribed = false;
  busy = false;
  received = 0;
  receivedBytes = 0;
  failed = 0;

  constructor({ filters, comesBack, received, ...line }: BrokerConsumerOptions) {
    super({ ...line, keepSeconds: comesBack ? KEPT_SECONDS : CRASH_SECONDS });
    this.#filters = filters;
    this.#comesBack = comesBack;
    this.#received = received;
    this.client.handleMessage = (packet, done) => {
      void this.#settle(packet).then((settled) => {
        // Unacknowledged, it waits at the broker for whoever comes next under this name.
        if (settled) done();
      });
    };
    this.client.on('connect', () => {
      if (this.#subscribed) this.greet().catch(() => this.client.reconnect());
    });
  }

  /**
   * Who comes back leaves to the broker what is not settled yet. Who does not asks for no more, and settles what was
   * meant for it: a broker such as mosquitto goes on sharing out to whoever has a session, connected or not.
   */
  async leave(): Promise<void> {
    if (!this.#comesBack && this.open) await this.#settleRest();
    this.#takes = false;
    while (this.busy) await sleep(5);
    await this.stop(2_000, !this.#comesBack);
  }

  async #settleRest(): Promise<void> {
    await this.client.unsubscribeAsync([...this.#filters]).catch(() => {});
    const deadline = performance.now() + REST_MS;
    while (performance.now() < deadline) {
      const before = this.received + this.failed;
      await sleep(QUIET_MS);
      if (!this.busy && this.received + this.failed === before) return;
    }
  }

  /** Again after each connect, also to a session that is still there: it costs nothing, and a broker may have forgotten. */
  protected override async greet(): Promise<void> {
    const granted = await this.client.subscribeAsync([...this.#filters], { qos: 1 });
    const refused = granted.find(({ qos }) => qos >= REFUSED_FROM);
    if (refused) {
      const message = `mqtt.url: the broker at ${placeOf(this.options.place.url)} does not let the hub subscribe to ${refused.topic}; check its access list`;
      throw mqttError('mqtt_broker_refused', { message });
    }
    this.#subscribed = true;
  }

  async #settle({ topic, payload }: IPublishPacket): Promise<boolean> {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    for (let pause = FIRST_PAUSE_MS; this.#takes; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      this.busy = true;
      try {
        await this.#received(topic, bytes);
        this.received += 1;
        this.receivedBytes += bytes.length;
        return true;
      } catch (error) {
        this.failed += 1;
        this.options.logger.warn({ err: error }, 'a message could not be stored yet');
      } finally {
        this.busy = false;
      }
      await sleep(pause);
    }
    return false;
  }
}
