import { createHmac, timingSafeEqual } from 'node:crypto';

/** Either way: a message from the future is as wrong as one from the past, and could be kept for later. */
const TOLERANCE_MS = 5 * 60_000;
const KEY_ID = /^whk_[0-9a-z]{16}$/;
const TIMESTAMP = /^[1-9]\d{9}$/;
const SIGNATURE = /^v1=([0-9a-f]{64})$/;

export interface SignedHeaders {
  readonly keyId: string;
  /** As it was signed: seconds since 1970. */
  readonly timestamp: string;
  readonly signature: Buffer;
}

export type HeaderFault = 'key-missing' | 'timestamp-missing' | 'signature-missing';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A header that comes twice is none: proxies differ in which one they keep. */
export function signedHeaders(headers: Headers): SignedHeaders | HeaderFault {
  const one = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  const keyId = one('meterline-key');
  if (!KEY_ID.test(keyId)) return 'key-missing';
  const timestamp = one('meterline-timestamp');
  if (!TIMESTAMP.test(timestamp)) return 'timestamp-missing';
  const signature = SIGNATURE.exec(one('meterline-signature'))?.[1];
  if (signature === undefined) return 'signature-missing';
  return { keyId, timestamp, signature: Buffer.from(signature, 'hex') };
}

/** HMAC-SHA256 over `<timestamp>.<body as sent>`; the secret is the text that was handed out, prefix and all. */
export function sign(secret: string, timestamp: string, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
}

export function isSignedBy(secret: string, headers: SignedHeaders, body: Uint8Array): boolean {
  return timingSafeEqual(sign(secret, headers.timestamp, body), headers.signature);
}

export const isTimely = ({ timestamp }: SignedHeaders, nowMs: number): boolean =>
  Math.abs(Number(timestamp) * 1000 - nowMs) <= TOLERANCE_MS;
