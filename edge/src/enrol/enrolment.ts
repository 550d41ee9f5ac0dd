import { randomBytes, type X509Certificate } from 'node:crypto';
import { claimHash } from './claim-code.ts';
import type { Credentials } from './credentials.ts';
import { certificateRequest } from './csr.ts';
import type { Door } from './door.ts';
import type { Identity } from './identity.ts';
import {
  type DoorAnswer,
  type DoorRequest,
  fingerprintOf,
  type RefusedAtDoor,
  readAnswer,
  sealRequest,
} from './messages.ts';
import { certificateFrom, judgeChain } from './trust.ts';

export interface EnrolmentParts {
  readonly identity: Identity;
  readonly credentials: Credentials;
  readonly door: Door;
  readonly hub: string;
  /** Name and version. */
  readonly agent: string;
  /** Null while the time is not known. */
  readonly utc: () => number | null;
  readonly random?: (bytes: number) => Uint8Array;
  /** A person wants another hub than the one before: its CA is pinned in place of the old one. */
  readonly newHub?: boolean;
}

export type EnrolStep =
  | { readonly is: 'enrolled'; readonly expires: number }
  | { readonly is: 'waiting'; readonly retryAfterMs: number }
  /** The hub says no; asking again needs a person first. */
  | { readonly is: 'refused'; readonly because: RefusedAtDoor; readonly detail: string }
  /** Not the hub's word, or not to be believed: nothing was changed. */
  | {
      readonly is: 'failed';
      readonly because: 'unreachable' | 'untrusted' | 'busy' | 'no-door' | 'not-believed';
      readonly detail: string;
      readonly retryAfterMs: number | null;
    };

const PATH = '/enrol/v1/requests';

/** Knocks once with the claim. To be repeated while it says `waiting`. */
export async function knockWithClaim(parts: EnrolmentParts): Promise<EnrolStep> {
  const { identity } = parts;
  const claim = await claimHash(identity.claimCode, identity.gateway);
  return knock(parts, { is: 'claim', claim });
}

/** Asks for the next certificate. The one in use stays in use until the new one has worked at the broker. */
export async function knockForRenewal(parts: EnrolmentParts): Promise<EnrolStep> {
  const active = parts.credentials.active();
  const leaf = active && certificateFrom(active.cert);
  if (!leaf) throw new TypeError('there is no certificate to renew');
  return knock(parts, { is: 'renewal', certificate: fingerprintOf(leaf.raw) });
}

async function knock(parts: EnrolmentParts, want: DoorRequest['want']): Promise<EnrolStep> {
  const { identity, credentials, door, agent, utc, random = randomBytes } = parts;
  const key = credentials.requestKey();
  const nonce = Buffer.from(random(16)).toString('hex');
  const request: DoorRequest = {
    v: 1,
    gateway: identity.gateway,
    nonce,
    at: utc(),
    publicKey: identity.signer.publicKey.toString('hex'),
    csr: certificateRequest(identity.gateway, key).toString('base64'),
    agent,
    want,
  };
  const knocked = await door(PATH, sealRequest(request, identity.signer));
  if (!knocked.ok) return { is: 'failed', ...knocked };
  const read = readAnswer(knocked.body, identity.gateway, nonce);
  if (!read.ok) return notBelieved(read.problem);
  return take(read.answer, parts, want.is);
}

function take(answer: DoorAnswer, parts: EnrolmentParts, want: DoorRequest['want']['is']): EnrolStep {
  if (answer.state === 'waiting') return { is: 'waiting', retryAfterMs: answer.retryAfterMs };
  if (answer.state === 'refused') {
    return { is: 'refused', because: answer.because, detail: answer.detail ?? MEANING[answer.because] };
  }
  const { credentials, identity, hub, utc } = parts;
  const [chain, ca] = [certificates(answer.chain), certificates(answer.ca)];
  if (!chain || !ca) return notBelieved('the answer holds something that is no certificate');
  // The first answer says whom to trust from then on; no later one can change that.
  const isFirst = want === 'claim' && (credentials.pinned.length === 0 || parts.newHub === true);
  const pinned = isFirst ? ca : credentials.pinned;
  if (!pinned.every((root) => root.ca)) return notBelieved('what was to be pinned is no CA');
  const key = credentials.requestKey();
  const judged = judgeChain(chain, { gateway: identity.gateway, key, pinned, utc: utc() });
  if (!judged.ok) return notBelieved(judged.problem);
  if (want === 'claim') credentials.enrol(hub, answer.broker, chain, pinned);
  else credentials.offer(chain, answer.broker);
  return { is: 'enrolled', expires: judged.expires };
}

function certificates(texts: readonly string[]): X509Certificate[] | undefined {
  const read = texts.map(certificateFrom);
  return read.every((each) => each !== undefined) ? read : undefined;
}

const notBelieved = (detail: string): EnrolStep => ({
  is: 'failed',
  because: 'not-believed',
  detail,
  retryAfterMs: null,
});

/** What a person does about it. */
const MEANING: Readonly<Record<RefusedAtDoor, string>> = {
  revoked: 'the hub has revoked this gateway; ask whoever manages the building',
  'claim-used': 'this claim code was used before; make a new one: meterline-edge enrol --new-code',
  'claim-expired': 'this claim has expired; make a new code: meterline-edge enrol --new-code',
  'claim-contested': 'two gateways claim with one code; make a new one: meterline-edge enrol --new-code',
  'unknown-gateway': 'the hub does not know this gateway; enrol it again',
  'bad-request': 'the hub does not understand the request; is this agent up to date?',
  'bad-signature': 'the hub does not accept the signature; the identity may come from another machine',
};
