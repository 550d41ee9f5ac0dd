import { sign, verify } from 'node:crypto';
import type { Head } from './chain.ts';
import type { Signer, TrustedKey } from './checkpoint.ts';
import { textForm } from './text-form.ts';

/** A round as it is noted outside of the database, where whoever rules the database has no say. */
export interface Anchor extends Head {
  /** Counts how often an operator accepted that history was lost; a restored backup does that. */
  readonly epoch: number;
  readonly at: string;
  /** Why what was noted before is not to be looked for any more: said by the first anchor of an epoch. */
  readonly reason: string | null;
  readonly keyId: string;
  readonly signature: Buffer;
}

type Unsigned = Omit<Anchor, 'signature'>;

function anchorText(anchor: Unsigned): string {
  return textForm('meterline audit anchor 1', [
    ['epoch', String(anchor.epoch)],
    ['round', String(anchor.number)],
    ['digest', anchor.digest],
    ['at', anchor.at],
    ['reason', anchor.reason],
    ['key', anchor.keyId],
  ]);
}

export function signAnchor(signer: Signer, anchor: Omit<Unsigned, 'keyId'>): Anchor {
  const unsigned = { ...anchor, keyId: signer.id };
  return { ...unsigned, signature: sign(null, Buffer.from(anchorText(unsigned)), signer.privateKey) };
}

export function isGenuineAnchor(anchor: Anchor, trusted: readonly TrustedKey[]): boolean {
  const key = trusted.find(({ id }) => id === anchor.keyId)?.key;
  return key !== undefined && verify(null, Buffer.from(anchorText(anchor)), key, anchor.signature);
}

/** As it is stored: one JSON object. */
export function formatAnchor({ number, signature, ...rest }: Anchor): string {
  return `${JSON.stringify({ ...rest, number: String(number), signature: signature.toString('base64') })}\n`;
}

export function parseAnchor(text: string): Anchor | undefined {
  let read: Record<string, unknown>;
  try {
    read = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { epoch, number, digest, at, reason, keyId, signature } = read ?? {};
  if (
    !Number.isSafeInteger(epoch) ||
    typeof number !== 'string' ||
    !/^\d{1,16}$/.test(number) ||
    ![digest, at, keyId, signature].every((value) => typeof value === 'string') ||
    (reason !== null && typeof reason !== 'string')
  )
    return undefined;
  return {
    epoch: Number(epoch),
    number: BigInt(number),
    digest: String(digest),
    at: String(at),
    reason,
    keyId: String(keyId),
    signature: Buffer.from(String(signature), 'base64'),
  };
}

/** Later, or at least as far: what governs is the last epoch, and in it the furthest round. */
export function inOrderOfAnchors(
  a: Pick<Anchor, 'epoch' | 'number'>,
  b: Pick<Anchor, 'epoch' | 'number'>,
): number {
  return a.epoch - b.epoch || (a.number < b.number ? -1 : a.number > b.number ? 1 : 0);
}
