import {
  isReceipted,
  type JournalReceipt,
  openMessage,
  ringOf,
  topicOf,
  type Verifier,
} from '@meterline/contracts';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { TestGateway } from './gateway.ts';

const ROWS = 10;
/** Doubled from one time to the next: a hub that has just come back must not drown in what it was sent before. */
const RESEND_MS = { first: 700, most: 10_000 } as const;

interface Waiting {
  readonly payload: Buffer;
  readonly first: number;
  readonly last: number;
  sentAt: number;
  againMs: number;
}

/** A gateway that keeps what it has sealed until a receipt covers it, and sends it again until then. */
export class CrashGateway {
  readonly gateway: TestGateway;
  readonly #token: string;
  readonly #hub: Verifier;
  readonly #waiting = new Map<number, Waiting>();
  #client: MqttClient | undefined;
  #time: number;
  /** The widest that any receipt has covered: it may be deleted from then on. */
  readonly receipted = new Set<number>();
  journalled = 0;
  /** Receipts that could not be believed. */
  unbelieved = 0;

  constructor(gateway: TestGateway, token: string, hub: Verifier) {
    this.gateway = gateway;
    this.#token = token;
    this.#hub = hub;
    this.#time = Date.now() - 3_600_000;
    this.#keep(gateway.start(Date.now()).payload, 1, 1);
  }

  connect({ url, options }: { readonly url: string; readonly options: IClientOptions }): void {
    const client = connect(url, {
      ...options,
      clientId: this.gateway.id,
      username: this.gateway.id,
      password: this.#token,
      clean: false,
      reconnectPeriod: 200 + Math.random() * 200,
      protocolVersion: 4,
    });
    this.#client = client;
    client.on('error', () => {});
    client.on('message', (topic, payload) => this.#receive(topic, payload));
    client.on('connect', () => {
      client.subscribe(`ml/1/${this.gateway.id}/down/#`, { qos: 1 }, () => {});
      for (const one of this.#waiting.values()) [one.sentAt, one.againMs] = [0, RESEND_MS.first];
      this.resend();
    });
  }

  get isConnected(): boolean {
    return this.#client?.connected ?? false;
  }

  get outstanding(): number {
    return this.#waiting.size;
  }

  /** Reads, journals, seals and sends. */
  work(): void {
    const first = this.gateway.next;
    const rows = Array.from({ length: ROWS }, (_, n) => {
      if (n % 5 === 0) this.#time += 1_000;
      return { point: this.gateway.point(n % 5), time: this.#time, count: first + n };
    });
    this.#keep(this.gateway.counters(rows, Date.now()).payload, first, first + ROWS - 1);
    this.resend();
  }

  resend(): void {
    const now = Date.now();
    if (!this.isConnected) return;
    for (const one of this.#waiting.values()) {
      if (now - one.sentAt < one.againMs) continue;
      if (one.sentAt > 0) one.againMs = Math.min(one.againMs * 2, RESEND_MS.most);
      one.sentAt = now;
      const topic = topicOf({ gateway: this.gateway.id, channel: 'up/readings', deflated: false });
      this.#client?.publish(topic, one.payload, { qos: 1 }, () => {});
    }
  }

  end(): void {
    this.#client?.end(true);
  }

  #keep(payload: Buffer, first: number, last: number): void {
    this.#waiting.set(first, { payload, first, last, sentAt: 0, againMs: RESEND_MS.first });
    this.journalled = last;
  }

  #receive(topic: string, payload: Buffer): void {
    if (!topic.endsWith('/down/receipt')) return;
    const options = { keys: ringOf(this.#hub), deflated: false, gateway: this.gateway.id };
    const opened = openMessage(payload, ['receipt'], options);
    if (!opened.ok) this.unbelieved += 1;
    else for (const journal of opened.message.value.journals) this.#delete(journal);
  }

  #delete(receipt: JournalReceipt): void {
    for (const { first, last } of [...this.#waiting.values()]) {
      const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      if (!numbers.every((number) => isReceipted(receipt, number))) continue;
      for (const number of numbers) this.receipted.add(number);
      this.#waiting.delete(first);
    }
  }
}
