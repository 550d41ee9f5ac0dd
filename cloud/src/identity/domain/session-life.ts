/** How long a device stays signed in, and how its token changes under way. Times are in milliseconds since the epoch. */
export const SESSION = {
  /** Without a request for so long it ends. */
  idleMs: 14 * 86_400_000,
  /** However busy it is, it ends. */
  longestMs: 90 * 86_400_000,
  /** A token is exchanged when it is this old. */
  tokenMs: 12 * 3_600_000,
  /** Requests that were under way when the new token came still carry the old one. */
  graceMs: 60_000,
  /** That a session was used is written down this often, and not at every request. */
  touchMs: 60_000,
} as const;

export interface SessionTimes {
  readonly endsAtMs: number;
  readonly seenAtMs: number;
  /** When the current token became it. */
  readonly tokenAtMs: number;
  readonly revokedAtMs: number | null;
  /** A new token that was sent and has not come back yet. */
  readonly offeredAtMs: number | null;
}

/** Which of its tokens came: the one in force, the one that was offered, or the one that the current replaced. */
export type Presented = 'current' | 'offered' | 'previous';

export type Condition = 'over' | 'fresh' | 'aged' | 'late';
export type Step = 'refuse' | 'accept' | 'offer' | 'promote' | 'revoke';

/**
 * A new token counts from when it comes back: an answer that was lost costs nothing. After that the old one is dead,
 * and whoever still shows it has stolen it, or was stolen from: the session ends for both.
 */
const STEPS: Readonly<Record<Presented, Readonly<Record<Condition, Step>>>> = {
  current: /*  */ { over: 'refuse', fresh: 'accept', aged: 'offer', late: 'offer' },
  offered: /*  */ { over: 'refuse', fresh: 'promote', aged: 'promote', late: 'promote' },
  previous: /* */ { over: 'refuse', fresh: 'accept', aged: 'accept', late: 'revoke' },
};

export function sessionStep(session: SessionTimes, presented: Presented, nowMs: number): Step {
  return STEPS[presented][conditionOf(session, presented, nowMs)];
}

export function isOver({ endsAtMs, seenAtMs, revokedAtMs }: SessionTimes, nowMs: number): boolean {
  return revokedAtMs !== null || nowMs >= endsAtMs || nowMs >= seenAtMs + SESSION.idleMs;
}

function conditionOf(session: SessionTimes, presented: Presented, nowMs: number): Condition {
  if (isOver(session, nowMs)) return 'over';
  const age = nowMs - session.tokenAtMs;
  if (presented === 'previous') return age > SESSION.graceMs ? 'late' : 'fresh';
  const offered = session.offeredAtMs !== null && nowMs - session.offeredAtMs <= SESSION.graceMs;
  return age >= SESSION.tokenMs && !offered ? 'aged' : 'fresh';
}

export const needsTouch = ({ seenAtMs }: SessionTimes, nowMs: number): boolean =>
  nowMs - seenAtMs >= SESSION.touchMs;
