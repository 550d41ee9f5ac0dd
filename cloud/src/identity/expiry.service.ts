import { Temporal } from 'temporal-polyfill';
import type { Clock } from '../kernel/clock.ts';
import { isAppError } from '../kernel/errors.ts';
import { ALL_ORGANISATIONS, type Database } from '../platform/db/index.ts';
import type { ForgetService } from './forget.service.ts';

export interface Keep {
  readonly signInDays: number;
  readonly personYears: number;
}

export interface ExpiryParts {
  /** Of meterline_worker: it learns ids, and nothing else of anybody. */
  readonly everybody: Database;
  readonly forget: ForgetService;
  readonly keep: Keep;
  readonly clock: Clock;
}

export interface Expired {
  readonly sessions: number;
  readonly refreshTokens: number;
  readonly invitations: number;
  readonly links: number;
  readonly forgotten: number;
  /** Whom something still holds who asked to be forgotten: the next night looks again. */
  readonly held: readonly { readonly person: string; readonly reason: string }[];
}

const WORKER = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'retention' } };
const ROWS_A_TURN = 2_000;
const PEOPLE_A_NIGHT = 1_000;

interface Swept extends Record<string, unknown> {
  readonly sessions: bigint;
  readonly refresh_tokens: bigint;
  readonly invitations: bigint;
  readonly links: bigint;
}

/** What has served its time goes: rows of signing in, and people who have been nowhere for years. */
export class ExpiryService {
  readonly #parts: ExpiryParts;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** Turn by turn: stopped anywhere, what is done is done. */
  async run(signal: AbortSignal): Promise<Expired> {
    const swept = await this.#sweep(signal);
    return { ...swept, ...(await this.#people(signal)) };
  }

  async #sweep(signal: AbortSignal) {
    const { everybody, keep, clock } = this.#parts;
    const before = clock.now().subtract({ hours: 24 * keep.signInDays });
    const sum = { sessions: 0, refreshTokens: 0, invitations: 0, links: 0 };
    while (!signal.aborted) {
      const row = await everybody.transaction(WORKER, async (tx) => {
        const { rows } = await tx.query<Swept>('select * from expire_sign_ins($1, $2)', [
          before,
          ROWS_A_TURN,
        ]);
        return rows[0];
      });
      sum.sessions += Number(row?.sessions ?? 0n);
      sum.refreshTokens += Number(row?.refresh_tokens ?? 0n);
      sum.invitations += Number(row?.invitations ?? 0n);
      sum.links += Number(row?.links ?? 0n);
      if (Object.values(row ?? {}).every((count) => Number(count) === 0)) break;
    }
    return sum;
  }

  async #people(signal: AbortSignal): Promise<Pick<Expired, 'forgotten' | 'held'>> {
    const { forget } = this.#parts;
    const held: Expired['held'][number][] = [];
    let forgotten = 0;
    for (const { person, asked } of await this.#due()) {
      if (signal.aborted) break;
      const reason = asked ? 'asked to be forgotten' : 'was nowhere for as long as people are kept';
      try {
        await forget.whole(person, reason, { actor: WORKER.actor });
        forgotten += 1;
      } catch (error) {
        if (!isAppError(error, 'forget_held')) throw error;
        // Of somebody who did not ask nothing is due: they stay until nothing holds them.
        if (asked) held.push({ person, reason: error.message });
      }
    }
    return { forgotten, held };
  }

  async #due(): Promise<readonly { readonly person: string; readonly asked: boolean }[]> {
    const { everybody, keep, clock } = this.#parts;
    const today = clock.now().toZonedDateTimeISO('UTC');
    const before = today.subtract(Temporal.Duration.from({ years: keep.personYears })).toInstant();
    return everybody.transaction({ ...WORKER, readOnly: true }, async (tx) => {
      const { rows } = await tx.query<{ person: string; asked: boolean }>(
        'select person, asked from persons_to_forget($1, $2)',
        [before, PEOPLE_A_NIGHT],
      );
      return rows;
    });
  }
}
