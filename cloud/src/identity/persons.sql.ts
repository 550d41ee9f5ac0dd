export const PERSON_BY_CONTACT_SQL = 'select person_by_contact($1, $2) as person';
export const PERSON_SQL = 'select id, name, locale, state from person where id = $1';
export const ADD_PERSON_SQL = 'insert into person (id, name, locale, created_at) values ($1, $2, $3, $4)';
export const DISABLE_SQL = `update person set state = 'disabled', disabled_at = $2 where id = $1 and state = 'active'`;
export const ENABLE_SQL = `update person set state = 'active', disabled_at = null where id = $1 and state = 'disabled'`;

export const CONTACTS_SQL = `select kind, value, verified_at is not null as verified from person_contact
  where person_id = $1 order by kind, value`;
/** Somebody else may have it: then the second finds nothing that is the person's. */
export const ADD_CONTACT_SQL = `insert into person_contact (kind, value, person_id, added_at) values ($1, $2, $3, $4)
  on conflict do nothing`;
export const HAVE_CONTACT_SQL = `update person_contact set verified_at = coalesce(verified_at, $4)
  where kind = $1 and value = $2 and person_id = $3`;
export const RELEASE_CONTACT_SQL = 'select release_unverified_contact($1, $2)';

const CREDENTIAL = `select password, totp, totp_at as "totpAt", totp_counter as "totpCounter", recovery
  from person_credential where person_id = $1`;
export const CREDENTIAL_SQL = CREDENTIAL;
/** Two that show the same code wait for each other here: the second finds the counter of the first. */
export const LOCK_CREDENTIAL_SQL = `${CREDENTIAL} for update`;
export const SET_PASSWORD_SQL = `insert into person_credential (person_id, password, password_at) values ($1, $2, $3)
  on conflict (person_id) do update set password = excluded.password, password_at = excluded.password_at`;
export const BEGIN_TOTP_SQL = `update person_credential set totp = $2, totp_at = null, totp_counter = null
  where person_id = $1 and totp_at is null`;
export const CONFIRM_TOTP_SQL =
  'update person_credential set totp_at = $2, totp_counter = $3, recovery = $4 where person_id = $1';
export const USE_CODE_SQL = 'update person_credential set totp_counter = $2 where person_id = $1';
export const SET_RECOVERY_SQL = 'update person_credential set recovery = $2 where person_id = $1';
export const REMOVE_TOTP_SQL = `update person_credential set totp = null, totp_at = null, totp_counter = null, recovery = '{}'
  where person_id = $1`;

export const ADD_LINK_SQL = `insert into person_link (id, person_id, purpose, contact_kind, contact_value, hash, created_at, ends_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;
export const LINK_BY_HASH_SQL = 'select id, person_id as person from person_link_by_hash($1)';
export const LOCK_LINK_SQL = `select id, purpose, contact_kind as "contactKind", contact_value as "contactValue", ends_at as "endsAt",
  used_at as "usedAt", revoked_at as "revokedAt" from person_link where id = $1 for update`;
export const RENEW_LINK_SQL =
  'update person_link set hash = $2, ends_at = $3 where id = $1 and used_at is null';
export const USE_LINK_SQL = 'update person_link set used_at = $2 where id = $1';
/** Who asks for another link means that one. */
export const REVOKE_LINKS_SQL = `update person_link set revoked_at = $3
  where person_id = $1 and purpose = $2 and used_at is null and revoked_at is null`;
