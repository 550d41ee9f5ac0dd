import { isIP } from 'node:net';
import { z } from 'zod';
import { isPlainConnection, PLAIN_CONNECTION, Secret } from './secret.ts';

/** What a refused value must look like is said here, beside the rule; where it came from is added by the parser. */
export const milliseconds = (min: number, max: number) => z.int().min(min).max(max);

export const SECRET_URL = { secret: true, kind: 'url' } as const;
export const SECRET_TEXT = { secret: true, kind: 'text' } as const;

const urlOf = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)), {
    error: `must be a URL that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`,
  });

export const connectionUrl = (...protocols: string[]) =>
  urlOf(...protocols)
    .refine((text) => !URL.canParse(text) || isPlainConnection(text), { error: PLAIN_CONNECTION })
    .transform((text) => Secret.url(text));
export const databaseUrl = connectionUrl('postgres', 'postgresql');
export const redisUrl = connectionUrl('redis', 'rediss');
export const mailUrl = urlOf('smtp', 'smtps')
  .refine((text) => !URL.canParse(text) || new URL(text).hostname !== '', { error: 'must name a server' })
  .transform((text) => Secret.url(text));
export const webUrl = urlOf('http', 'https').refine(
  (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
  { error: 'must not carry a user or a password' },
);

export const operatorToken = z
  .string()
  .regex(/^[\x21-\x7e]{24,512}$/, {
    error:
      'must have 24 to 512 visible ASCII characters without spaces; make one with: openssl rand -base64 32',
  })
  .transform((text) => new Secret(text));

export const masterKey = z
  .string()
  .refine(isMasterKey, { error: 'must be 32 random bytes in base64; make one with: openssl rand -base64 32' })
  .transform((text) => new Secret(text));

export const secretText = z
  .string()
  .min(1, { error: 'must not be empty' })
  .transform((text) => new Secret(text));

/** Exactly 32 bytes, canonical base64, and not one byte repeated (a placeholder, not a key). */
function isMasterKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text && new Set(bytes).size > 1;
}

const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

function isNetwork(text: string): boolean {
  if (NAMED_NETWORKS.includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const TRUST_PROXY_ERROR =
  'must be false or a list of the addresses or networks of the proxies in front, such as 10.0.0.0/8; ' +
  'true or a count would let a client choose its own address';
export const trustProxy = z.union(
  [
    z.literal(false),
    z
      .array(z.string().refine(isNetwork, { error: TRUST_PROXY_ERROR }))
      .min(1)
      .max(32),
  ],
  { error: TRUST_PROXY_ERROR },
);
