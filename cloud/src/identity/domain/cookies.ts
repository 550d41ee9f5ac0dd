import { createHmac, timingSafeEqual } from 'node:crypto';

/** `__Host-`: of this very host, over TLS only, for all paths (RFC 6265bis). Plain http, as on a test machine, has none. */
export const cookieName = (name: 'session' | 'device', secure: boolean): string =>
  `${secure ? '__Host-' : ''}meterline_${name}`;

export function readCookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  // Two of one name: one was planted by a neighbouring host, and which is not known.
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}

export function writeCookie(name: string, value: string, seconds: number, secure: boolean): string {
  const flags = ['Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Lax', ...(secure ? ['Secure'] : [])];
  return [`${name}=${value}`, ...flags].join('; ');
}

export const DEVICE_COOKIE_SECONDS = 400 * 86_400;
const DEVICE = /^([0-9a-f]{32})\.([A-Za-z0-9_-]{43})$/;

/**
 * Says that this device has signed in to that account before. It opens nothing: its guesses are counted apart from
 * those of strangers, who therefore cannot lock the account against it.
 */
export function makeDeviceCookie(key: Uint8Array, account: string, nonce: Uint8Array): string {
  const id = Buffer.from(nonce.subarray(0, 16)).toString('hex');
  return `${id}.${macOf(key, account, id).toString('base64url')}`;
}

/** The device's id if the cookie is one of ours and of this account. */
export function readDeviceCookie(
  key: Uint8Array,
  account: string,
  cookie: string | undefined,
): string | undefined {
  const [, id, mac] = DEVICE.exec(cookie ?? '') ?? [];
  if (id === undefined || mac === undefined) return undefined;
  return timingSafeEqual(Buffer.from(mac, 'base64url'), macOf(key, account, id)) ? id : undefined;
}

const macOf = (key: Uint8Array, account: string, id: string): Buffer =>
  createHmac('sha256', key).update(`device 1 ${id} ${account}`).digest();
