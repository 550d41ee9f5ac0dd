import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { rootCertificates } from 'node:tls';

/** The hub's door as a gateway sees it: one request in, one answer out. */
export type Door = (path: string, body: Buffer) => Promise<Knocked>;

export type Knocked =
  | { readonly ok: true; readonly body: Buffer }
  | {
      readonly ok: false;
      readonly because: 'unreachable' | 'untrusted' | 'busy' | 'no-door';
      readonly detail: string;
      readonly retryAfterMs: number | null;
    };

export interface DoorOptions {
  readonly hub: string;
  /** When given, only these (and what is pinned) vouch for the hub; else those that the system trusts. */
  readonly ca?: readonly string[];
  readonly pinned?: readonly string[];
  readonly timeoutMs?: number;
}

const ANSWER_MAX = 65_536;
const TIMEOUT_MS = 15_000;

export class HubUrlError extends Error {
  readonly code = 'hub_url_invalid';
  readonly retryable = false;
  override readonly name = 'HubUrlError';
}

/** `https://host[:port][/path]`. Plain HTTP only to this very machine: a hub behind a proxy, a trial. */
function hubUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new HubUrlError(`hub "${text}" is no URL; expected https://hub.example.com`);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw new HubUrlError(`hub "${text}": use https, so that nobody else can answer`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new HubUrlError(`hub "${url.host}": leave out user, password, query and fragment`);
  }
  return url;
}

export function doorTo({ hub, ca, pinned = [], timeoutMs = TIMEOUT_MS }: DoorOptions): Door {
  const base = hubUrl(hub);
  const root = base.pathname.replace(/\/+$/, '');
  const trusted = [...(ca ?? rootCertificates), ...pinned];
  return (path, body) => knock(new URL(`${root}${path}`, base), body, trusted, timeoutMs);
}

function knock(url: URL, body: Buffer, ca: readonly string[], timeoutMs: number): Promise<Knocked> {
  const options: RequestOptions = {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.meterline.request', 'content-length': body.length },
    signal: AbortSignal.timeout(timeoutMs),
  };
  const { promise, resolve } = Promise.withResolvers<Knocked>();
  const fail = (error: Error) => resolve(failure(error, url));
  const sent =
    url.protocol === 'https:'
      ? httpsRequest(url, { ...options, ca: [...ca], minVersion: 'TLSv1.2' })
      : httpRequest(url, options);
  sent.on('error', fail);
  sent.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > ANSWER_MAX) response.destroy(new Error(`answers with more than ${ANSWER_MAX} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', fail);
    response.on('end', () => resolve(answered(response.statusCode ?? 0, response.headers, chunks, url)));
  });
  sent.end(body);
  return promise;
}

function answered(
  status: number,
  headers: { readonly 'retry-after'?: string | undefined },
  chunks: readonly Buffer[],
  url: URL,
): Knocked {
  if (status === 200) return { ok: true, body: Buffer.concat(chunks) };
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfterMs = Number.isInteger(seconds) && seconds >= 0 ? Math.min(seconds, 86_400) * 1_000 : null;
  const detail = `${url.host} answers with HTTP status ${status}`;
  if (status === 429 || status >= 500) return { ok: false, because: 'busy', detail, retryAfterMs };
  return { ok: false, because: 'no-door', detail: `${detail}: is this the hub's address?`, retryAfterMs };
}

/** Codes of OpenSSL and of node:tls that mean: somebody is there, but not the one we trust. */
const UNTRUSTED = /CERT|SELF_SIGNED|ISSUER|ERR_TLS|ERR_SSL|UNABLE_TO_VERIFY/;

function failure(error: Error, url: URL): Knocked {
  const code = 'code' in error ? String(error.code) : '';
  const untrusted = UNTRUSTED.test(code);
  const why = error.name === 'TimeoutError' ? 'does not answer in time' : error.message || code;
  return {
    ok: false,
    because: untrusted ? 'untrusted' : 'unreachable',
    detail: untrusted
      ? `${url.host} cannot prove who it is (${why}); is the clock right, is a --ca file needed?`
      : `${url.host}: ${why}`,
    retryAfterMs: null,
  };
}
