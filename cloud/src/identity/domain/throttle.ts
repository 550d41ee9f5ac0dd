/**
 * How often something may be tried. A limit is a bucket of `burst` tries that fills by one each `everyMs`, kept as one
 * number: the time at which it will be full again (GCRA, ITU-T I.371). The database does the same in one statement.
 */
export interface Limit {
  readonly burst: number;
  readonly everyMs: number;
}

const MINUTE = 60_000;

export const LIMITS = {
  /** Guesses at one account by devices that never signed in to it, from wherever they come: 10, then 10 an hour. */
  account: { burst: 10, everyMs: 6 * MINUTE },
  /** Guesses by a device that has signed in to the account before: strangers cannot use it up. */
  device: { burst: 10, everyMs: MINUTE },
  /** Guesses from one address over all accounts. A dormitory shares one: only failures count for long. */
  address: { burst: 60, everyMs: MINUTE / 6 },
  /** Second factors of one person by whoever knows the password. */
  code: { burst: 6, everyMs: 5 * MINUTE },
  codeOfDevice: { burst: 6, everyMs: MINUTE },
  /** Tries to accept one invitation: whoever holds it must not ask with it who has an account. */
  join: { burst: 5, everyMs: 10 * MINUTE },
  /** Requests for a link to set a new password. */
  reset: { burst: 3, everyMs: 20 * MINUTE },
} as const satisfies Record<string, Limit>;
export type LimitName = keyof typeof LIMITS;

export type Verdict =
  | { readonly allowed: true; readonly fullAtMs: number }
  | { readonly allowed: false; readonly retryAfterMs: number };

/** Takes one try if there is one. What was refused takes nothing, so that a stubborn guesser waits no longer. */
export function takeTry(limit: Limit, fullAtMs: number | undefined, nowMs: number): Verdict {
  const next = Math.max(fullAtMs ?? nowMs, nowMs) + limit.everyMs;
  const room = nowMs + limit.burst * limit.everyMs;
  if (next > room) return { allowed: false, retryAfterMs: next - room };
  return { allowed: true, fullAtMs: next };
}

/** The try was no guess: it is given back. */
export const giveBack = (limit: Limit, fullAtMs: number): number => fullAtMs - limit.everyMs;
