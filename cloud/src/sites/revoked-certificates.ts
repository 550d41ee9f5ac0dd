import type { Temporal } from 'temporal-polyfill';
import { ALL_ORGANISATIONS, type Database } from '../platform/db/index.ts';

export interface RevokedCertificate {
  /** Hex. */
  readonly serial: string;
  readonly at: Date;
}

/** Over the index gateway_certificate_revoked: what has run out needs no list. */
const REVOKED_CERTIFICATES_SQL = `select serial, revoked_at from gateway_certificate
  where revoked_at is not null and not_after > now() order by revoked_at, serial`;

/** Of all organisations: for the list that a broker of its own is given. */
export function revokedCertificates(everybody: Database): Promise<readonly RevokedCertificate[]> {
  const by = {
    organisation: ALL_ORGANISATIONS,
    actor: { kind: 'operator', id: 'cli' },
    readOnly: true,
  } as const;
  return everybody.transaction(by, async (tx) => {
    const { rows } = await tx.query<{ serial: string; revoked_at: Temporal.Instant }>(
      REVOKED_CERTIFICATES_SQL,
    );
    return rows.map(({ serial, revoked_at: at }) => ({ serial, at: new Date(at.epochMilliseconds) }));
  });
}
