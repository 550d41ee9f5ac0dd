import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket } from 'mqtt';
import { BrokerLine, type BrokerLineOptions, placeOf } from './broker-line.ts';
import { mqttError } from './mqtt.errors.ts';

export interface BrokerConsumerOptions extends Omit<BrokerLineOptions, 'keep'> {
  readonly filters: readonly string[];
  readonly received: (topic: string, payload: Buffer) => Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const REFUSED_FROM = 128;

/**
 * Takes one message at a time and acknowledges it when it is settled: the library hands over the next one only then.
 * What cannot be stored now is tried again here, since a broker sends it again at the next connect only.
 */
export class BrokerConsumer extends BrokerLine {
  readonly #filters: readonly string[];
  readonly #received: (topic: string, payload: Buffer) => Promise<void>;
  #takes = true;
  #subscribed = false;
  busy = false;
  received = 0;
  receivedBytes = 0;
  failed = 0;

  constructor({ filters, received, ...line }: BrokerConsumerOptions) {
    super({ ...line, keep: true });
    this.#filters = filters;
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

  takeNoMore(): void {
    this.#takes = false;
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
