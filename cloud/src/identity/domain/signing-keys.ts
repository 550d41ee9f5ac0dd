/** The life of a key that signs access tokens. It is published before it signs, and after it has signed for the last time. */
export const SIGNING = {
  /** Verifiers keep the list of keys for a while: a new one signs only when all can know it. */
  publishedFirstMs: 3_600_000,
  signsForMs: 30 * 86_400_000,
  /** A token's life, and the clocks of those who check it. */
  tokenMs: 10 * 60_000,
  skewMs: 60_000,
} as const;

export interface SigningKeyTimes {
  readonly id: string;
  readonly createdAtMs: number;
}

export type KeyPhase = 'announced' | 'signing' | 'verifying' | 'gone';

export function phaseOf({ createdAtMs }: SigningKeyTimes, nowMs: number): KeyPhase {
  const age = nowMs - createdAtMs;
  if (age < SIGNING.publishedFirstMs) return 'announced';
  if (age < SIGNING.publishedFirstMs + SIGNING.signsForMs) return 'signing';
  const lastToken = SIGNING.publishedFirstMs + SIGNING.signsForMs + SIGNING.tokenMs + SIGNING.skewMs;
  return age < lastToken ? 'verifying' : 'gone';
}

/** The newest that signs; at the very first start there is none, and one that is only announced must do. */
export function signerOf<Key extends SigningKeyTimes>(keys: readonly Key[], nowMs: number): Key | undefined {
  const newest = [...keys].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));
  const [signing] = newest.filter((key) => phaseOf(key, nowMs) === 'signing');
  return signing ?? newest.find((key) => phaseOf(key, nowMs) === 'announced');
}

/** Made early enough to be published before the last one stops to sign. */
export function needsNewKey(keys: readonly SigningKeyTimes[], nowMs: number): boolean {
  const ahead = nowMs + 2 * SIGNING.publishedFirstMs;
  return !keys.some((key) => ['announced', 'signing'].includes(phaseOf(key, ahead)));
}
