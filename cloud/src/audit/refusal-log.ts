import type { Clock } from '../kernel/clock.ts';
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
 * by one, the others as a number, once a minute. What is counted is lost when the process is killed, and nothing else.
 */
export class RefusalLog {
  readonly #db: Database<{ readonly audit: AuditLog }>;
  readonly #clock: Clock;
  readonly #slots = new Map<string, Slot>();

  constructor(db: Database<{ readonly audit: AuditLog }>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async note(who: TransactionOptions, refusal: Refusal): Promise<void> {
    const key = `${who.organisation} ${refusal.action} ${refusal.like}`;
    const now = this.#clock.now().epochMilliseconds;
    const slot = this.#slots.get(key);
    if (!slot && this.#slots.size >= MOST_KINDS) return this.#count(OTHERS, now);
    const { tally, write } = tallyStep(slot?.tally, now);
    // Counted before it is written: requests side by side do not all take themselves for the first.
    this.#slots.set(key, { who, refusal, tally });
    if (write) await this.#append(who, refusal);
  }

  /** Writes what was counted, and lets go of what is quiet. */
  async flush(): Promise<void> {
    const now = this.#clock.now();
    for (const key of [...this.#slots.keys()]) {
      const slot = this.#slots.get(key);
      if (!slot) continue;
      const { who, refusal, tally } = slot;
      if (now.epochMilliseconds >= tally.endsAtMs) this.#slots.delete(key);
      else this.#slots.set(key, { ...slot, tally: { ...tally, counted: 0 } });
      if (tally.counted === 0) continue;
      const more = `${tally.counted} more until ${timeText(now).slice(0, 19)}Z`;
      await this.#append(who, { ...refusal, reason: refusal.reason ? `${refusal.reason}; ${more}` : more });
    }
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
