import type { Clock } from '../kernel/clock.ts';
import { TrailingWork } from '../kernel/trailing-work.ts';
import { type Database, PLATFORM, type TransactionOptions } from '../platform/db/index.ts';
import type { AuditLog, AuditRecord } from './audit.store.ts';
import { counting, type Tally, tallyStep } from './domain/tally.ts';
import { timeText } from './time-text.ts';

export interface Refusal extends AuditRecord {
  /** Of what it is one more: all that is alike is one flood. It is written nowhere, so it may name anything. */
  readonly like: string;
}

interface Slot {
  readonly who: TransactionOptions;
  readonly refusal: Refusal;
  readonly tally: Tally;
}

/** So many different floods are told apart in one process; what comes beyond is counted as one. */
const MOST_KINDS = 2_000;
const OTHERS: Pick<Slot, 'who' | 'refusal'> = {
  who: { organisation: PLATFORM, actor: { kind: 'visitor' } },
  refusal: {
    action: 'access.refused',
    subject: { type: 'refusal', id: 'others' },
    reason: 'of too many kinds at once to tell apart',
    like: 'others',
  },
};

/**
 * Every refused access stands in the audit, and a flood of them is no way to fill it: the first of a kind stand there one
 * by one, the others as a number, once a minute. What is counted is lost when the process is killed, and what waits for
 * an answer to be out; nothing else.
 */
export class RefusalLog {
  readonly #db: Database<{ readonly audit: AuditLog }>;
  readonly #clock: Clock;
  readonly #slots = new Map<string, Slot>();
  readonly #trailing = new TrailingWork();

  constructor(db: Database<{ readonly audit: AuditLog }>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async note(who: TransactionOptions, refusal: Refusal): Promise<void> {
    if (this.#take(who, refusal)) await this.#append(who, refusal);
  }

  /** Written after the answer, which so takes as long whether there is something to write. What fails is counted. */
  noteLater(who: TransactionOptions, refusal: Refusal): void {
    if (!this.#take(who, refusal)) return;
    const write = () =>
      this.#append(who, refusal).catch(() => {
        this.#putBack(who, refusal, 1);
      });
    if (!this.#trailing.add(write)) this.#putBack(who, refusal, 1);
  }

  /** Counts it, and says whether it is to be written by itself. */
  #take(who: TransactionOptions, refusal: Refusal): boolean {
    const key = keyOf(who, refusal);
    const now = this.#clock.now().epochMilliseconds;
    const slot = this.#slots.get(key);
    if (!slot && this.#slots.size >= MOST_KINDS) {
      this.#count(OTHERS, now);
      return false;
    }
    const { tally, write } = tallyStep(slot?.tally, now);
    // Counted before it is written: requests side by side do not all take themselves for the first.
    this.#slots.set(key, { who, refusal, tally });
    return write;
  }

  /** Writes what was counted, and lets go of what is quiet. */
  async flush(): Promise<void> {
    await this.#trailing.settled();
    const now = this.#clock.now();
    for (const key of [...this.#slots.keys()]) {
      const slot = this.#slots.get(key);
      if (!slot) continue;
      const { who, refusal, tally } = slot;
      if (now.epochMilliseconds >= tally.endsAtMs) this.#slots.delete(key);
      else this.#slots.set(key, { ...slot, tally: { ...tally, counted: 0 } });
      if (tally.counted === 0) continue;
      const more = `${tally.counted} more until ${timeText(now).slice(0, 19)}Z`;
      const reason = refusal.reason ? `${refusal.reason}; ${more}` : more;
      try {
        await this.#append(who, { ...refusal, reason });
      } catch (error) {
        this.#putBack(who, refusal, tally.counted);
        throw error;
      }
    }
  }

  #putBack(who: TransactionOptions, refusal: Refusal, times: number): void {
    const key = keyOf(who, refusal);
    const slot = this.#slots.get(key) ?? {
      who,
      refusal,
      tally: counting(this.#clock.now().epochMilliseconds),
    };
    this.#slots.set(key, { ...slot, tally: { ...slot.tally, counted: slot.tally.counted + times } });
  }

  #count(slot: Pick<Slot, 'who' | 'refusal'>, now: number): void {
    const { tally } = tallyStep(this.#slots.get('others')?.tally ?? counting(now), now);
    this.#slots.set('others', { ...slot, tally });
  }

  #append({ organisation, actor, requestId }: TransactionOptions, { like: _like, ...record }: Refusal) {
    const who = { organisation, actor, may: '', ...(requestId !== undefined && { requestId }) };
    return this.#db.transaction(who, (tx) => tx.audit.append(record));
  }
}

const keyOf = ({ organisation }: TransactionOptions, { action, like }: Refusal): string =>
  `${organisation} ${action} ${like}`;
