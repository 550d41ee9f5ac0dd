import { createHash } from 'node:crypto';
import {
  check,
  faultLine,
  type PointId,
  readJson,
  simpleReadingsOf,
  simpleSchema,
} from '@meterline/contracts';
import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../../platform/db/index.ts';
import type { DoorParts, DoorStores } from '../door-parts.ts';
import type { DirectReading, DirectSettled } from '../intake.ts';
import { isSignedBy, isTimely, type SignedHeaders, signedHeaders } from './domain/signature.ts';
import { webhookError } from './webhook.errors.ts';
import { type FoundKey, type WebhookStore, webhookStore } from './webhook.store.ts';
import { openSecret, type SealingKey } from './webhook-secret.ts';

export interface WebhookParts extends DoorParts {
  readonly sealing: SealingKey;
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As they came over the wire: what was signed. */
  readonly body: Buffer;
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface WebhookAnswer {
  readonly stored: number;
  readonly repeats: number;
  readonly held: number;
  readonly conflicts: readonly {
    readonly index: number;
    readonly stored: string | null;
    readonly offered: string | null;
  }[];
}

export interface Answered {
  readonly answer: WebhookAnswer;
  /** It was asked before: nothing was done. */
  readonly repeated: boolean;
}

interface Claim {
  readonly receivedAt: Temporal.Instant;
  readonly answer: WebhookAnswer | undefined;
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;
const REMEMBERED_DAYS = 2;
/** One request in so many clears away what is older. */
const CLEARS_ONE_IN = 50;
const FAULTS_TOLD = 20;

/** Verify, store, answer: everything is decided by the secret and the bytes, nothing by what the body says of itself. */
export class WebhookService {
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  async take(request: WebhookRequest): Promise<Answered> {
    const signed = signedHeaders(request.headers);
    if (typeof signed === 'string') {
      throw webhookError('webhook_unauthenticated', {
        message: `${MISSING[signed]}; send Meterline-Key, Meterline-Timestamp and Meterline-Signature as docs/webhook.md says`,
      });
    }
    const found = await this.#verify(signed, request.body);
    const readings = readingsOf(request.body);
    const signature = digest(signed.signature);
    const key = idempotencyKey(request.headers, signature);
    const claim = await this.#claim(found, signed.keyId, key, request, signature);
    if (claim.answer !== undefined) return { answer: claim.answer, repeated: true };
    const settled = await this.#parts.intake.readings({
      organisation: found.organisation,
      source: 4,
      reference: referenceOf(found.source, key, claim.receivedAt),
      readings,
    });
    if (settled.refused.length > 0) {
      await this.#within(found, request, (store) => store.unclaim(found.source, key));
      throw refused(settled);
    }
    const own = answerOf(settled);
    const isFirst = settled.isKnown !== true;
    const stands = await this.#within(found, request, (store) =>
      store.answer(found.source, key, own, isFirst),
    );
    return { answer: isFirst ? own : ((stands as WebhookAnswer | undefined) ?? own), repeated: !isFirst };
  }

  /** The same refusal for whatever is wrong with key or signature: a stranger learns nothing of either. */
  async #verify(signed: SignedHeaders, body: Buffer): Promise<FoundKey> {
    const actor = { kind: 'webhook' };
    const found = await this.#parts.db.transaction({ organisation: null, actor, readOnly: true }, (tx) =>
      tx.bind(webhookStore).key(signed.keyId),
    );
    const now = this.#parts.clock.now();
    const isValid =
      found !== undefined &&
      !found.revoked &&
      (found.expiresAt === null || found.expiresAt.epochMilliseconds > now.epochMilliseconds);
    const secret = found ? openSecret(this.#parts.sealing, found, signed.keyId) : NOBODYS;
    if (!isSignedBy(secret, signed, body) || !isValid) throw webhookError('webhook_unauthenticated');
    if (!isTimely(signed, now.epochMilliseconds)) {
      throw webhookError('webhook_untimely', {
        details: { hubTime: Math.floor(now.epochMilliseconds / 1000) },
      });
    }
    return found;
  }

  /** Since when it is under way, and what was answered before, if this was asked before. */
  #claim(
    found: FoundKey,
    keyId: string,
    key: string,
    request: WebhookRequest,
    signature: Buffer,
  ): Promise<Claim> {
    const body = digest(request.body);
    const now = this.#parts.clock.now();
    return this.#within(found, request, async (store) => {
      await store.used(keyId, now);
      const after = now.subtract({ hours: 24 * REMEMBERED_DAYS });
      if (Math.random() * CLEARS_ONE_IN < 1) await store.forget(found.source, after);
      const receivedAt = await store.claim({ source: found.source, key, body, signature, at: now, after });
      if (receivedAt !== undefined) return { receivedAt, answer: undefined };
      const known = await store.request(found.source, key);
      if (known === undefined) throw webhookError('webhook_replayed');
      if (!known.bodyDigest.equals(body)) throw webhookError('webhook_key_reused');
      // Without an answer: whoever asked first died on the way, or is on it. The pipeline stores it once.
      const answer = (known.answer as WebhookAnswer | null) ?? undefined;
      return { receivedAt: known.receivedAt, answer };
    });
  }

  #within<T>(
    { organisation, source }: FoundKey,
    { address, requestId }: WebhookRequest,
    work: (store: WebhookStore, tx: Tx<DoorStores>) => Promise<T>,
  ): Promise<T> {
    const actor = { kind: 'webhook', id: source, ...(address !== undefined && { address }) };
    return this.#parts.db.transaction(
      { organisation, actor, ...(requestId !== undefined && { requestId }) },
      (tx) => work(tx.bind(webhookStore), tx),
    );
  }
}

/** Of a key that nobody has: as long to compare as any. */
const NOBODYS = 'whs_'.padEnd(47, 'A');

const MISSING = {
  'key-missing': 'the id of the key is missing or malformed',
  'timestamp-missing': 'the timestamp is missing, or not in whole seconds',
  'signature-missing': 'the signature is missing, or not of the form v1=<64 hex digits>',
} as const;

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/**
 * The name of the delivery: the same for every retry of one claim, and another one when the key is used again after its
 * time, since deliveries live longer than keys. Of one length, however long the key is.
 */
const referenceOf = (source: string, key: string, receivedAt: Temporal.Instant): string =>
  `${source}/${receivedAt.epochMilliseconds}/${digest(Buffer.from(key)).toString('hex').slice(0, 32)}`;

function idempotencyKey(headers: WebhookRequest['headers'], signature: Buffer): string {
  const given = headers['idempotency-key'];
  if (given === undefined) return `signature-${signature.toString('hex')}`;
  if (typeof given === 'string' && IDEMPOTENCY_KEY.test(given)) return given;
  throw webhookError('webhook_body_invalid', {
    message: 'Idempotency-Key must have 1 to 200 visible ASCII characters',
  });
}

function readingsOf(body: Buffer): DirectReading[] {
  const json = readJson(body);
  if (!json.ok)
    throw webhookError('webhook_body_invalid', {
      message: `the body is not JSON as the contract has it: ${json.detail}`,
    });
  const checked = check(simpleSchema, json.value);
  if (!checked.ok) {
    const faults = checked.faults.slice(0, FAULTS_TOLD).map(faultLine);
    throw webhookError('webhook_body_invalid', {
      message: faults.join('; ').slice(0, 1_000),
      details: { faults },
    });
  }
  return simpleReadingsOf(checked.value).map((reading) =>
    reading.class === 'gauge'
      ? { point: reading.point as PointId, at: reading.at, class: 'gauge', value: reading.value }
      : {
          point: reading.point as PointId,
          at: reading.at,
          class: reading.class,
          count: BigInt(reading.count),
        },
  );
}

const answerOf = ({ stored, repeats, held, conflicts }: DirectSettled): WebhookAnswer => ({
  stored,
  repeats,
  held,
  conflicts: conflicts.map(({ index, stored: there, offered }) => ({ index, stored: there, offered })),
});

function refused({ refused: list }: DirectSettled) {
  const told = list
    .slice(0, FAULTS_TOLD)
    .map(({ index, reason }) => ({ path: `readings.${index}`, message: reason }));
  const message = `${list.length} of the readings cannot be taken, so none was: ${told[0]?.path} ${told[0]?.message}`;
  return webhookError('webhook_readings_refused', { message, details: { errors: told } });
}
