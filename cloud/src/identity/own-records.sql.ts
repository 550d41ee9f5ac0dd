/** All that identity has of a person, as it is handed out to them. */
export const OWN_PERSON_SQL = `select p.id, p.name, p.locale, p.state, p.created_at as "createdAt", c.password_at as "passwordSetAt",
  c.totp_at as "secondFactorSince", coalesce(cardinality(c.recovery), 0) as "recoveryCodesLeft"
  from person p left join person_credential c on c.person_id = p.id where p.id = $1`;
export const OWN_CONTACTS_SQL = `select kind, value, added_at as "addedAt", verified_at as "verifiedAt" from person_contact
  where person_id = $1 order by kind, value`;
export const OWN_SESSIONS_SQL = `select id, kind, device, level::int as level, created_at as "createdAt", seen_at as "seenAt",
  ends_at as "endsAt", revoked_at as "revokedAt", revoked_why as "revokedWhy" from session where person_id = $1 order by created_at`;
export const OWN_LINKS_SQL = `select id, purpose, contact_kind as "contactKind", contact_value as "contactValue", created_at as "createdAt",
  ends_at as "endsAt", used_at as "usedAt", revoked_at as "revokedAt" from person_link where person_id = $1 order by created_at`;
export const OWN_MEMBERSHIPS_SQL = `select organisation_id as organisation, roles, state, since, ended_at as "endedAt"
  from membership where person_id = $1 and forgotten_at is null order by organisation_id`;
/** Of the transaction's organisation. */
export const OWN_INVITATIONS_SQL = `select id, name, contact_kind as "contactKind", contact_value as "contactValue", roles,
  created_at as "createdAt", used_at as "usedAt" from invitation where organisation_id = $1 and used_by = $2 order by created_at`;

export const ASK_FORGET_SQL = `update person set forget_asked_at = coalesce(forget_asked_at, $2), state = 'disabled',
  disabled_at = coalesce(disabled_at, $2) where id = $1 and state <> 'forgotten'`;
/** Owners besides this one: the row of each is held, so that two who leave at once do not leave nobody. */
export const OTHER_OWNERS_SQL = `select person_id as person from membership where organisation_id = $1 and person_id <> $2
  and state = 'active' and roles && array['owner', 'platform_admin'] order by person_id for no key update`;
export const LEAVE_SQL = `update membership set state = 'ended', ended_at = coalesce(ended_at, $3), forgotten_at = $3
  where organisation_id = $1 and person_id = $2 and forgotten_at is null`;
export const BLANK_INVITATIONS_SQL = `update invitation set name = '–', contact_kind = null, contact_value = null, sent_at = null
  where organisation_id = $1 and used_by = $2`;
export const FORGET_CONTACTS_SQL = 'delete from person_contact where person_id = $1';
export const FORGET_CREDENTIAL_SQL = 'delete from person_credential where person_id = $1';
export const FORGET_LINKS_SQL = 'delete from person_link where person_id = $1';
export const FORGET_SESSIONS_SQL = 'delete from session where person_id = $1';
export const FORGET_PERSON_SQL = `update person set name = '–', state = 'forgotten', disabled_at = null, forgotten_at = $2
  where id = $1 and state <> 'forgotten'`;
