import { PLATFORM } from '../platform/db/index.ts';
import { LIMITS, type LimitName } from './domain/throttle.ts';
import { identityError } from './identity.errors.ts';
import { limitSubject } from './identity.keys.ts';
import type { IdentityParts } from './identity.types.ts';
import { GIVE_BACK_SQL, SWEEP_LIMITS_SQL, TAKE_SQL } from './sessions.sql.ts';

/** One bucket: which limit, and of whom. */
export interface Bucket {
  readonly name: LimitName;
  readonly of: string;
}

const WHO = { organisation: PLATFORM, actor: { kind: 'system', id: 'sign-in limits' } } as const;

/** Counts before anything is looked at, in the database: however many processes and requests side by side there are. */
export class Limiter {
  readonly #parts: Pick<IdentityParts, 'db' | 'clock' | 'keys'>;

  constructor(parts: Pick<IdentityParts, 'db' | 'clock' | 'keys'>) {
    this.#parts = parts;
  }

  /** Takes one try from each, or throws. In the order of names, so that two requests never wait for each other. */
  async take(buckets: readonly Bucket[]): Promise<void> {
    const { db, clock, keys } = this.#parts;
    const now = clock.now();
    const refused = await db.transaction(WHO, async (tx) => {
      for (const { name, of } of inOrder(buckets)) {
        const { burst, everyMs } = LIMITS[name];
        const { rowCount } = await tx.query(TAKE_SQL, [
          name,
          limitSubject(keys, name, of),
          now,
          everyMs,
          everyMs * burst,
        ]);
        if (rowCount === 0) return name;
      }
      return undefined;
    });
    if (refused === undefined) return;
    const retryAfterSeconds = Math.ceil(LIMITS[refused].everyMs / 1000);
    throw identityError('sign_in_limited', { details: { retryAfterSeconds } });
  }

  async giveBack(buckets: readonly Bucket[]): Promise<void> {
    const { db, keys } = this.#parts;
    await db.transaction(WHO, async (tx) => {
      for (const { name, of } of inOrder(buckets))
        await tx.query(GIVE_BACK_SQL, [name, limitSubject(keys, name, of), LIMITS[name].everyMs]);
    });
  }

  /** Buckets that are full again say nothing any more. */
  async sweep(): Promise<number> {
    const { db, clock } = this.#parts;
    const done = await db.transaction(WHO, (tx) => tx.query(SWEEP_LIMITS_SQL, [clock.now()]));
    return done.rowCount ?? 0;
  }
}

const inOrder = (buckets: readonly Bucket[]): Bucket[] =>
  [...buckets].sort((a, b) => (a.name < b.name ? -1 : 1));
