import { type KeyObject, X509Certificate } from 'node:crypto';
import type { GatewayId } from '@meterline/contracts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const CHAIN_MAX = 4;
/** Clocks of hub and gateway may differ by this much when a certificate is brand-new. */
const SKEW_MS = 5 * 60_000;

export type ChainJudged =
  | { readonly ok: true; readonly leaf: X509Certificate; readonly expires: number }
  | { readonly ok: false; readonly problem: string };

export interface Expected {
  readonly gateway: GatewayId;
  /** The key that the request was made with. */
  readonly key: KeyObject;
  readonly pinned: readonly X509Certificate[];
  /** Null: the time is not known, so the dates are left to the broker. */
  readonly utc: number | null;
}

/** A certificate is taken only if it is for our key and our name, to be used as a client, under the pinned CA. */
export function judgeChain(chain: readonly X509Certificate[], expected: Expected): ChainJudged {
  const [leaf, ...between] = chain;
  const fail = (problem: string): ChainJudged => ({ ok: false, problem });
  if (!leaf) return fail('the answer holds no certificate');
  if (chain.length > CHAIN_MAX)
    return fail(`the chain has ${chain.length} certificates, at most ${CHAIN_MAX}`);
  if (!leaf.checkPrivateKey(expected.key)) return fail('the certificate is for another key than ours');
  if (leaf.subject !== `CN=${expected.gateway}`) {
    return fail(`the certificate is for "${oneLine(leaf.subject)}", we are CN=${expected.gateway}`);
  }
  if (leaf.ca) return fail('the certificate could sign others: a gateway has no use for that');
  if (!(leaf.keyUsage ?? []).includes(CLIENT_AUTH)) return fail('the certificate is not for a TLS client');
  const end = climb(leaf, between);
  if (typeof end === 'string') return fail(end);
  if (!expected.pinned.some((root) => isUnder(end, root)))
    return fail('the chain does not end in the pinned CA');
  const { utc } = expected;
  const dates = utc === null ? undefined : [...chain].map((each) => datesFault(each, utc)).find(Boolean);
  if (dates) return fail(dates);
  return { ok: true, leaf, expires: leaf.validToDate.getTime() };
}

/** Follows the chain upwards to its last member. */
function climb(leaf: X509Certificate, between: readonly X509Certificate[]): X509Certificate | string {
  let below = leaf;
  for (const above of between) {
    if (!isUnder(below, above)) return `${oneLine(above.subject)} has not signed ${oneLine(below.subject)}`;
    below = above;
  }
  return below;
}

/** Signed by it, or the very same: some hubs send their root along. */
export const isUnder = (below: X509Certificate, above: X509Certificate): boolean =>
  above.ca &&
  (below.fingerprint256 === above.fingerprint256 ||
    (below.checkIssued(above) && below.verify(above.publicKey)));

export function datesFault(certificate: X509Certificate, utc: number): string | undefined {
  if (utc < certificate.validFromDate.getTime() - SKEW_MS) {
    return `${oneLine(certificate.subject)} is valid only from ${certificate.validFromDate.toISOString()}`;
  }
  if (utc >= certificate.validToDate.getTime()) {
    return `${oneLine(certificate.subject)} has expired on ${certificate.validToDate.toISOString()}`;
  }
  return undefined;
}

/** Base64 DER or PEM, with whatever somebody wrote above it; undefined for what is no certificate. */
export function certificateFrom(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text.includes('-----BEGIN ') ? text : Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}

const oneLine = (name: string): string =>
  name
    .replaceAll('\n', ', ')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 120);
