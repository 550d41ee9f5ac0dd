import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './onboarding.sql.ts';
import type { OnboardingRun } from './onboarding.types.ts';

/** To be bound: `tx.bind(onboardingStore)`. The organisation is the transaction's. */
export const onboardingStore = (tx: Transaction): OnboardingStore => new OnboardingStore(tx);

export class OnboardingStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async addRun(run: OnboardingRun): Promise<void> {
    const { id, building, kind, fileName, sha256, size, lines, added, changed, same, author, createdAt } =
      run;
    await this.#tx.query(sql.ADD_RUN_SQL, [
      this.#tx.organisation,
      id,
      building,
      kind,
      fileName,
      sha256,
      size,
      lines,
      added,
      changed,
      same,
      author,
      createdAt,
    ]);
  }

  async runs(before: string | undefined, limit: number): Promise<readonly OnboardingRun[]> {
    const { rows } = await this.#tx.query<OnboardingRun & Record<string, unknown>>(sql.RUNS_SQL, [
      this.#tx.organisation,
      before ?? null,
      limit,
    ]);
    return rows;
  }

  async earlier(building: string, kind: string, sha256: string): Promise<Temporal.Instant | undefined> {
    const { rows } = await this.#tx.query<{ at: Temporal.Instant }>(sql.EARLIER_SQL, [
      this.#tx.organisation,
      building,
      kind,
      sha256,
    ]);
    return rows[0]?.at;
  }
}
