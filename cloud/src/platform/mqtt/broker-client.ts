import { createHmac } from 'node:crypto';
import type { Logger } from '../telemetry/index.ts';
import { BrokerConsumer } from './broker-consumer.ts';
import { BrokerLine, type BrokerPlace } from './broker-line.ts';
import { mqttError } from './mqtt.errors.ts';
import type { MqttDoor, MqttDoorHandlers, MqttDoorStats, PublishOptions } from './mqtt-door.ts';

export interface BrokerClientOptions {
  readonly place: BrokerPlace;
  /** Of this process and no other. */
  readonly clientId: string;
  /** A process of the same name comes after this one, and finds under it what the broker has kept. */
  readonly comesBack: boolean;
  /** Consumers with the same one, and the same password, share the messages between them, over all processes. */
  readonly group: string;
  readonly filters: readonly string[];
  /** Each takes one message at a time, so this is how many may wait for a commit together. */
  readonly consumers: number;
  readonly packetBytes: number;
  /** How long a broker may take to answer when the process begins. */
  readonly startMs: number;
  readonly logger: Logger;
}

/** Published and not acknowledged by the broker yet; beyond it the caller hears of it. */
const MOST_UNDER_WAY = 5_000;

/** Another broker (mosquitto, EMQX): consumers of a shared subscription, which acknowledge what is settled. */
export function createBrokerClient(options: BrokerClientOptions, handlers: MqttDoorHandlers): MqttDoor {
  return new BrokerClient(options, handlers);
}

class BrokerClient implements MqttDoor {
  readonly #consumers: readonly BrokerConsumer[];
  readonly #out: BrokerLine;
  readonly #startMs: number;
  #published = 0;
  #unpublished = 0;
  #underWay = 0;

  constructor(options: BrokerClientOptions, handlers: MqttDoorHandlers) {
    const { place, clientId, comesBack, filters, packetBytes, logger } = options;
    const group = unguessable(options.group, place.password);
    this.#consumers = Array.from(
      { length: options.consumers },
      (_, i) =>
        new BrokerConsumer({
          place,
          clientId: `${clientId}-${i + 1}`,
          filters: filters.map((filter) => `$share/${group}/${filter}`),
          packetBytes,
          comesBack,
          logger,
          received: (topic, payload) => handlers.received(undefined, topic, payload),
        }),
    );
    this.#startMs = options.startMs;
    // Of its own: a consumer that waits for a commit hears no acknowledgement.
    this.#out = new BrokerLine({ place, clientId: `${clientId}-out`, keepSeconds: 0, packetBytes, logger });
  }

  async start(): Promise<void> {
    const lines = [this.#out, ...this.#consumers];
    try {
      await Promise.all(lines.map((line) => line.start(this.#startMs)));
    } catch (error) {
      await Promise.all(lines.map((line) => line.stop(0)));
      throw error;
    }
  }

  async publish(topic: string, payload: Buffer, { retain = false }: PublishOptions = {}): Promise<void> {
    if (!this.#out.open || this.#underWay >= MOST_UNDER_WAY) {
      this.#unpublished += 1;
      throw mqttError('mqtt_unavailable');
    }
    this.#underWay += 1;
    try {
      await this.#out.publish(topic, payload, retain);
      this.#published += 1;
    } catch (cause) {
      this.#unpublished += 1;
      throw mqttError('mqtt_unavailable', { cause });
    } finally {
      this.#underWay -= 1;
    }
  }

  /** The broker has its own list of whom it lets in. */
  disconnect(): void {}

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.leave()));
    await this.#out.stop(2_000);
  }

  stats(): MqttDoorStats {
    const sum = (read: (consumer: BrokerConsumer) => number) =>
      this.#consumers.reduce((total, consumer) => total + read(consumer), 0);
    const connections = sum(({ open }) => Number(open));
    return {
      connections,
      open: connections > 0,
      inFlight: sum(({ busy }) => Number(busy)),
      received: sum(({ received }) => received),
      receivedBytes: sum(({ receivedBytes }) => receivedBytes),
      failed: sum(({ failed }) => failed),
      published: this.#published,
      unpublished: this.#unpublished,
      refused: {},
      sessions: 0,
    };
  }
}

/**
 * mosquitto lets anybody subscribe to anything and judges only what it delivers: whoever had joined our group would be
 * given a share of everybody's messages, which would then be thrown away. So only who knows the password knows the name.
 */
function unguessable(group: string, password: string | undefined): string {
  if (password === undefined) return group;
  return `${group}-${createHmac('sha256', password).update(group).digest('hex').slice(0, 32)}`;
}
