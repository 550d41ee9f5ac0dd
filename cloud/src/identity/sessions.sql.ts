/** At every request of a person: one call, one row. */
export const SESSION_VIEW_SQL = 'select * from session_view($1, $2)';
export const ADD_SESSION_SQL = `insert into session (id, person_id, kind, device, level, hash, token_at, created_at, seen_at, ends_at)
  values ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8)`;
export const TOUCH_SQL = 'update session set seen_at = $2 where id = $1 and seen_at < $2';
/** Requests side by side: one of them makes the offer, and the others go on with what they have. */
export const OFFER_SQL = `update session set offered = $3, offered_at = $4, seen_at = $4
  where id = $1 and hash = $2 and revoked_at is null and (offered_at is null or offered_at < $5)`;
export const PROMOTE_SQL = `update session set previous = hash, hash = offered, offered = null, offered_at = null, token_at = $3,
  seen_at = $3 where id = $1 and offered = $2 and revoked_at is null`;
/**
 * A sign-in that became worth more or less gets another token at once, and the one from before opens nothing: whoever
 * copied it would have what they never showed, for as long as requests that were under way are waited for.
 */
export const RENEW_SQL = `update session set previous = null, hash = $2, offered = null, offered_at = null, token_at = $3, seen_at = $3,
  level = $4 where id = $1 and kind = 'browser' and revoked_at is null`;
export const SET_LEVEL_SQL = `update session set level = $2 where id = $1 and kind = 'client' and revoked_at is null`;
export const REVOKE_SQL = `update session set revoked_at = $3, revoked_why = $4
  where person_id = $1 and id = $2 and revoked_at is null`;
export const REVOKE_ALL_SQL = `update session set revoked_at = $3, revoked_why = $4
  where person_id = $1 and id is distinct from $2::uuid and revoked_at is null`;
export const SESSIONS_SQL = `select id, kind, device, level::int as level, created_at as "createdAt", seen_at as "seenAt",
  ends_at as "endsAt", revoked_at as "revokedAt" from session
  where person_id = $1 and revoked_at is null and ends_at > $2 order by seen_at desc, id`;

export const SESSION_BY_REFRESH_SQL = 'select id, person_id as person from session_by_refresh($1)';
/** Two that show the same token wait here for each other: the second finds it used. */
export const LOCK_FAMILY_SQL = `select ends_at as "endsAt", seen_at as "seenAt", revoked_at as "revokedAt", level::int as level
  from session where id = $1 for update`;
export const REFRESH_STATE_SQL =
  'select used_at is not null as used from refresh_token where hash = $1 and session_id = $2';
export const USE_REFRESH_SQL = 'update refresh_token set used_at = $2 where hash = $1';
export const ADD_REFRESH_SQL =
  'insert into refresh_token (hash, session_id, person_id, issued_at) values ($1, $2, $3, $4)';

/** The bucket of domain/throttle.ts in one statement: a try is taken, or no row comes back. */
export const TAKE_SQL = `insert into sign_in_limit as l (name, subject, full_at)
  values ($1, $2, $3::timestamptz + $4::int8 * interval '1 millisecond')
  on conflict (name, subject) do update
    set full_at = greatest(l.full_at, $3::timestamptz) + $4::int8 * interval '1 millisecond'
    where greatest(l.full_at, $3::timestamptz) + $4::int8 * interval '1 millisecond'
          <= $3::timestamptz + $5::int8 * interval '1 millisecond'
  returning full_at as "fullAt"`;
export const GIVE_BACK_SQL = `update sign_in_limit set full_at = full_at - $3::int8 * interval '1 millisecond'
  where name = $1 and subject = $2`;
export const SWEEP_LIMITS_SQL = 'delete from sign_in_limit where full_at < $1';

export const ACCESS_KEYS_SQL = `select id, public_key as "publicKey", sealed, sealed_by as "sealedBy", created_at as "createdAt"
  from access_key order by created_at desc, id`;
export const ADD_ACCESS_KEY_SQL =
  'insert into access_key (id, public_key, sealed, sealed_by, created_at) values ($1, $2, $3, $4, $5)';
export const SWEEP_ACCESS_KEYS_SQL = 'delete from access_key where created_at < $1';
/** Whoever makes a key holds this: two processes that start at once make one. */
export const LOCK_ACCESS_KEYS_SQL = 'lock table access_key in share row exclusive mode';
