import { createHash } from 'node:crypto';

/**
 * What opens something and is held by one party only. The prefix tells people, and programs that look for leaked
 * secrets, what it is; the rest are 256 random bits, so that one SHA-256 keeps what is stored from being of use.
 */
export const TOKEN_KINDS = {
  session: 'mls_',
  refresh: 'mlr_',
  invitation: 'mli_',
  link: 'mll_',
  key: 'mlk_',
} as const;
export type TokenKind = keyof typeof TOKEN_KINDS;

const BYTES = 32;
const BODY = /^[A-Za-z0-9_-]{43}$/;

export function makeToken(kind: TokenKind, random: (bytes: number) => Uint8Array): string {
  return TOKEN_KINDS[kind] + Buffer.from(random(BYTES)).toString('base64url');
}

export function isToken(kind: TokenKind, text: string): boolean {
  const prefix = TOKEN_KINDS[kind];
  return text.startsWith(prefix) && BODY.test(text.slice(prefix.length));
}

/** The kind is part of what is hashed: one kind's token never opens what another's does. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();
