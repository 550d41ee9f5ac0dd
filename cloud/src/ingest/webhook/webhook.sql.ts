export const KEY_SQL = `select organisation, source, sealed, sealed_by as "sealedBy", expires_at as "expiresAt", revoked
  from webhook_key($1)`;

export const ADD_SOURCE_SQL = `insert into webhook_source (id, organisation_id, name, created_at) values ($2, $1, $3, $4)
  on conflict (organisation_id, name) do nothing`;
const SECRETS = `coalesce((select json_agg(json_build_object('keyId', s.key_id, 'createdAt', s.created_at,
    'expiresAt', s.expires_at, 'revokedAt', s.revoked_at, 'lastUsedAt', s.last_used_at) order by s.created_at desc, s.key_id)
  from webhook_secret s where s.organisation_id = w.organisation_id and s.source_id = w.id), '[]') as secrets`;
const SOURCE = `w.id, w.name, w.created_at as "createdAt", w.revoked_at as "revokedAt", ${SECRETS} from webhook_source w`;
export const SOURCES_SQL = `select ${SOURCE} where w.organisation_id = $1 order by w.name limit 1000`;
export const SOURCE_SQL = `select ${SOURCE} where w.organisation_id = $1 and w.id = $2`;
/** Two rotations at once would leave three secrets. */
export const LOCK_SOURCE_SQL = `select id, revoked_at as "revokedAt" from webhook_source
  where organisation_id = $1 and id = $2 for no key update`;
export const REVOKE_SOURCE_SQL = `update webhook_source set revoked_at = $3
  where organisation_id = $1 and id = $2 and revoked_at is null`;
export const REVOKE_SECRETS_SQL = `update webhook_secret set revoked_at = $3
  where organisation_id = $1 and source_id = $2 and revoked_at is null`;

export const ADD_SECRET_SQL = `insert into webhook_secret (key_id, organisation_id, source_id, sealed, sealed_by, created_at)
  values ($3, $1, $2, $4, $5, $6)`;
/** Those that were on their way out already go now: two are valid at most. */
export const DROP_OLDER_SQL = `update webhook_secret set revoked_at = $3
  where organisation_id = $1 and source_id = $2 and revoked_at is null and expires_at is not null`;
export const EXPIRE_SQL = `update webhook_secret set expires_at = $3
  where organisation_id = $1 and source_id = $2 and revoked_at is null and expires_at is null`;
/** To the hour: a row that is written with every request would be the slowest part of it. */
export const USED_SQL = `update webhook_secret set last_used_at = $3
  where organisation_id = $1 and key_id = $2 and (last_used_at is null or last_used_at < $3::timestamptz - interval '1 hour')`;

/** Whether or not anybody has cleared it away: what is older than that is another request. */
export const EXPIRED_SQL = `delete from webhook_request
  where organisation_id = $1 and source_id = $2 and idempotency_key = $3 and received_at < $4`;
export const CLAIM_SQL = `insert into webhook_request (source_id, idempotency_key, organisation_id, body_digest,
    signature_digest, received_at) values ($2, $3, $1, $4, $5, $6) on conflict do nothing
  returning received_at as "receivedAt"`;
export const REQUEST_SQL = `select body_digest as "bodyDigest", received_at as "receivedAt", answer from webhook_request
  where organisation_id = $1 and source_id = $2 and idempotency_key = $3`;
/** `$5`: it comes from whoever stored the readings, and knows best. Any other one only fills what is empty. */
export const ANSWER_SQL = `update webhook_request set answer = case when $5 then $4 else coalesce(answer, $4) end
  where organisation_id = $1 and source_id = $2 and idempotency_key = $3 returning answer`;
/** Nothing came of it: put right, it may be asked again under the same key. */
export const UNCLAIM_SQL = `delete from webhook_request
  where organisation_id = $1 and source_id = $2 and idempotency_key = $3 and answer is null`;
export const FORGET_SQL = `delete from webhook_request where ctid = any(array(
  select ctid from webhook_request where organisation_id = $1 and source_id = $2 and received_at < $3 limit 500))`;
