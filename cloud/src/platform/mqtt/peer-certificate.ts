import type { TLSSocket } from 'node:tls';
import type { PresentedCertificate } from './mqtt-door.ts';

export type PeerCertificate =
  | { readonly state: 'none' }
  | { readonly state: 'refused'; readonly because: string }
  | { readonly state: 'verified'; readonly certificate: PresentedCertificate };

/** What TLS has found out about the other side. A certificate that is no good is not the same as none. */
export function certificateOf(socket: TLSSocket, utcMs: number): PeerCertificate {
  const peer = socket.getPeerX509Certificate();
  if (!peer) return { state: 'none' };
  if (!socket.authorized)
    return { state: 'refused', because: String(socket.authorizationError ?? 'not verified').slice(0, 80) };
  if (peer.validToDate.getTime() <= utcMs) return { state: 'refused', because: 'CERT_HAS_EXPIRED' };
  const name = /^CN=([!-~]{1,64})$/.exec(peer.subject)?.[1];
  if (name === undefined) return { state: 'refused', because: 'its subject is not one common name' };
  const fingerprint = peer.fingerprint256.replaceAll(':', '').toLowerCase();
  return {
    state: 'verified',
    certificate: { commonName: name, fingerprint, serial: peer.serialNumber.toLowerCase() },
  };
}
