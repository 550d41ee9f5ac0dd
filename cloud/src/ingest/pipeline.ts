import type { GatewayId, Signer } from '@meterline/contracts';
import type pg from 'pg';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { announcer } from '../platform/db/index.ts';
import { USAGE_CHANNEL } from '../readings/index.ts';
import type { GatewayDirectory, PointDirectory } from '../sites/index.ts';
import { CommitSlot, type SlotCommit, type SlotDuty } from './commit-slot.ts';
import { Committer } from './committer.ts';
import { DirectIntake } from './direct-intake.ts';
import { DecodeCheck, type Profiles } from './domain/decode-check.ts';
import type { Downlink } from './downlink.ts';
import { ingestError } from './ingest.errors.ts';
import { IngestStats } from './ingest-stats.ts';
import type { DirectReadings, DirectSettled, IncomingMessage, Intake, Settled } from './intake.ts';
import { IntakeQueue } from './intake-queue.ts';
import { Maintenance } from './maintenance.ts';
import { Receipts } from './receipts.ts';

export interface PipelineLimits {
  /** Bytes of messages that wait or are being committed, in all and of one gateway. */
  readonly memoryBytes: number;
  readonly gatewayMemoryBytes: number;
  readonly liveRows: number;
  readonly backfillRows: number;
  /** Refused messages whose bytes are kept, of one gateway. */
  readonly letters: { readonly count: number; readonly bytes: number };
  /** Readings that may wait of one gateway, or of an organisation's other sources. */
  readonly held: number;
  /** A hole that has not become smaller for this long is told of. */
  readonly gapAfterMs: number;
}

export interface PipelineOptions {
  /** Of meterline_ingest: receipts, direct readings, upkeep. Commits have connections of their own. */
  readonly pool: pg.Pool;
  readonly connect: () => Promise<pg.Client>;
  readonly directory: PointDirectory & GatewayDirectory;
  readonly profiles: Profiles;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly limits: PipelineLimits;
  readonly onTrouble: (error: unknown, what: string) => void;
  /** Absent where no messages of gateways come in: then there is nobody to give a receipt to. */
  readonly down?: { readonly signer: () => Signer; readonly downlink: Downlink };
}

/** A connection of its own each. */
const DUTIES = ['live', 'spare', 'backfill'] as const satisfies readonly SlotDuty[];
const ANNOUNCE_EVERY_MS = 250;
/** Time for what waits at a stop; the rest is not acknowledged and comes again. */
const DRAIN_MS = 5_000;

/**
 * verify → decode → map points → micro-batch → commit → receipt. Doors hand messages in and wait; a rejection means that
 * nothing was stored and nothing may be acknowledged.
 */
export class Pipeline implements Intake {
  readonly stats = new IngestStats();
  readonly #queue: IntakeQueue;
  readonly #slots: readonly CommitSlot[];
  readonly #direct: DirectIntake;
  readonly #receipts: Receipts | undefined;
  readonly #maintenance: Maintenance;
  /** Usage follows readings: whoever works it out need not wait for its own next look. */
  readonly #announce: () => void;
  #stopping = false;

  constructor(options: PipelineOptions) {
    const { limits, ids, directory, clock, pool, down, onTrouble } = options;
    const now = () => clock.now().epochMilliseconds;
    this.#announce = announcer(pool, USAGE_CHANNEL, ANNOUNCE_EVERY_MS);
    const check = new DecodeCheck(options.profiles);
    this.#queue = new IntakeQueue({ bytes: limits.memoryBytes, gatewayBytes: limits.gatewayMemoryBytes });
    const committer = new Committer({ directory, ids, now, letters: limits.letters, held: limits.held });
    const inFlight = new Set<string>();
    const live = { takenAt: Number.NEGATIVE_INFINITY };
    this.#slots = DUTIES.map(
      (duty) =>
        new CommitSlot({
          queue: this.#queue,
          inFlight,
          live,
          committer,
          directory,
          check,
          limits,
          duty,
          connect: options.connect,
          onCommit: (done) => this.#committed(done),
          onTrouble: (error, what) => {
            this.stats.trouble(what);
            onTrouble(error, `a commit failed (${what})`);
          },
        }),
    );
    this.#receipts =
      down && new Receipts({ ...down, pool, now, onError: (error) => onTrouble(error, 'receipts wait') });
    this.#direct = new DirectIntake({ pool, directory, ids, now, held: limits.held });
    this.#maintenance = new Maintenance({
      pool,
      directory,
      ids,
      now,
      check,
      profiles: options.profiles,
      gapAfterMs: limits.gapAfterMs,
      heard: () => this.stats.takeHeard(),
      again: (message) => this.message(message),
      receipt: (gateway) => this.#receipts?.want(gateway),
      onError: onTrouble,
    });
  }

  start(): void {
    for (const slot of this.#slots) slot.start();
    this.#maintenance.start();
  }

  /** What waits is committed as far as the time goes; what is left is rejected, so that no door acknowledges it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const deadline = performance.now() + DRAIN_MS;
    while (this.#queue.messages + this.#queue.waitingOutside > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await this.#maintenance.stop();
    await Promise.all(this.#slots.map((slot) => slot.stop()));
    for (const waiting of this.#queue.drain()) waiting.fail(ingestError('ingest_stopping'));
    await this.#receipts?.stop();
  }

  message(message: IncomingMessage): Promise<Settled> {
    if (this.#stopping) return Promise.reject(ingestError('ingest_stopping'));
    return this.#queue.push(message);
  }

  async readings(direct: DirectReadings): Promise<DirectSettled> {
    if (this.#stopping) throw ingestError('ingest_stopping');
    return this.#direct.take(direct);
  }

  /** A gateway has come back: it hears what is stored, whether or not it sends anything. */
  connected(gateway: GatewayId): void {
    this.#receipts?.want(gateway);
  }

  get load(): {
    readonly messages: number;
    readonly bytes: number;
    readonly outside: number;
    readonly receipts: number;
  } {
    const { messages, bytes, waitingOutside } = this.#queue;
    return { messages, bytes, outside: waitingOutside, receipts: this.#receipts?.sent ?? 0 };
  }

  #committed(done: SlotCommit): void {
    this.stats.committed(done);
    if (done.rows > 0) this.#announce();
    for (const [{ message }] of done.settled) this.#receipts?.want(message.gateway);
  }
}
