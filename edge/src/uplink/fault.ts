/**
 * `refused` and `untrusted` do not get better by trying again soon: a person, or a certificate, has to come.
 * `poisoned`: the broker sent what nobody can take, and would send it again at each connect until it is told to forget.
 */
export type FaultKind = 'unreachable' | 'untrusted' | 'refused' | 'interrupted' | 'poisoned';

export class ConnectFault extends Error {
  readonly code = 'uplink-connect';
  readonly retryable = true;
  readonly kind: FaultKind;

  constructor(kind: FaultKind, line: string, cause?: unknown) {
    super(line, cause === undefined ? {} : { cause });
    this.name = 'ConnectFault';
    this.kind = kind;
  }
}

type Saying = readonly [FaultKind, string];

const CONNACK: Readonly<Record<number, Saying>> = {
  1: ['refused', 'it does not speak MQTT 3.1.1'],
  2: ['refused', 'it does not accept the gateway id as client id'],
  3: ['unreachable', 'it says that it is unavailable'],
  4: ['refused', 'it does not accept the token: check the gateway id and the token'],
  5: ['refused', 'it does not know this gateway, or has locked it: enrol it again, or look at it in the hub'],
};

/** By Node's and OpenSSL's names of what went wrong. */
const CODES: Readonly<Record<string, Saying>> = {
  ENOTFOUND: ['unreachable', 'its name is not known: check the name, and the DNS server of this network'],
  EAI_AGAIN: ['unreachable', 'its name cannot be looked up now: no network, or no DNS server'],
  ECONNREFUSED: ['unreachable', 'nothing answers on that port'],
  EHOSTUNREACH: ['unreachable', 'there is no way to it: check cable, modem or SIM card'],
  ENETUNREACH: ['unreachable', 'there is no network: check cable, modem or SIM card'],
  ETIMEDOUT: ['unreachable', 'it does not answer'],
  ECONNRESET: ['interrupted', 'it hung up'],
  EPIPE: ['interrupted', 'it hung up'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['untrusted', 'its certificate is not of the CA that was pinned at enrolment'],
  SELF_SIGNED_CERT_IN_CHAIN: ['untrusted', 'its certificate is not of the CA that was pinned at enrolment'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'untrusted',
    'its certificate is not of the CA that was pinned at enrolment',
  ],
  UNABLE_TO_GET_ISSUER_CERT: ['untrusted', 'its certificate is not of the CA that was pinned at enrolment'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'untrusted',
    'its certificate is not of the CA that was pinned at enrolment',
  ],
  CERT_SIGNATURE_FAILURE: ['untrusted', 'its certificate is not of the CA that was pinned at enrolment'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['untrusted', 'its certificate is for another name'],
  CERT_HAS_EXPIRED: ['untrusted', 'its certificate has expired'],
  CERT_NOT_YET_VALID: ['untrusted', 'its certificate is not valid yet: is the clock of this gateway right?'],
  CERT_REVOKED: ['untrusted', 'its certificate has been revoked'],
  UNABLE_TO_GET_CRL: ['untrusted', 'there is no revocation list for its certificate'],
  CRL_HAS_EXPIRED: ['untrusted', 'the revocation list is too old'],
  ALERT_UNKNOWN_CA: ['refused', 'it does not know the CA of this gateway’s certificate'],
  ALERT_BAD_CERTIFICATE: ['refused', 'it does not accept this gateway’s certificate'],
  ALERT_UNSUPPORTED_CERTIFICATE: ['refused', 'it does not accept this gateway’s certificate'],
  ALERT_CERTIFICATE_UNKNOWN: ['refused', 'it does not accept this gateway’s certificate'],
  ALERT_ACCESS_DENIED: ['refused', 'it does not accept this gateway’s certificate'],
  ALERT_CERTIFICATE_EXPIRED: ['refused', 'this gateway’s certificate has expired: renew it'],
  ALERT_CERTIFICATE_REVOKED: ['refused', 'this gateway’s certificate has been revoked: enrol it again'],
  ALERT_CERTIFICATE_REQUIRED: ['refused', 'it wants a certificate, and this gateway has none'],
  ALERT_PROTOCOL_VERSION: ['refused', 'it speaks no TLS that is safe'],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ['refused', 'it speaks no TLS that is safe'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['refused', 'it does not speak TLS on that port'],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['refused', 'it does not speak TLS on that port'],
};

/** OpenSSL names an alert by the version that brought it; which one differs from release to release. */
const ALERT = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_/;

/** One clear line for what keeps a gateway from its broker. */
export function connectFault(error: unknown, place: string): ConnectFault {
  if (error instanceof ConnectFault) return error;
  const { code, detail } = partsOf(error);
  const saying = typeof code === 'number' ? CONNACK[code] : CODES[code.replace(ALERT, 'ALERT_')];
  const [kind, words] = saying ?? guess(String(code), detail);
  return new ConnectFault(kind, `broker ${place}: ${words}`, error);
}

function guess(code: string, detail: string): Saying {
  const words = detail.replace(/\p{Cc}+/gu, ' ').slice(0, 160) || code;
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_OSSL')) {
    return ['refused', `TLS failed: ${words}`];
  }
  // What OpenSSL says about a chain is the code itself, in capitals.
  if (/^(?:CERT|CRL|UNABLE|INVALID|ERROR_IN|PATH_LENGTH|HOSTNAME)_?/.test(code)) return ['untrusted', words];
  return ['unreachable', words];
}

function partsOf(error: unknown): { code: string | number; detail: string } {
  if (!(error instanceof Error)) return { code: '', detail: String(error) };
  // Happy eyeballs: all addresses failed; the first tells enough.
  if (error instanceof AggregateError && error.errors.length > 0) return partsOf(error.errors[0]);
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : '';
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
  return { code, detail: reason };
}
