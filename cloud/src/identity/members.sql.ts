export const MEMBERS_SQL = `select m.person_id as person, p.name, m.roles, m.state, m.since, p.state = 'disabled' as disabled,
  coalesce((select jsonb_agg(jsonb_build_object('kind', c.kind, 'value', c.value, 'verified', c.verified_at is not null) order by c.kind, c.value)
              from person_contact c where c.person_id = m.person_id), '[]') as contacts
  from membership m join person p on p.id = m.person_id
  where m.organisation_id = $1 and ($2::uuid is null or m.person_id = $2) order by m.state, p.name, m.person_id`;
/** Whoever changes who is owner holds all owners: two who step down at once do not leave nobody. */
export const LOCK_MEMBERS_SQL = `select person_id as person, roles, state from membership
  where organisation_id = $1 and (person_id = $2 or 'owner' = any (roles) or 'platform_admin' = any (roles))
  order by person_id for no key update`;
export const JOIN_SQL = `insert into membership as m (organisation_id, person_id, roles, since) values ($1, $2, $3, $4)
  on conflict (organisation_id, person_id) do update set state = 'active', ended_at = null, forgotten_at = null,
    since = case when m.state = 'ended' then excluded.since else m.since end,
    roles = case when m.state = 'ended' then excluded.roles
                 else array(select distinct unnest(m.roles || excluded.roles) order by 1) end`;
export const SET_ROLES_SQL =
  "update membership set roles = $3 where organisation_id = $1 and person_id = $2 and state = 'active'";
export const END_SQL = `update membership set state = 'ended', ended_at = $3
  where organisation_id = $1 and person_id = $2 and state = 'active'`;
export const ELSEWHERE_SQL = 'select person_elsewhere($1) as elsewhere';

export const ROLES_HERE_SQL = 'select roles_here($1) as roles';

export const ADD_INVITATION_SQL = `insert into invitation (id, organisation_id, name, contact_kind, contact_value, roles, hash, invited_by,
  created_at, ends_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const INVITATION = `select id, name, contact_kind as "contactKind", contact_value as "contactValue", roles, invited_by as "invitedBy",
  created_at as "createdAt", ends_at as "endsAt", used_at as "usedAt", used_by as "usedBy", revoked_at as "revokedAt",
  sent_at as "sentAt" from invitation
  where organisation_id = $1`;
export const INVITATIONS_SQL = `${INVITATION} order by created_at desc, id desc limit 500`;
export const LOCK_INVITATION_SQL = `${INVITATION} and id = $2 for update`;
export const INVITATION_BY_HASH_SQL =
  'select id, organisation_id as organisation from invitation_by_hash($1)';
/** Those that are out, of which somebody is the maker or the guest. */
export const OPEN_INVITATIONS_SQL = `select i.id, i.roles, i.invited_by is not distinct from $2::uuid as "made",
  exists (select from person_contact c where c.person_id = $2 and c.kind = i.contact_kind and c.value = i.contact_value) as "addressed"
  from invitation i where i.organisation_id = $1 and i.used_at is null and i.revoked_at is null
    and (i.invited_by = $2 or exists (select from person_contact c where c.person_id = $2
         and c.kind = i.contact_kind and c.value = i.contact_value))
  order by i.id for no key update of i`;
export const RENEW_INVITATION_SQL =
  'update invitation set hash = $2, ends_at = $3, sent_at = $4 where id = $1';
export const USE_INVITATION_SQL = 'update invitation set used_at = $2, used_by = $3 where id = $1';
export const REVOKE_INVITATION_SQL = 'update invitation set revoked_at = $2 where id = $1';

const API_KEY = `select id, name, scopes, hint, created_by as "createdBy", created_at as "createdAt", ends_at as "endsAt", seen_at as "seenAt",
  revoked_at as "revokedAt" from api_key where organisation_id = $1`;
export const API_KEYS_SQL = `${API_KEY} order by created_at desc, id desc`;
export const API_KEYS_OF_SQL = `select id, scopes from api_key
  where organisation_id = $1 and created_by = $2 and revoked_at is null order by id for no key update`;
export const ADD_API_KEY_SQL = `insert into api_key (id, organisation_id, name, scopes, hash, hint, created_by, created_at, ends_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
export const REVOKE_API_KEY_SQL =
  'update api_key set revoked_at = $3 where organisation_id = $1 and id = $2 and revoked_at is null';
export const API_KEY_BY_HASH_SQL = `select id, organisation_id as organisation, scopes, ends_at as "endsAt", seen_at as "seenAt",
  revoked_at as "revokedAt" from api_key_by_hash($1)`;
export const TOUCH_API_KEY_SQL = 'update api_key set seen_at = $3 where organisation_id = $1 and id = $2';
