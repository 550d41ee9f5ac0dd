import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { GatewayDirectory } from '../sites/index.ts';
import { faultOf, poisonDetail } from './commit-faults.ts';
import type { Work } from './commit-plan.ts';
import type { Committer } from './committer.ts';
import type { DecodeCheck } from './domain/decode-check.ts';
import type { Lane } from './domain/lanes.ts';
import { ingestError } from './ingest.errors.ts';
import type { Settled } from './intake.ts';
import type { IntakeQueue, Waiting } from './intake-queue.ts';
import { openMessage, weightOf } from './opened.ts';

export interface SlotLimits {
  /** Rows of one commit of live messages, and of backfill: what is live waits for no longer commit than this. */
  readonly liveRows: number;
  readonly backfillRows: number;
}

/**
 * What a connection is for: `live` takes nothing else; `spare` helps with either, and with backfill only while nothing is
 * live; `backfill` takes nothing else. So what is live has the same connections with backfill and without.
 */
export type SlotDuty = 'live' | 'spare' | 'backfill';

export interface SlotOptions {
  readonly queue: IntakeQueue;
  /** Gateways of which another commit holds messages: theirs stay in order. */
  readonly inFlight: Set<string>;
  /** Shared by the slots: when live messages were last taken, by the counter of the process. */
  readonly live: { takenAt: number };
  readonly committer: Committer;
  readonly directory: GatewayDirectory;
  readonly check: DecodeCheck;
  readonly limits: SlotLimits;
  readonly duty: SlotDuty;
  readonly connect: () => Promise<pg.Client>;
  readonly onCommit: (done: SlotCommit) => void;
  readonly onTrouble: (error: unknown, what: 'away' | 'again' | 'poison') => void;
}

export interface SlotCommit {
  readonly settled: readonly (readonly [Waiting, Settled])[];
  readonly rows: number;
  readonly milliseconds: number;
}

interface Taken {
  readonly waiting: Waiting;
  readonly work: Work;
}

/** Messages of one commit at most, whatever their rows: also refused ones want to be written. */
const MOST_MESSAGES = 1_000;
/** Opening signatures keeps the thread busy: others get it back at least this often. */
const SLICE_MS = 4;
const BACKFILL_SLICE_MS = 1;
const LIVE_LATELY_MS = 1_000;
const LONGEST_REST_MS = 250;
const TRIES = 4;
const LONGEST_PAUSE_MS = 5_000;

/** One connection that commits what waits, one micro-batch after the other: what comes meanwhile goes with the next. */
export class CommitSlot {
  readonly #options: SlotOptions;
  #client: pg.Client | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  #failures = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** The commit that is under way ends; nothing else begins. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#options.queue.wake();
    await this.#running;
    await this.#client?.end().catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const lane = this.#lane();
      const since = performance.now();
      const taken = lane === undefined ? [] : await this.#gather(lane);
      if (taken.length === 0) {
        await this.#options.queue.something();
        continue;
      }
      await this.#settle(taken);
      if (lane === 'backfill') await this.#rest(performance.now() - since);
    }
  }

  /** As long as something is live, backfill has half of the machine at most: database and processor serve both. */
  async #rest(worked: number): Promise<void> {
    if (this.#isLive() && !this.#stopping) await sleep(Math.min(worked, LONGEST_REST_MS));
  }

  #isLive(): boolean {
    return performance.now() - this.#options.live.takenAt < LIVE_LATELY_MS;
  }

  /** Beside what is live, backfill goes in smaller pieces: each keeps a processor from it for as long as it takes. */
  #rowsOf(lane: Lane): number {
    const { liveRows, backfillRows } = this.#options.limits;
    if (lane === 'live') return liveRows;
    return this.#isLive() ? Math.ceil(backfillRows / 4) : backfillRows;
  }

  /** Which lane is next; undefined when nothing waits that it may take. */
  #lane(): Lane | undefined {
    const { queue, duty } = this.#options;
    if (duty !== 'backfill' && queue.sizeOf('live') > 0) return 'live';
    const mayDrain = duty === 'backfill' || (duty === 'spare' && !this.#isLive());
    return mayDrain && queue.sizeOf('backfill') > 0 ? 'backfill' : undefined;
  }

  async #gather(lane: Lane): Promise<Taken[]> {
    const { queue, inFlight, live } = this.#options;
    if (lane === 'live') live.takenAt = performance.now();
    const most = this.#rowsOf(lane);
    const own = new Set<string>();
    const taken: Taken[] = [];
    let rows = 0;
    let since = performance.now();
    while (rows < most && taken.length < MOST_MESSAGES) {
      const waiting = queue.take(lane, (gateway) => inFlight.has(gateway) && !own.has(gateway));
      if (!waiting) break;
      inFlight.add(waiting.message.gateway);
      own.add(waiting.message.gateway);
      const work = await this.#open(waiting);
      const weight = weightOf(work.opened);
      queue.charge(waiting, weight);
      rows += weight;
      taken.push({ waiting, work });
      if (performance.now() - since < (lane === 'live' ? SLICE_MS : BACKFILL_SLICE_MS)) continue;
      await nextTurn();
      since = performance.now();
    }
    return taken;
  }

  async #open({ message }: Waiting): Promise<Work> {
    const { directory, check } = this.#options;
    for (let failures = 0; ; failures += 1) {
      try {
        return { message, opened: openMessage(message, await directory.gateway(message.gateway), check) };
      } catch (error) {
        // The directory asks the database when it does not know.
        if (faultOf(error) === 'poison')
          return { message, opened: { is: 'refused', reason: 'unstorable', detail: poisonDetail(error) } };
        if (this.#stopping) return { message, opened: NOT_OPENED };
        await this.#pause(error, failures);
      }
    }
  }

  async #settle(taken: readonly Taken[]): Promise<void> {
    const { queue, inFlight } = this.#options;
    const open = taken.filter(({ work }) => work.opened !== NOT_OPENED);
    const left = await this.#commitAll(open, 1);
    queue.putBack([...left, ...taken.filter((one) => !open.includes(one))].map(({ waiting }) => waiting));
    for (const { waiting } of taken) inFlight.delete(waiting.message.gateway);
    queue.wake();
    if (left.length > 0 && !this.#stopping) await sleep(this.#pauseMs());
  }

  /** Answers what is to be tried again later. */
  async #commitAll(taken: readonly Taken[], attempt: number): Promise<readonly Taken[]> {
    if (taken.length === 0) return [];
    try {
      await this.#commitOnce(taken);
      return [];
    } catch (error) {
      const fault = faultOf(error);
      this.#options.onTrouble(error, fault);
      if (fault === 'away') await this.#dropConnection();
      if (fault === 'away' || this.#stopping) return taken;
      if (fault === 'again') {
        if (attempt >= TRIES) return taken;
        await sleep(Math.random() * 10 * 2 ** attempt);
        return this.#commitAll(taken, attempt + 1);
      }
      return this.#bisect(taken, error);
    }
  }

  /** The others must not suffer from one that the database will not take. */
  async #bisect(taken: readonly Taken[], error: unknown): Promise<readonly Taken[]> {
    const [only, ...others] = taken;
    if (only && others.length === 0) return this.#bury(only, error);
    const middle = Math.ceil(taken.length / 2);
    const left = await this.#commitAll(taken.slice(0, middle), 1);
    if (left.length > 0) return taken.slice(taken.indexOf(left[0] as Taken));
    return this.#commitAll(taken.slice(middle), 1);
  }

  async #bury(one: Taken, error: unknown): Promise<readonly Taken[]> {
    if (one.work.opened.is === 'refused' && one.work.opened.reason === 'unstorable') {
      this.#options.queue.release(one.waiting);
      one.waiting.fail(ingestError('ingest_unsettled', { cause: error }));
      return [];
    }
    const opened = { is: 'refused', reason: 'unstorable', detail: poisonDetail(error) } as const;
    return this.#commitAll([{ waiting: one.waiting, work: { message: one.work.message, opened } }], 1);
  }

  async #commitOnce(taken: readonly Taken[]): Promise<void> {
    const client = await this.#connection();
    const since = performance.now();
    const { outcomes, rows } = await this.#options.committer.commit(
      client,
      taken.map(({ work }) => work),
    );
    this.#failures = 0;
    const settled = taken.map(({ waiting }, i) => [waiting, outcomes[i] as Settled] as const);
    for (const [waiting, outcome] of settled) {
      this.#options.queue.release(waiting);
      waiting.settle(outcome);
    }
    this.#options.onCommit({ settled, rows, milliseconds: performance.now() - since });
  }

  async #connection(): Promise<pg.Client> {
    this.#client ??= await this.#options.connect();
    return this.#client;
  }

  async #dropConnection(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #pause(error: unknown, failures: number): Promise<void> {
    this.#options.onTrouble(error, 'away');
    await sleep(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** failures));
  }

  #pauseMs(): number {
    this.#failures += 1;
    return Math.min(LONGEST_PAUSE_MS, 25 * 2 ** Math.min(this.#failures, 10)) * (0.8 + Math.random() * 0.4);
  }
}

/** Stands for a message whose gateway could not be asked for before the stop. */
const NOT_OPENED = { is: 'refused', reason: 'unstorable', detail: 'the hub stopped' } as const;
