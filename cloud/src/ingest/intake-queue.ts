import { parseTopic } from '@meterline/contracts';
import { FairLane, type Lane, laneOf } from './domain/lanes.ts';
import type { IncomingMessage, Settled } from './intake.ts';
import { sealedHint } from './lane-hint.ts';

/** A message that somebody waits for. */
export interface Waiting {
  readonly message: IncomingMessage;
  readonly lane: Lane;
  readonly settle: (settled: Settled) => void;
  readonly fail: (error: unknown) => void;
}

export interface QueueLimits {
  /** Payload bytes that wait or are being committed. */
  readonly bytes: number;
  /** Of one gateway: a tenth may not fill the room of all. */
  readonly gatewayBytes: number;
}

/** What a message costs beside its payload: objects, promises, the opened rows. */
const OVERHEAD_BYTES = 1_024;
const costOf = ({ payload }: IncomingMessage): number => payload.length + OVERHEAD_BYTES;

/**
 * Messages between the doors and the commits. Its room is counted in bytes: when it is used up, of all or of one
 * gateway, the door waits, and the network with it.
 */
export class IntakeQueue {
  readonly #limits: QueueLimits;
  readonly #lanes: Readonly<Record<Lane, FairLane<Waiting>>> = {
    live: new FairLane(),
    backfill: new FairLane(),
  };
  /** Bytes of each gateway, from its door to the commit. */
  readonly #bytes = new Map<string, number>();
  /** Messages that found no room, by gateway, in their order. */
  readonly #outside = new Map<string, Waiting[]>();
  readonly #sleepers = new Set<() => void>();
  #total = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#total;
  }

  get messages(): number {
    return this.#lanes.live.size + this.#lanes.backfill.size;
  }

  get waitingOutside(): number {
    let count = 0;
    for (const list of this.#outside.values()) count += list.length;
    return count;
  }

  sizeOf(lane: Lane): number {
    return this.#lanes[lane].size;
  }

  push(message: IncomingMessage): Promise<Settled> {
    const deflated = parseTopic(message.topic)?.deflated ?? false;
    const lane = laneOf(sealedHint(message.payload, deflated), message.receivedAt);
    return new Promise((settle, fail) => {
      const waiting: Waiting = { message, lane, settle, fail };
      const line = this.#outside.get(message.gateway);
      if (line) line.push(waiting);
      else if (this.#hasRoom(waiting)) this.#admit(waiting);
      else this.#outside.set(message.gateway, [waiting]);
    });
  }

  take(lane: Lane, busy: (gateway: string) => boolean): Waiting | undefined {
    return this.#lanes[lane].take(busy)?.item;
  }

  charge({ message, lane }: Waiting, rows: number): void {
    this.#lanes[lane].charge(message.gateway, rows);
  }

  /** Could not be done; comes first when it is tried again. */
  putBack(list: readonly Waiting[]): void {
    for (const waiting of list.toReversed())
      this.#lanes[waiting.lane].putBack(waiting.message.gateway, waiting);
  }

  /** Its bytes are gone from here, whatever became of it. */
  release({ message }: Waiting): void {
    const left = (this.#bytes.get(message.gateway) ?? 0) - costOf(message);
    if (left > 0) this.#bytes.set(message.gateway, left);
    else this.#bytes.delete(message.gateway);
    this.#total -= costOf(message);
    this.#letIn();
  }

  /** Resolves when something may be there to take. */
  something(): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.add(resolve);
    });
  }

  wake(): void {
    for (const wake of this.#sleepers) wake();
    this.#sleepers.clear();
  }

  /** Everything that still waits: to be told that nobody will do it. */
  drain(): Waiting[] {
    const all = [...this.#outside.values()].flat();
    this.#outside.clear();
    for (const lane of Object.values(this.#lanes)) {
      for (let next = lane.take(() => false); next; next = lane.take(() => false)) all.push(next.item);
    }
    return all;
  }

  /** A message always finds room when nothing else is here: the largest must not wait for ever. */
  #hasRoom({ message }: Waiting): boolean {
    const own = this.#bytes.get(message.gateway) ?? 0;
    const cost = costOf(message);
    if (own > 0 && own + cost > this.#limits.gatewayBytes) return false;
    return this.#total === 0 || this.#total + cost <= this.#limits.bytes;
  }

  #admit(waiting: Waiting): void {
    const { message, lane } = waiting;
    this.#bytes.set(message.gateway, (this.#bytes.get(message.gateway) ?? 0) + costOf(message));
    this.#total += costOf(message);
    this.#lanes[lane].push(message.gateway, waiting);
    this.wake();
  }

  /** One of each gateway in turn, as long as there is room. */
  #letIn(): void {
    for (const [gateway, line] of [...this.#outside]) {
      const [first] = line;
      if (!first || !this.#hasRoom(first)) continue;
      line.shift();
      this.#outside.delete(gateway);
      if (line.length > 0) this.#outside.set(gateway, line);
      this.#admit(first);
    }
  }
}
