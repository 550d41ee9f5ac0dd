import { matches } from './topic-filter.ts';

/** What of a message is kept for a client. The broker finds it by its count first, later by the number it went out with. */
export interface Kept {
  readonly cmd: 'publish';
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly brokerId?: string;
  readonly brokerCounter?: number;
  /** The newest of its topic says all: an older one that has not gone out yet is not worth sending. */
  readonly latest?: boolean;
  messageId?: number;
}

export interface SessionLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** What the broker knows of one client, connected or not: its subscriptions, and what it has not acknowledged. */
export class Session {
  readonly filters = new Map<string, number>();
  /** QoS 2 that came up and awaits its PUBREL: numbers only, since the message is settled already. */
  readonly incoming = new Set<number>();
  #queue: Kept[] = [];
  #bytes = 0;
  lastSeen: number;

  constructor(now: number) {
    this.lastSeen = now;
  }

  get queue(): readonly Kept[] {
    return this.#queue;
  }

  /** The best QoS at which it asked for the topic; undefined when it did not. */
  granted(topic: string): number | undefined {
    let best: number | undefined;
    for (const [filter, qos] of this.filters) if (matches(filter, topic)) best = Math.max(best ?? 0, qos);
    return best;
  }

  /** Beyond the limits the oldest goes: a receipt is computed again, a command has run out. Returns how many went. */
  keep(packet: Kept, limits: SessionLimits): number {
    if (packet.latest) this.#replace(packet.topic);
    this.#queue.push(packet);
    this.#bytes += sizeOf(packet);
    let dropped = 0;
    while (this.#queue.length > 1 && (this.#queue.length > limits.messages || this.#bytes > limits.bytes)) {
      this.#remove(0);
      dropped += 1;
    }
    return dropped;
  }

  /** Its number for the client. One that was dropped meanwhile goes out all the same, and is not repeated. */
  number({ brokerId, brokerCounter, messageId }: Kept): void {
    const kept = this.#queue.find(
      (other) => other.brokerId === brokerId && other.brokerCounter === brokerCounter,
    );
    if (kept && messageId !== undefined) kept.messageId = messageId;
  }

  /** What nobody has tried to send yet. */
  takeUnsent(): Kept[] {
    const unsent = this.#queue.filter(({ messageId }) => messageId === undefined);
    this.#queue = this.#queue.filter(({ messageId }) => messageId !== undefined);
    for (const packet of unsent) this.#bytes -= sizeOf(packet);
    return unsent;
  }

  acknowledge(messageId: number | undefined): Kept | undefined {
    return this.#remove(this.#queue.findIndex((packet) => packet.messageId === messageId));
  }

  #replace(topic: string): void {
    const at = this.#queue.findIndex(
      (other) => other.latest && other.topic === topic && other.messageId === undefined,
    );
    this.#remove(at);
  }

  #remove(at: number): Kept | undefined {
    const [packet] = at < 0 ? [] : this.#queue.splice(at, 1);
    this.#bytes -= packet ? sizeOf(packet) : 0;
    return packet;
  }
}

const sizeOf = ({ topic, payload }: Kept): number => topic.length + payload.length;
