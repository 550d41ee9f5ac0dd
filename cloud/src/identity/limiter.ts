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

/** What the database refused is refused for so long without asking it again: a flood costs it next to nothing. */
const REMEMBERED_MS = 1_000;
const MOST_REMEMBERED = 10_000;

/** Counts before anything is looked at, in the database: however many processes and requests side by side there are. */
export class Limiter {
  readonly #parts: Pick<IdentityParts, 'db' | 'clock' | 'keys'>;
  /** Until when a bucket is known to be empty. */
  readonly #empty = new Map<string, number>();

  constructor(parts: Pick<IdentityParts, 'db' | 'clock' | 'keys'>) {
    this.#parts = parts;
  }

  /** Takes one try from each, or throws. In the order of names, so that two requests never wait for each other. */
  async take(buckets: readonly Bucket[]): Promise<void> {
    const { db, clock } = this.#parts;
    const now = clock.now();
    const wanted = this.#subjects(buckets);
    const known = wanted.find(({ key }) => (this.#empty.get(key) ?? 0) > now.epochMilliseconds);
    if (known) throw limited(known.name);
    const refused = await db.transaction(WHO, async (tx) => {
      for (const bucket of wanted) {
        const { burst, everyMs } = LIMITS[bucket.name];
        const { rowCount } = await tx.query(TAKE_SQL, [
          bucket.name,
          bucket.subject,
          now,
          everyMs,
          everyMs * burst,
        ]);
        if (rowCount === 0) return bucket;
      }
      return undefined;
    });
    if (refused === undefined) return;
    if (this.#empty.size >= MOST_REMEMBERED) this.#empty.clear();
    this.#empty.set(refused.key, now.epochMilliseconds + REMEMBERED_MS);
    throw limited(refused.name);
  }

  async giveBack(buckets: readonly Bucket[]): Promise<void> {
    await this.#parts.db.transaction(WHO, async (tx) => {
      for (const { name, subject, key } of this.#subjects(buckets)) {
        await tx.query(GIVE_BACK_SQL, [name, subject, LIMITS[name].everyMs]);
        this.#empty.delete(key);
      }
    });
  }

  #subjects(buckets: readonly Bucket[]) {
    return inOrder(buckets).map(({ name, of }) => {
      const subject = limitSubject(this.#parts.keys, name, of);
      return { name, subject, key: subject.toString('base64') };
    });
  }

  /** Buckets that are full again say nothing any more. */
  async sweep(): Promise<number> {
    const { db, clock } = this.#parts;
    const done = await db.transaction(WHO, (tx) => tx.query(SWEEP_LIMITS_SQL, [clock.now()]));
    return done.rowCount ?? 0;
  }
}

function limited(name: LimitName) {
  const retryAfterSeconds = Math.ceil(LIMITS[name].everyMs / 1000);
  return identityError('sign_in_limited', { details: { retryAfterSeconds } });
}

const inOrder = (buckets: readonly Bucket[]): Bucket[] =>
  [...buckets].sort((a, b) => (a.name < b.name ? -1 : 1));
