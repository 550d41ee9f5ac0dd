import {
  check,
  faultLine,
  type GatewayId,
  gatewayId,
  type Signer,
  sha256,
  signedBytes,
} from '@meterline/contracts';
import { z } from 'zod';

// What goes through the hub's door: docs/enrolment.md.

const base64 = z
  .string()
  .max(8_192)
  .regex(/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
const nonce = z.string().regex(/^[0-9a-f]{32}$/);
const certificates = z.array(base64).min(1).max(4);

export const doorRequest = z.strictObject({
  v: z.literal(1),
  gateway: gatewayId,
  nonce,
  at: z.int().nullable(),
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  csr: base64,
  agent: z.string().min(1).max(64),
  want: z.discriminatedUnion('is', [
    z.strictObject({ is: z.literal('claim'), claim: z.string().regex(/^[0-9a-f]{64}$/) }),
    z.strictObject({
      is: z.literal('renewal'),
      certificate: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .meta({ description: 'SHA-256 of the one in use' }),
    }),
  ]),
});
export type DoorRequest = z.infer<typeof doorRequest>;

const REFUSED_AT_DOOR = [
  'revoked',
  'claim-used',
  'claim-expired',
  'claim-contested',
  'unknown-gateway',
  'bad-request',
  'bad-signature',
] as const;
export type RefusedAtDoor = (typeof REFUSED_AT_DOOR)[number];

const head = { v: z.literal(1), gateway: gatewayId, nonce };
const doorAnswer = z.discriminatedUnion('state', [
  z.strictObject({ ...head, state: z.literal('waiting'), retryAfterMs: z.int().min(1_000).max(3_600_000) }),
  z.strictObject({
    ...head,
    state: z.literal('issued'),
    chain: certificates.meta({ description: 'the certificate first, then those between it and the CA' }),
    ca: certificates.meta({ description: 'the CA that is pinned from now on' }),
    broker: z
      .string()
      .max(300)
      .regex(/^mqtts:\/\/[A-Za-z0-9.[\]:-]+:[0-9]{1,5}$/, 'must be mqtts://host:port'),
  }),
  z.strictObject({
    ...head,
    state: z.literal('refused'),
    because: z.literal(REFUSED_AT_DOOR),
    detail: z.string().max(200).optional(),
  }),
]);
export type DoorAnswer = z.infer<typeof doorAnswer>;

/** The envelope of the contract with a kind of its own, so that no signature serves twice. */
export function sealRequest(request: DoorRequest, signer: Signer): Buffer {
  const statement = Buffer.from(JSON.stringify(doorRequest.parse(request)));
  const signature = signer.sign(signedBytes('enrol', signer.keyId, statement)).toString('hex');
  return Buffer.concat([Buffer.from(`ml1 enrol ${signer.keyId} ${signature}\n`), statement, Buffer.of(0x0a)]);
}

export type AnswerRead =
  | { readonly ok: true; readonly answer: DoorAnswer }
  | { readonly ok: false; readonly problem: string };

/** An answer is believed when it is to this very request; that it comes from the hub is TLS's affair. */
export function readAnswer(body: Buffer, gateway: GatewayId, sent: string): AnswerRead {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { ok: false, problem: 'the answer is not JSON' };
  }
  const checked = check<DoorAnswer>(doorAnswer, value);
  if (!checked.ok)
    return { ok: false, problem: `the answer: ${checked.faults.slice(0, 3).map(faultLine).join(' | ')}` };
  const answer = checked.value;
  if (answer.gateway !== gateway) return { ok: false, problem: 'the answer is for another gateway' };
  if (answer.nonce !== sent) return { ok: false, problem: 'the answer is to another request' };
  return { ok: true, answer };
}

export const fingerprintOf = (der: Uint8Array): string => sha256(der).toString('hex');
