/** Links that are good once: an invitation, a proof of a contact, a new password. */
export type LinkPurpose = 'invitation' | 'contact' | 'reset';

const HOUR = 3_600_000;

/** A printed QR waits for the tenant to move in; a link to an account should not lie about. */
export const LINK_LIFE_MS: Readonly<Record<LinkPurpose, number>> = {
  invitation: 14 * 24 * HOUR,
  contact: 24 * HOUR,
  reset: 2 * HOUR,
};

export interface LinkTimes {
  readonly endsAtMs: number;
  readonly usedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export type LinkState = 'open' | 'used' | 'revoked' | 'over';

export function linkState({ endsAtMs, usedAtMs, revokedAtMs }: LinkTimes, nowMs: number): LinkState {
  if (usedAtMs !== null) return 'used';
  if (revokedAtMs !== null) return 'revoked';
  return nowMs >= endsAtMs ? 'over' : 'open';
}

export type LinkAction = 'use' | 'revoke' | 'renew';

/** What may still be done with it. To renew is to make another token: the one that is out opens nothing any more. */
const ALLOWED: Readonly<Record<LinkState, readonly LinkAction[]>> = {
  open: ['use', 'revoke', 'renew'],
  over: ['revoke', 'renew'],
  used: [],
  revoked: [],
};

export const linkAllows = (link: LinkTimes, action: LinkAction, nowMs: number): boolean =>
  ALLOWED[linkState(link, nowMs)].includes(action);

const PATHS: Readonly<Record<LinkPurpose, string>> = {
  invitation: '/join',
  contact: '/confirm',
  reset: '/reset',
};

/** The token stands behind the `#`, which browsers send to nobody: no log of a server or proxy has it, no referrer. */
export const linkAddress = (base: string, purpose: LinkPurpose, token: string): string =>
  `${base.replace(/\/$/, '')}${PATHS[purpose]}#${token}`;
