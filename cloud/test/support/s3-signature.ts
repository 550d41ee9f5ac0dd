import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

type Verdict = 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | undefined;

/**
 * Signature Version 4 as Amazon describes it, over the path and query as they were sent. (The server from npm
 * rebuilds both, and gets a bucket's closing slash and the characters ' and * wrong.)
 */
export function judgeSignature(
  request: IncomingMessage,
  accessKeyId: string,
  secretAccessKey: string,
): Verdict {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const signed = url.searchParams.has('X-Amz-Signature')
    ? fromQuery(url.searchParams)
    : fromHeader(request.headers.authorization ?? '', String(request.headers['x-amz-date'] ?? ''));
  if (!signed) return 'AccessDenied';
  const [key, date, region, service] = signed.credential.split('/');
  if (key !== accessKeyId) return 'InvalidAccessKeyId';
  if (signed.expires !== undefined && Date.now() > instant(signed.time) + signed.expires * 1000)
    return 'AccessDenied';

  const text = [
    'AWS4-HMAC-SHA256',
    signed.time,
    `${date}/${region}/${service}/aws4_request`,
    digest(canonical(request, signed.headers)),
  ].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(String(part)).digest(),
    `AWS4${secretAccessKey}`,
  );
  const wanted = createHmac('sha256', signingKey).update(text).digest('hex');
  return wanted === signed.signature ? undefined : 'SignatureDoesNotMatch';
}

interface Signed {
  readonly credential: string;
  readonly headers: string[];
  readonly signature: string;
  readonly time: string;
  readonly expires?: number;
}

function fromQuery(query: URLSearchParams): Signed {
  const value = (name: string) => query.get(`X-Amz-${name}`) ?? '';
  return {
    credential: value('Credential'),
    headers: value('SignedHeaders').split(';'),
    signature: value('Signature'),
    time: value('Date'),
    expires: Number(value('Expires')),
  };
}

function fromHeader(header: string, time: string): Signed | undefined {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
    header,
  );
  const [, credential, headers, signature] = match ?? [];
  if (!credential || !headers || !signature) return undefined;
  return { credential, headers: headers.split(';'), signature, time };
}

function canonical(request: IncomingMessage, headers: string[]): string {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  const parts = query.split('&').filter((part) => part !== '' && !part.startsWith('X-Amz-Signature='));
  const withEquals = parts.map((part) => (part.includes('=') ? part : `${part}=`)).sort();
  const lines = headers.map(
    (name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}\n`,
  );
  const payload = String(request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
  return [request.method, path, withEquals.join('&'), lines.join(''), headers.join(';'), payload].join('\n');
}

function instant(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
