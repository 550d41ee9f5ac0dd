import { X509Certificate } from 'node:crypto';
import type pg from 'pg';
import type { Temporal } from 'temporal-polyfill';

export type KeyPurpose = 'authority' | 'server' | 'signing';

export interface StoredKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly certificate: X509Certificate;
  /** Null where this connection may not have it. */
  readonly sealed: Buffer | null;
  readonly sealedBy: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface NewKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly certificate: Buffer;
  readonly sealed: Buffer;
  readonly sealedBy: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly createdAt: Temporal.Instant;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly certificate: Buffer;
  readonly sealed: Buffer | null;
  readonly sealed_by: string;
  readonly not_before: Temporal.Instant;
  readonly not_after: Temporal.Instant;
}

interface Querying {
  query<R extends pg.QueryResultRow>(
    text: string,
    parameters?: readonly unknown[],
  ): Promise<pg.QueryResult<R>>;
}

const KEYS_SQL = `select id, purpose, certificate, sealed, sealed_by, not_before, not_after
  from hub_key order by created_at desc, id desc`;
const DOOR_KEYS_SQL = 'select * from door_keys()';
/** Of two that make an authority at once, the second takes the first one's. */
const ADD_SQL = `insert into hub_key (id, purpose, certificate, sealed, sealed_by, not_before, not_after, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`;
const SWEEP_SQL = `delete from hub_key where purpose <> 'authority' and not_after < now()`;

/** Newest first. `door`: as the role of the ingest, which has no key of the authority. */
export async function readKeys(on: Querying, as: 'app' | 'door'): Promise<StoredKey[]> {
  const { rows } = await on.query<Row>(as === 'door' ? DOOR_KEYS_SQL : KEYS_SQL);
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose,
    certificate: new X509Certificate(row.certificate),
    sealed: row.sealed,
    sealedBy: row.sealed_by,
    notBefore: row.not_before.epochMilliseconds,
    notAfter: row.not_after.epochMilliseconds,
  }));
}

export async function addKey(on: Querying, key: NewKey): Promise<void> {
  const { id, purpose, certificate, sealed, sealedBy, notBefore, notAfter, createdAt } = key;
  await on.query(ADD_SQL, [id, purpose, certificate, sealed, sealedBy, notBefore, notAfter, createdAt]);
}

export async function sweepKeys(on: Querying): Promise<void> {
  await on.query(SWEEP_SQL);
}
