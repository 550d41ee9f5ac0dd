import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import { type Kept, Session, type SessionLimits } from './session.ts';
import { matches } from './topic-filter.ts';

export interface SessionStoreLimits extends SessionLimits {
  /** Sessions of clients that are away, and topics whose newest message is kept. */
  readonly sessions: number;
  /** After so long away a client is forgotten. */
  readonly expiryMs: number;
}

/** Whose a topic or a filter is: the only name it may be published to, or subscribed by. */
export type OwnerOf = (topic: string) => string | undefined;

interface Named {
  readonly id: string;
}

/**
 * What aedes asks of its persistence, in memory and within limits. It routes nothing: messages are kept for one client by
 * name, never by who subscribed to what, so that no subscription, however it came about, leads to another's messages.
 */
export class SessionStore {
  readonly #limits: SessionStoreLimits;
  readonly #now: () => number;
  /** Aedes stores whatever stood in a SUBSCRIBE, also what it has refused. */
  readonly #granted: (client: Client, filter: string) => boolean;
  readonly #ownerOf: OwnerOf;
  readonly #sessions = new Map<string, Session>();
  /** By owner, then topic: a subscription looks at its own few. */
  readonly #retained = new Map<string, Map<string, Kept>>();
  #counter = 0;
  dropped = 0;

  constructor(
    limits: SessionStoreLimits,
    now: () => number,
    granted: (client: Client, filter: string) => boolean,
    ownerOf: OwnerOf,
  ) {
    this.#limits = limits;
    this.#now = now;
    this.#granted = granted;
    this.#ownerOf = ownerOf;
  }

  get size(): number {
    return this.#sessions.size;
  }

  of(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** For a client that is away. */
  keepFor(session: Session, topic: string, payload: Buffer, latest: boolean): void {
    this.#counter += 1;
    const count = { brokerId: 'kept', brokerCounter: this.#counter };
    const packet: Kept = {
      cmd: 'publish',
      topic,
      payload,
      qos: 1,
      retain: false,
      dup: false,
      latest,
      ...count,
    };
    this.dropped += session.keep(packet, this.#limits);
  }

  retain(topic: string, payload: Buffer): void {
    const owner = this.#ownerOf(topic);
    if (owner === undefined) return;
    const own = this.#retained.get(owner) ?? new Map<string, Kept>();
    if (payload.length === 0) own.delete(topic);
    else own.set(topic, { cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false });
    if (own.size > 0) this.#retained.set(owner, own);
    else this.#retained.delete(owner);
  }

  /** Of those who are away, whoever was seen long ago, or first. `online` is never forgotten. */
  sweep(online: (id: string) => boolean): void {
    const now = this.#now();
    const away: [string, Session][] = [];
    for (const [id, session] of this.#sessions) {
      if (online(id)) session.lastSeen = now;
      else if (now - session.lastSeen > this.#limits.expiryMs) this.#sessions.delete(id);
      else away.push([id, session]);
    }
    const beyond = this.#sessions.size - this.#limits.sessions;
    if (beyond <= 0) return;
    away.sort(([, a], [, b]) => a.lastSeen - b.lastSeen);
    for (const [id] of away.slice(0, beyond)) this.#sessions.delete(id);
  }

  forget(id: string): void {
    this.#sessions.delete(id);
  }

  // From here on: what aedes calls.

  async setup(): Promise<void> {}

  async addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    for (const { topic, qos } of subscriptions)
      if (this.#granted(client, topic)) this.#ensure(client.id).filters.set(topic, qos);
  }

  async removeSubscriptions({ id }: Named, filters: readonly string[]): Promise<void> {
    for (const filter of filters) this.#sessions.get(id)?.filters.delete(filter);
  }

  async subscriptionsByClient({ id }: Named): Promise<{ topic: string; qos: number }[]> {
    return [...(this.#sessions.get(id)?.filters ?? [])].map(([topic, qos]) => ({ topic, qos }));
  }

  /** A clean session begins: nothing of the one before is left. */
  async cleanSubscriptions({ id }: Named): Promise<void> {
    this.#sessions.delete(id);
  }

  async outgoingEnqueue({ clientId }: { clientId: string }, packet: Kept): Promise<void> {
    this.dropped += this.#ensure(clientId).keep(packet, this.#limits);
  }

  async outgoingUpdate({ id }: Named, packet: Kept): Promise<void> {
    this.#sessions.get(id)?.number(packet);
  }

  async outgoingClearMessageId({ id }: Named, { messageId }: Partial<Kept>): Promise<Kept | undefined> {
    return this.#sessions.get(id)?.acknowledge(messageId);
  }

  outgoingStream({ id }: Named): Readable {
    return Readable.from([...(this.#sessions.get(id)?.queue ?? [])]);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const found = filters.flatMap((filter) => {
      const own = this.#retained.get(this.#ownerOf(filter) ?? '');
      return [...(own?.values() ?? [])].filter(({ topic }) => matches(filter, topic));
    });
    return Readable.from(new Set(found));
  }

  async incomingGetPacket({ id }: Named, { messageId }: Partial<Kept>): Promise<Partial<Kept>> {
    if (messageId === undefined || !this.#sessions.get(id)?.incoming.has(messageId))
      throw new Error('no such packet');
    return { messageId };
  }

  async incomingStorePacket({ id }: Named, { messageId }: Partial<Kept>): Promise<void> {
    if (messageId !== undefined) this.#ensure(id).incoming.add(messageId);
  }

  async incomingDelPacket({ id }: Named, { messageId }: Partial<Kept>): Promise<void> {
    if (messageId !== undefined) this.#sessions.get(id)?.incoming.delete(messageId);
  }

  async cleanIncoming({ id }: Named): Promise<void> {
    this.#sessions.get(id)?.incoming.clear();
  }

  /** Wills are spoken when their connection ends, by this process or not at all. */
  async putWill(client: Client): Promise<Client> {
    return client;
  }

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }

  #ensure(id: string): Session {
    const known = this.#sessions.get(id);
    if (known) return known;
    const session = new Session(this.#now());
    this.#sessions.set(id, session);
    return session;
  }
}
