/** For clients without cookies: a family of refresh tokens is one device's session, of which one token is good. */
export const REFRESH = {
  idleMs: 30 * 86_400_000,
  longestMs: 180 * 86_400_000,
} as const;

export interface FamilyTimes {
  readonly endsAtMs: number;
  readonly seenAtMs: number;
  readonly revokedAtMs: number | null;
}

export type TokenState = 'unknown' | 'unused' | 'used';
export type FamilyState = 'alive' | 'over';
export type RefreshStep = 'refuse' | 'rotate' | 'revoke_family';

/** A token that comes twice was copied: nobody can tell who has the right one, so its family ends, and no other. */
const STEPS: Readonly<Record<TokenState, Readonly<Record<FamilyState, RefreshStep>>>> = {
  unknown: /* */ { alive: 'refuse', over: 'refuse' },
  unused: /* */ { alive: 'rotate', over: 'refuse' },
  used: /*   */ { alive: 'revoke_family', over: 'refuse' },
};

export function refreshStep(token: TokenState, family: FamilyTimes, nowMs: number): RefreshStep {
  return STEPS[token][isFamilyOver(family, nowMs) ? 'over' : 'alive'];
}

export function isFamilyOver({ endsAtMs, seenAtMs, revokedAtMs }: FamilyTimes, nowMs: number): boolean {
  return revokedAtMs !== null || nowMs >= endsAtMs || nowMs >= seenAtMs + REFRESH.idleMs;
}
