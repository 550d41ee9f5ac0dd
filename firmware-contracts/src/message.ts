import type { z } from 'zod';
import { command, result } from './command.ts';
import { config, configReport } from './config.ts';
import {
  type Kind,
  type OpenOptions,
  openEnvelope,
  type Refused,
  refuse,
  writeEnvelope,
} from './envelope.ts';
import type { GatewayId } from './ids.ts';
import { type Signer, sha256Hex } from './keys.ts';
import { parse } from './parse.ts';
import { receipt } from './receipt.ts';
import type { KeyId } from './scalars.ts';
import { status } from './status.ts';

/** Signed messages that are one statement without a body. */
export const MESSAGES = { status, 'config-report': configReport, result, receipt, config, command } as const;
export type MessageKind = keyof typeof MESSAGES & Kind;
export type Message<K extends MessageKind> = z.infer<(typeof MESSAGES)[K]>;

export interface OpenedMessage<K extends MessageKind> {
  readonly kind: K;
  readonly value: Message<K>;
  readonly keyId: KeyId;
  /** SHA-256 of the signed line. */
  readonly digest: string;
}

/** Throws on a value that is not of its shape: a fault of the caller. */
export function sealMessage<K extends MessageKind>(kind: K, value: Message<K>, signer: Signer): Buffer {
  const parsed = MESSAGES[kind].safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TypeError(`cannot seal a ${kind}: ${issue?.path.join('.')} ${issue?.message}`);
  }
  return writeEnvelope(kind, Buffer.from(JSON.stringify(parsed.data)), Buffer.alloc(0), signer);
}

export interface MessageOptions extends OpenOptions {
  readonly gateway: GatewayId;
}

/** Never throws. Age, version, expiry and repetition are for the receiver to judge: it has the clock. */
export function openMessage<K extends MessageKind>(
  payload: Uint8Array,
  kinds: readonly K[],
  options: MessageOptions,
): { ok: true; message: { [P in K]: OpenedMessage<P> }[K] } | Refused {
  const opened = openEnvelope(payload, kinds, options);
  if (!opened.ok) return opened;
  const { statement, body, keyId } = opened.envelope;
  if (body.length > 0) return refuse('malformed', 'has something after its statement');
  const kind = opened.envelope.kind as K;
  const schema: z.ZodType<{ gateway: string }> = MESSAGES[kind];
  const read = parse(schema, statement);
  if (!read.ok) return read;
  if (read.value.gateway !== options.gateway) return refuse('wrong-gateway', `is for ${read.value.gateway}`);
  const message = { kind, value: read.value, keyId, digest: sha256Hex(statement) };
  return { ok: true, message: message as unknown as { [P in K]: OpenedMessage<P> }[K] };
}
