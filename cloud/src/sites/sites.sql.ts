export const ADD_ORGANISATION_SQL = 'insert into organisation (id, name, created_at) values ($1, $2, $3)';
export const ORGANISATIONS_SQL =
  'select id, name, created_at as "createdAt" from organisation order by name, id';

export const ADD_BUILDING_SQL =
  'insert into building (id, organisation_id, name, zone, created_at) values ($1, $2, $3, $4, $5)';
export const BUILDINGS_SQL =
  'select id, name, zone, created_at as "createdAt" from building where organisation_id = $1 order by name, id';

export const ADD_PLACE_SQL = `insert into place (id, organisation_id, building_id, parent_id, name, kind, created_at)
  values ($1, $2, $3, $4, $5, $6, $7)`;
export const PLACES_SQL = `select id, building_id as building, parent_id as parent, name, kind from place
  where organisation_id = $1 and ($2::uuid is null or building_id = $2) order by building_id, kind, name, id`;

export const ADD_GATEWAY_SQL = `insert into gateway (id, organisation_id, building_id, name, kind, replaces_id, created_at)
  values ($1, $2, $3, $4, $5, $6, $7)`;

const GATEWAY = `g.id, g.building_id as building, g.name, g.kind, g.state, g.replaces_id as replaces,
  g.created_at as "createdAt", g.revoked_at as "revokedAt", c.seen_at as "seenAt",
  (select count(*)::int from point p where p.organisation_id = g.organisation_id and p.gateway_id = g.id) as points
  from gateway g left join gateway_contact c on c.gateway_id = g.id`;
export const GATEWAYS_SQL = `select ${GATEWAY}
  where g.organisation_id = $1 and ($2::uuid is null or g.building_id = $2) order by g.name, g.id`;
export const GATEWAY_SQL = `select ${GATEWAY} where g.organisation_id = $1 and g.id = $2`;
/** Whoever changes a gateway's credentials holds its row: two at once would pass each other's limits. */
export const LOCK_GATEWAY_SQL = `select id, state, kind, building_id as building from gateway
  where organisation_id = $1 and id = $2 for no key update`;
export const REVOKE_GATEWAY_SQL = `update gateway set state = 'revoked', revoked_at = $3
  where organisation_id = $1 and id = $2`;

export const ADD_KEY_SQL = `insert into gateway_key (key_id, organisation_id, gateway_id, public_key, added_at)
  values ($1, $2, $3, $4, $5)`;
export const KEYS_SQL = `select key_id as "keyId", encode(public_key, 'hex') as "publicKey", added_at as "addedAt",
  retired_at as "retiredAt" from gateway_key where organisation_id = $1 and gateway_id = $2 order by added_at, key_id`;
export const RETIRE_KEY_SQL = `update gateway_key set retired_at = $4
  where organisation_id = $1 and gateway_id = $2 and key_id = $3 and retired_at is null`;

export const ADD_TOKEN_SQL = `insert into gateway_token (id, organisation_id, gateway_id, hash, created_at)
  values ($1, $2, $3, $4, $5)`;
export const TOKENS_SQL = `select id, created_at as "createdAt", revoked_at as "revokedAt" from gateway_token
  where organisation_id = $1 and gateway_id = $2 order by created_at, id`;
export const REVOKE_TOKENS_SQL = `update gateway_token set revoked_at = $3
  where organisation_id = $1 and gateway_id = $2 and revoked_at is null`;

export const CERTIFICATES_SQL = `select encode(fingerprint, 'hex') as fingerprint, serial, issued_at as "issuedAt",
  not_after as "notAfter", revoked_at as "revokedAt" from gateway_certificate
  where organisation_id = $1 and gateway_id = $2 order by issued_at, fingerprint`;
export const ADD_CERTIFICATE_SQL = `insert into gateway_certificate (fingerprint, organisation_id, gateway_id, serial,
  issued_at, not_after) values ($1, $2, $3, $4, $5, $6)`;
export const REVOKE_CERTIFICATES_SQL = `update gateway_certificate set revoked_at = $3
  where organisation_id = $1 and gateway_id = $2 and revoked_at is null`;

export const ADD_METER_SQL = `insert into meter (id, organisation_id, building_id, profile, serial, role, label,
  parent_meter_id, accuracy_ppm, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
export const METER_ACCURACY_SQL = 'update meter set accuracy_ppm = $3 where organisation_id = $1 and id = $2';
const METER = `select id, building_id as building, profile, serial, role, label, parent_meter_id as parent,
  accuracy_ppm as "accuracyPpm" from meter`;
export const METERS_SQL = `${METER}
  where organisation_id = $1 and ($2::uuid is null or building_id = $2) order by label, id`;
export const METER_SQL = `${METER} where organisation_id = $1 and id = $2`;

export const ADD_POINT_SQL = `insert into point (id, organisation_id, gateway_id, meter_id, register, quantity, unit, class,
  created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
const POINT = `select p.id, p.no, p.gateway_id as gateway, p.meter_id as meter, m.label as "meterLabel", p.register,
  p.quantity, p.unit, p.class, p.seen_at as "seenAt" from point p left join meter m on m.id = p.meter_id`;
export const POINTS_SQL = `${POINT} where p.organisation_id = $1 and ($2::uuid is null or p.gateway_id = $2)
  and ($3::uuid is null or p.meter_id = $3) and ($4::uuid is null or p.id > $4) order by p.id limit $5`;
export const POINT_SQL = `${POINT} where p.organisation_id = $1 and p.id = $2`;
export const LOCK_POINT_SQL = `select id, meter_id as meter from point
  where organisation_id = $1 and id = $2 for no key update`;
export const ASSIGN_POINT_SQL = 'update point set meter_id = $3 where organisation_id = $1 and id = $2';
/** A new gateway reads what the old one read. Its own history begins; the old one's stays. */
export const TAKE_OVER_SQL = `with moved as (
    update point set gateway_id = $3 where organisation_id = $1 and gateway_id = $2 returning id, organisation_id)
  insert into point_source (point_id, gateway_id, organisation_id, from_at) select id, $3, organisation_id, $4 from moved
  on conflict do nothing`;
export const ADD_SOURCE_SQL = `insert into point_source (point_id, gateway_id, organisation_id, from_at)
  values ($1, $2, $3, $4)`;

export const INSTALLATIONS_SQL = `select i.id, i.point_id as point, i.meter_id as meter, i.place_id as place,
  i.from_at as "fromAt", i.to_at as "toAt" from installation i
  where i.organisation_id = $1 and ($2::uuid is null or i.point_id = $2) order by i.point_id, i.from_at`;
export const END_INSTALLATION_SQL = `update installation set to_at = $3
  where organisation_id = $1 and point_id = $2 and to_at is null and from_at < $3`;
export const INSTALL_SQL = `insert into installation (id, organisation_id, point_id, meter_id, place_id, from_at)
  values ($1, $2, $3, $4, $5, $6)`;
