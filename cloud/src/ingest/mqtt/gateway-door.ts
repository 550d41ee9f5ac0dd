import { setTimeout as sleep } from 'node:timers/promises';
import { type GatewayId, parseTopic, type Signer, topicOf } from '@meterline/contracts';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { MqttDoorHandlers, MqttDoorStats, MqttPrincipal } from '../../platform/mqtt/index.ts';
import type { DoorKeys } from '../../platform/pki/index.ts';
import type { Logger } from '../../platform/telemetry/index.ts';
import type { GatewayDirectory } from '../../sites/index.ts';
import type { DownChannel, Downlink } from '../downlink.ts';
import type { Intake } from '../intake.ts';
import { GatewayAccess, gatewayOf } from './gateway-access.ts';
import { hubKeysPayload, signerOf } from './hub-keys.ts';
import { type MqttConfig, type OpenBroker, openBroker } from './open-broker.ts';
import { type RefusalCount, RefusalTally } from './refusal-tally.ts';

export interface GatewayDoorOptions {
  readonly config: MqttConfig;
  readonly directory: GatewayDirectory;
  /** Rejects with `pki_not_made` until a process that may has made them. */
  readonly loadKeys: () => Promise<DoorKeys>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Writes down what was turned away. */
  readonly countRefusals?: (counts: readonly RefusalCount[]) => Promise<void>;
}

/** What is behind the door. */
export type GatewayIntake = Pick<Intake, 'message'> & { connected(gateway: GatewayId): void };

const KEYS_WAIT_MS = 60_000;
const KEYS_AGAIN_MS = 10 * 60_000;
const JUDGE_EVERY_MS = 2_000;
const COUNT_EVERY_MS = 5_000;
/** Gateways that have been told the keys; beyond it some hear them again. */
const MOST_TOLD = 50_000;

/** Gateways come in here, whatever the broker is: topics to the pipeline, receipts and keys back down. */
export class GatewayDoor implements Downlink {
  readonly #options: GatewayDoorOptions;
  readonly #access: GatewayAccess;
  readonly #present = new Map<string, MqttPrincipal>();
  readonly #told = new Set<GatewayId>();
  readonly #refusals = new RefusalTally();
  #intake: GatewayIntake | undefined;
  #keys: DoorKeys | undefined;
  #open: OpenBroker | undefined;
  #timers: NodeJS.Timeout[] = [];
  #judging = false;

  constructor(options: GatewayDoorOptions) {
    this.#options = options;
    this.#access = new GatewayAccess(options.directory);
  }

  /** Loads the hub's keys; another process may just be making them. To be done before anything is signed. */
  async prepare(): Promise<void> {
    const deadline = this.#options.clock.monotonicMs() + KEYS_WAIT_MS;
    for (;;) {
      try {
        this.#keys = await this.#options.loadKeys();
        return;
      } catch (error) {
        const waits = isAppError(error, 'pki_not_made') && this.#options.clock.monotonicMs() < deadline;
        if (!waits) throw error;
        await sleep(500);
      }
    }
  }

  /** The key that signs what goes down. */
  signer(): Signer {
    return signerOf(this.#demandKeys());
  }

  async start(intake: GatewayIntake): Promise<void> {
    this.#intake = intake;
    const { config, clock, logger } = this.#options;
    const open = openBroker(config, this.#demandKeys(), this.#handlers(), { clock, logger });
    this.#open = open;
    await open.door.start();
    this.#every(KEYS_AGAIN_MS, () => this.#renewKeys());
    this.#every(JUDGE_EVERY_MS, () => this.#judge());
    this.#every(COUNT_EVERY_MS, () => this.#count());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#open?.door.stop();
    await this.#count().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'the last refusals at the door were not counted');
    });
  }

  /** Where the embedded broker listens. */
  get ports(): OpenBroker['ports'] {
    return this.#open?.ports ?? {};
  }

  stats(): MqttDoorStats | undefined {
    return this.#open?.door.stats();
  }

  async publish(
    gateway: GatewayId,
    channel: DownChannel,
    payload: Buffer,
    options: { readonly retain?: boolean } = {},
  ): Promise<void> {
    if (!this.#open) return;
    const topic = topicOf({ gateway, channel, deflated: false });
    await this.#open.door.publish(topic, payload, options);
  }

  #handlers(): MqttDoorHandlers {
    const access = this.#access;
    return {
      authenticate: (presented) => access.authenticate(presented),
      mayPublish: (principal, topic) => access.mayPublish(principal, topic),
      maySubscribe: (principal, filter) => access.maySubscribe(principal, filter),
      received: (principal, topic, payload) => this.#receive(principal, topic, payload),
      connected: (principal) => void this.#present.set(principal.name, principal),
      listens: (principal) => this.#listens(principal),
      gone: ({ name }) => void this.#present.delete(name),
      refused: (reason, name) => this.#refusals.add(reason, name),
    };
  }

  async #receive(principal: MqttPrincipal | undefined, topic: string, payload: Buffer): Promise<void> {
    const gateway = principal ? (principal.name as GatewayId) : gatewayOf(topic);
    // Behind a broker of its own: nobody's topic, so nobody's message.
    if (gateway === undefined || parseTopic(topic)?.channel === 'live') return;
    this.#tell(gateway);
    const receivedAt = this.#options.clock.now().epochMilliseconds;
    await this.#intake?.message({ gateway, topic, payload, receivedAt });
  }

  #listens(principal: MqttPrincipal): void {
    const gateway = principal.name as GatewayId;
    this.#tell(gateway);
    this.#intake?.connected(gateway);
  }

  /** Its keys come before what is signed with them: retained, so that once is enough. */
  #tell(gateway: GatewayId): void {
    if (this.#told.has(gateway) || !this.#keys) return;
    if (this.#told.size >= MOST_TOLD) this.#told.clear();
    this.#told.add(gateway);
    this.publish(gateway, 'down/keys', hubKeysPayload(this.#keys), { retain: true }).catch(() => {
      this.#told.delete(gateway);
    });
  }

  async #renewKeys(): Promise<void> {
    const keys = await this.#options.loadKeys();
    const before = this.#keys;
    this.#keys = keys;
    if (before && fingerprintOf(before) === fingerprintOf(keys)) return;
    this.#open?.useKeys(keys);
    this.#told.clear();
    for (const name of this.#present.keys()) this.#tell(name as GatewayId);
  }

  async #count(): Promise<void> {
    const { countRefusals } = this.#options;
    if (countRefusals) await this.#refusals.flush(countRefusals);
  }

  /** Who is connected is asked for again and again: a gateway that was revoked is out within seconds. */
  async #judge(): Promise<void> {
    if (this.#judging) return;
    this.#judging = true;
    try {
      const judged = [...this.#present.values()].map(async (principal) => {
        // While the database is away nobody can tell, and nothing of it is stored either.
        if (await this.#access.holds(principal).catch(() => true)) return;
        if (this.#present.get(principal.name) === principal) this.#present.delete(principal.name);
        this.#open?.door.disconnect(principal.name, 'revoked');
      });
      await Promise.all(judged);
    } finally {
      this.#judging = false;
    }
  }

  #every(ms: number, work: () => Promise<void>): void {
    const timer = setInterval(() => {
      work().catch((error: unknown) => {
        this.#options.logger.warn(
          { err: error },
          'the door could not look after its keys, gateways and counts',
        );
      });
    }, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  #demandKeys(): DoorKeys {
    if (!this.#keys) throw new TypeError('the door was not prepared');
    return this.#keys;
  }
}

const fingerprintOf = ({ server, signing }: DoorKeys): string =>
  [server, ...signing].map(({ certificate }) => certificate.fingerprint256).join();
