import { X509Certificate } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { Config } from '../config/index.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Database } from '../platform/db/index.ts';
import type { Pki } from '../platform/pki/index.ts';
import { type By, revokedCertificates } from '../sites/index.ts';
import { openPki } from './gateway-door.ts';
import { type SitesAtHand, withSites } from './sites.ts';

export interface CertificatesAtHand extends SitesAtHand {
  readonly pki: Pki;
  /** PEM, of all organisations. */
  revocationList(): Promise<string>;
}

/** The hub's certification authority without a hub, for the command line; it is made where there is none yet. */
export function withCertificates<T>(
  config: Config,
  work: (at: CertificatesAtHand) => Promise<T>,
): Promise<T> {
  return withSites(config, async (at) => {
    const pki = openPki(config, at.db, systemClock);
    await pki.ensure();
    return work({ ...at, pki, revocationList: () => revocationList(pki, at.everybody) });
  });
}

/** Issues a certificate for a gateway's own request, and makes it known: until then no door would let it in. */
export async function certifyGateway(
  { pki, gateways }: CertificatesAtHand,
  organisation: string,
  gateway: string,
  request: Buffer,
  by: By,
): Promise<X509Certificate> {
  // Of this organisation, and there.
  await gateways.show(organisation, gateway);
  const issued = await pki.issueClient(request, gateway);
  const certificate = new X509Certificate(issued.certificate);
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  const [issuedAt, notAfter] = [systemClock.now(), Temporal.Instant.from(issued.notAfter.toISOString())];
  await gateways.noteCertificate(
    organisation,
    gateway,
    { fingerprint, serial: issued.serial, issuedAt, notAfter },
    by,
  );
  return certificate;
}

async function revocationList(pki: Pki, everybody: Database | undefined): Promise<string> {
  if (!everybody) throw new TypeError('needs database.workerUrl');
  const list = await pki.revocationList(await revokedCertificates(everybody));
  const lines = list.toString('base64').replace(/(.{64})/g, '$1\n');
  return `-----BEGIN X509 CRL-----\n${lines.trimEnd()}\n-----END X509 CRL-----\n`;
}
