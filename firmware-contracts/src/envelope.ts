import { deflateSync, inflateSync } from 'node:zlib';
import type { KeyRing, Signer } from './keys.ts';
import { LIMITS } from './limits.ts';
import { type KeyId, keyId } from './scalars.ts';

/** What can be signed, and by whom: `up` by the gateway, `down` by the hub. */
export const KINDS = {
  readings: 'up/readings',
  boundary: 'up/readings',
  records: 'up/readings',
  status: 'up/status',
  'config-report': 'up/status',
  result: 'up/result',
  receipt: 'down/receipt',
  config: 'down/config',
  command: 'down/command',
} as const;
export type Kind = keyof typeof KINDS;
export type BatchKind = 'readings' | 'boundary' | 'records';

export const REFUSALS = [
  'wrong-topic',
  'too-large',
  'not-deflated',
  'inflates-too-large',
  'not-an-envelope',
  'unexpected-kind',
  'unknown-key',
  'bad-signature',
  'not-json',
  'malformed',
  'wrong-gateway',
  'body-mismatch',
  'root-mismatch',
  'inconsistent',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Why a message was not believed. `detail` is for a person; it quotes at most a few words of the input. */
export interface Refused {
  readonly ok: false;
  readonly reason: Refusal;
  readonly detail: string;
}

export const refuse = (reason: Refusal, detail: string): Refused => ({
  ok: false,
  reason,
  detail: detail.slice(0, 500).replace(/\p{Cc}/gu, ' '),
});

/** Signature checked; nothing parsed yet. */
export interface Envelope {
  readonly kind: Kind;
  readonly keyId: KeyId;
  readonly signature: Buffer;
  /** The signed line, without its line end. */
  readonly statement: Buffer;
  /** What follows it; bound by a digest in the statement. */
  readonly body: Buffer;
}

const LINE_END = 0x0a;
/** `ml1 <kind> <key id> <signature>` */
const FIRST_LINE = /^ml1 ([a-z-]{1,16}) ([0-9a-f]{16}) ([0-9a-f]{128})$/;
const FIRST_LINE_MAX = 4 + 16 + 1 + 16 + 1 + 128;

/** Signed are the first line without its signature and the statement: the kind and the key cannot be exchanged. */
export const signedBytes = (kind: string, key: KeyId, statement: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`ml1 ${kind} ${key}\n`), statement]);

export function writeEnvelope(kind: Kind, statement: Buffer, body: Buffer, signer: Signer): Buffer {
  if (statement.includes(LINE_END)) throw new TypeError('a statement is one line');
  const signature = signer.sign(signedBytes(kind, signer.keyId, statement)).toString('hex');
  const first = Buffer.from(`ml1 ${kind} ${signer.keyId} ${signature}\n`);
  return Buffer.concat([first, statement, Buffer.of(LINE_END), body]);
}

export interface OpenOptions {
  readonly keys: KeyRing;
  readonly deflated: boolean;
}

export function openEnvelope(
  payload: Uint8Array,
  kinds: readonly Kind[],
  { keys, deflated }: OpenOptions,
): { ok: true; envelope: Envelope } | Refused {
  const plain = inflate(payload, deflated);
  if (!plain.ok) return plain;
  const { bytes } = plain;
  const firstEnd = bytes.subarray(0, FIRST_LINE_MAX + 1).indexOf(LINE_END);
  const match = firstEnd < 0 ? null : FIRST_LINE.exec(bytes.toString('latin1', 0, firstEnd));
  const statementEnd = bytes.indexOf(LINE_END, firstEnd + 1);
  if (!match || statementEnd < 0) {
    return refuse(
      'not-an-envelope',
      'must begin with a line "ml1 <kind> <key id> <signature>" and a statement',
    );
  }
  const [, kind = '', key = '', signatureHex = ''] = match;
  if (!kinds.some((known) => known === kind))
    return refuse('unexpected-kind', `"${kind}" is not expected here`);
  const id = keyId.parse(key);
  const verifier = keys(id);
  if (!verifier) return refuse('unknown-key', `no key ${id}`);
  const statement = bytes.subarray(firstEnd + 1, statementEnd);
  const signature = Buffer.from(signatureHex, 'hex');
  if (!verifier.verify(signedBytes(kind, id, statement), signature)) {
    return refuse('bad-signature', `the signature does not fit key ${id}`);
  }
  const body = bytes.subarray(statementEnd + 1);
  return { ok: true, envelope: { kind: kind as Kind, keyId: id, signature, statement, body } };
}

/** zlib format, RFC 1950. Any zlib implementation may write it: nothing depends on the compressed bytes. */
export const deflate = (payload: Uint8Array): Buffer => deflateSync(payload);

type Plain = { ok: true; bytes: Buffer } | Refused;

/** The bytes that were meant, within the limits; a bomb stops at the limit. */
export function inflate(payload: Uint8Array, deflated: boolean): Plain {
  if (payload.length > LIMITS.payloadBytes) return refuse('too-large', `${payload.length} bytes`);
  if (!deflated) return { ok: true, bytes: Buffer.from(payload.buffer, payload.byteOffset, payload.length) };
  try {
    const { buffer, engine } = inflateSync(payload, INFLATE) as unknown as Inflated;
    if (engine.bytesWritten !== payload.length) return refuse('not-deflated', 'has bytes after its end');
    return { ok: true, bytes: buffer };
  } catch (error) {
    const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (tooLarge) return refuse('inflates-too-large', `more than ${LIMITS.inflatedBytes} bytes`);
    return refuse('not-deflated', 'is not a whole zlib stream');
  }
}

const INFLATE = { maxOutputLength: LIMITS.inflatedBytes, info: true } as const;

/** What `info` makes of the result; the engine has consumed `bytesWritten` of the input. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
