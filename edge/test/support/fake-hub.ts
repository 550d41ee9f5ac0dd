import { connect as tcpConnect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import {
  type Command,
  type Config,
  type ConfigReport,
  deflate,
  type GatewayId,
  HUB_FILTERS,
  type HubKeys,
  type KeyRing,
  type Live,
  openDelivery,
  type Receipt,
  type Result,
  receiptSchema,
  ringOf,
  type Signer,
  type Status,
  sealMessage,
  topicOf,
  type Verifier,
  verifierOf,
} from '@meterline/contracts';
import { type IClientOptions, MqttClient } from 'mqtt';
import { FakeHubStore } from './fake-hub-store.ts';

/** What goes wrong on purpose; chances from 0 to 1. */
export interface HubFaults {
  /** A batch that arrived is lost before its commit. */
  readonly lose: number;
  /** A receipt is not sent. */
  readonly forgetReceipt: number;
  readonly duplicateReceipt: number;
  /** An old receipt is sent again after the new one. */
  readonly reorderReceipt: number;
  /** ms from the commit to its receipt; several commits share one. */
  readonly receiptAfterMs: number;
  /** Nothing is read from the broker for this long before each batch. */
  readonly slowMs: number;
}

const NO_FAULTS: HubFaults = {
  lose: 0,
  forgetReceipt: 0,
  duplicateReceipt: 0,
  reorderReceipt: 0,
  receiptAfterMs: 10,
  slowMs: 0,
};

export interface FakeHubOptions {
  /** `mqtt://` or `mqtts://`, of the broker itself. */
  readonly url: string;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly signer: Signer;
  /** DER, base64: the certificate of the signing key. Published, retained, to each gateway. */
  readonly keyCertificate?: string;
  readonly gateways: ReadonlyMap<GatewayId, readonly Verifier[]>;
  readonly faults?: Partial<HubFaults>;
  readonly random?: () => number;
  /** False: only the numbers are kept, not the values. */
  readonly keepReadings?: boolean;
  readonly now?: () => number;
}

export interface Arrival {
  readonly gateway: GatewayId;
  readonly digest: string;
  readonly journal: string;
  readonly number: number;
  readonly kind: string;
  readonly bytes: number;
  readonly at: number;
}

/**
 * A hub as the contract has it, over a real broker: believes only what it can check, commits, then signs what it
 * has. It can lose, delay, repeat, forge and be away, and it keeps the truth to compare with. One process, in memory.
 */
export class FakeHub {
  readonly store: FakeHubStore;
  readonly statuses: Status[] = [];
  readonly reports: ConfigReport[] = [];
  readonly results: Result[] = [];
  readonly lives: Live[] = [];
  /** What was not believed. */
  readonly refused: string[] = [];
  readonly arrivals: Arrival[] = [];
  /** Commands that boundary readings name. */
  readonly asked = new Set<string>();
  receipts = 0;
  /** Missing ranges in each receipt so far. */
  readonly holes: number[] = [];
  bytes = 0;
  faults: HubFaults;
  private readonly options: FakeHubOptions;
  private readonly random: () => number;
  private readonly rings = new Map<GatewayId, KeyRing>();
  private readonly seen = new Set<GatewayId>();
  private client: MqttClient | undefined;
  private timers = new Map<GatewayId, NodeJS.Timeout>();
  private older = new Map<GatewayId, Buffer>();
  private lastAt = 0;

  constructor(options: FakeHubOptions, store?: FakeHubStore) {
    this.options = options;
    this.random = options.random ?? Math.random;
    this.faults = { ...NO_FAULTS, ...options.faults };
    this.store = store ?? new FakeHubStore({ keepReadings: options.keepReadings ?? true });
    for (const [gateway, keys] of options.gateways) this.rings.set(gateway, ringOf(...keys));
  }

  /** Comes (back). What the broker kept meanwhile is delivered. */
  async start(): Promise<void> {
    const { url, tls } = this.options;
    const { hostname: host, port } = new URL(url);
    const place = { host, port: Number(port) };
    const options: IClientOptions = {
      clientId: 'fake-hub',
      clean: false,
      protocolId: 'MQTT',
      protocolVersion: 4,
      reconnectPeriod: 200,
      keepalive: 60,
    };
    const client = new MqttClient(
      () => (tls ? tlsConnect({ ...place, ...tls }) : tcpConnect(place)),
      options,
    );
    client.on('error', () => {});
    client.handleMessage = ({ topic, payload }, done) => {
      this.take(topic, Buffer.from(payload)).then(
        () => done(),
        (error: Error) => {
          this.refused.push(`the fake hub itself: ${error.message}`);
          done();
        },
      );
    };
    this.client = client;
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    await client.subscribeAsync([...HUB_FILTERS], { qos: 1 });
    for (const gateway of this.rings.keys()) await this.publishKeys(gateway);
  }

  /** The same database at another broker. */
  movedTo(url: string): FakeHub {
    const { gateways } = this.options;
    const moved = new FakeHub({ ...this.options, url, faults: this.faults }, this.store);
    for (const gateway of gateways.keys()) moved.seen.add(gateway);
    moved.lastAt = this.lastAt;
    moved.refused.push(...this.refused);
    return moved;
  }

  /** Goes away: the broker stays, and keeps what comes, as far as it will. */
  async stop(): Promise<void> {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    const { client } = this;
    this.client = undefined;
    await client?.endAsync(true);
  }

  private async take(topicText: string, payload: Buffer): Promise<void> {
    if (this.faults.slowMs > 0) await sleep(this.faults.slowMs);
    const opened = openDelivery(
      topicText,
      payload,
      (gateway) => this.rings.get(gateway) ?? (() => undefined),
    );
    if (!opened.ok) {
      this.refused.push(`${topicText}: ${opened.reason}: ${opened.detail}`);
      return;
    }
    const { delivery } = opened;
    const { gateway } = delivery.topic;
    if (delivery.is === 'batch') {
      const { digest, head } = delivery.batch;
      const { journal, batch: number, type } = head;
      const kind = type === 'readings' ? head.class : type;
      this.arrivals.push({
        gateway,
        digest,
        journal,
        number,
        kind,
        bytes: payload.length,
        at: performance.now(),
      });
      this.bytes += payload.length;
      if (head.type === 'boundary' && head.command !== undefined) this.asked.add(head.command);
      if (this.random() < this.faults.lose) return;
      this.store.commit(delivery.batch);
      this.seen.add(gateway);
      this.receiptSoon(gateway);
    } else if (delivery.is === 'live') this.lives.push(delivery.live);
    else if (delivery.is === 'message') this.hear(delivery.message.kind, delivery.message.value, gateway);
  }

  private hear(kind: string, value: unknown, gateway: GatewayId): void {
    if (kind === 'result') this.results.push(value as Result);
    else if (kind === 'config-report') this.reports.push(value as ConfigReport);
    else if (kind === 'status') {
      this.statuses.push(value as Status);
      // The contract: repeated at connect.
      if ((value as Status).is.state === 'online' && this.seen.has(gateway)) this.receiptSoon(gateway);
    }
  }

  private receiptSoon(gateway: GatewayId): void {
    if (this.timers.has(gateway)) return;
    const timer = setTimeout(() => {
      this.timers.delete(gateway);
      this.sendReceipt(gateway);
    }, this.faults.receiptAfterMs);
    this.timers.set(gateway, timer);
  }

  receipt(gateway: GatewayId, part: Partial<Receipt> = {}): Receipt {
    this.lastAt = Math.max(this.lastAt + 1, (this.options.now ?? Date.now)());
    return receiptSchema.parse({ v: 1, gateway, at: this.lastAt, journals: this.store.receipts(), ...part });
  }

  sendReceipt(gateway: GatewayId, part: Partial<Receipt> = {}): void {
    if (this.random() < this.faults.forgetReceipt) return;
    const receipt = this.receipt(gateway, part);
    this.holes.push(...receipt.journals.map(({ missing }) => missing.length));
    const sealed = sealMessage('receipt', receipt, this.options.signer);
    const older = this.older.get(gateway);
    this.older.set(gateway, sealed);
    this.down(gateway, 'down/receipt', sealed);
    if (this.random() < this.faults.duplicateReceipt) this.down(gateway, 'down/receipt', sealed);
    if (older && this.random() < this.faults.reorderReceipt) this.down(gateway, 'down/receipt', older);
    this.receipts += 1;
  }

  config(config: Config): void {
    this.down(config.gateway, 'down/config', sealMessage('config', config, this.options.signer), true);
  }

  command(command: Command): void {
    this.down(command.gateway, 'down/command', sealMessage('command', command, this.options.signer));
  }

  async publishKeys(gateway: GatewayId, more: HubKeys['keys'] = []): Promise<void> {
    const { keyCertificate, signer } = this.options;
    if (keyCertificate === undefined) return;
    const keys: HubKeys = { v: 1, keys: [{ id: signer.keyId, certificate: keyCertificate }, ...more] };
    const topic = topicOf({ gateway, channel: 'down/keys', deflated: false });
    await this.client?.publishAsync(topic, JSON.stringify(keys), { qos: 1, retain: true });
  }

  /** Any bytes on any topic: what an attacker on the broker could do. */
  raw(topic: string, payload: Buffer): void {
    this.client?.publish(topic, payload, { qos: 1 });
  }

  private down(
    gateway: GatewayId,
    channel: 'down/receipt' | 'down/config' | 'down/command',
    sealed: Buffer,
    retain = false,
  ): void {
    const deflated = sealed.length > 600;
    const topic = topicOf({ gateway, channel, deflated });
    this.client?.publish(topic, deflated ? deflate(sealed) : sealed, { qos: 1, retain });
  }
}

export function verifierFor(signer: Signer): Verifier {
  const verifier = verifierOf(signer.publicKey);
  if (!verifier.ok) throw new Error(verifier.detail);
  return verifier.key;
}
