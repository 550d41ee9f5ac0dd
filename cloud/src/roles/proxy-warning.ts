import type { Config } from '../config/index.ts';

/**
 * The hub itself speaks plain HTTP at its own port: an address for people that says otherwise leads through a proxy.
 * Such a hub works, and therefore starts; what it gets wrong shows only when somebody abuses it.
 */
export function proxyWarning({
  publicUrl,
  trustProxy,
  port,
}: Pick<Config['http'], 'publicUrl' | 'trustProxy' | 'port'>): string | undefined {
  if (publicUrl === undefined || trustProxy !== false) return undefined;
  const url = new URL(publicUrl);
  if (url.protocol === 'http:' && Number(url.port || 80) === port) return undefined;
  return (
    'http.publicUrl leads through a proxy, and http.trustProxy names none: all clients share one rate limit, ' +
    'that of the proxy; set http.trustProxy to its address or network'
  );
}
