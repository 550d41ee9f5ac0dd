const BUILDING = `id, name, other_name as "otherName", zone, address, currency, cycle_day as "cycleDay", version,
  created_at as "createdAt"`;
export const ADD_BUILDING_SQL = `insert into building (id, organisation_id, name, other_name, zone, address, currency,
  cycle_day, created_at) values ($2, $1, $3, $4, $5, $6, $7, $8, $9) returning ${BUILDING}`;
export const BUILDINGS_SQL = `select ${BUILDING} from building where organisation_id = $1 order by sort_key, name, id`;
export const BUILDING_SQL = `select ${BUILDING} from building where organisation_id = $1 and id = $2`;
/** Whoever changes it, or links its meters, waits for whoever else does. */
export const LOCK_BUILDING_SQL = `${BUILDING_SQL} for no key update`;
export const CHANGE_BUILDING_SQL = `update building set name = $3, other_name = $4, address = $5, currency = $6, cycle_day = $7,
  version = version + 1 where organisation_id = $1 and id = $2 returning ${BUILDING}`;

export const SAY_REGIME_SQL = `insert into building_regime (id, organisation_id, building_id, from_day, regime, reason, author,
  created_at) values ($2, $1, $3, $4, $5, $6, $7, $8)`;
export const REGIMES_SQL = `select id, from_day as "from", regime, reason, author, created_at as "createdAt"
  from building_regime where organisation_id = $1 and building_id = $2 order by from_day, id`;

/** `$3` is now. */
const OUT_TODAY = `exists (select from place_outage o where o.organisation_id = p.organisation_id and o.place_id = p.id
  and daterange(o.from_day, o.to_day) @> ($3::timestamptz at time zone b.zone)::date)`;
const PLACE = `select p.id, p.building_id as building, p.parent_id as parent, p.name, p.other_name as "otherName", p.kind,
  p.level, p.area_m2::text as "areaM2", p.capacity, case when ${OUT_TODAY} then 'out-of-service' else 'in-use' end as state,
  p.version from place p join building b on b.organisation_id = p.organisation_id and b.id = p.building_id`;
/** As one walks through: floor by floor from below, each before its rooms; what is on none comes last. */
export const PLACES_SQL = `${PLACE} left join place f on f.organisation_id = p.organisation_id
    and f.id = case p.kind when 'floor' then p.id else p.parent_id end
  where p.organisation_id = $1 and ($2::uuid is null or p.building_id = $2)
  order by b.sort_key, b.id, f.id is null, f.level, f.sort_key, f.id, p.kind <> 'floor', p.sort_key, p.id`;
export const PLACE_SQL = `${PLACE} where p.organisation_id = $1 and p.id = $2`;
export const LOCK_PLACE_SQL = `${PLACE_SQL} for no key update of p`;
export const ADD_PLACE_SQL = `insert into place (id, organisation_id, building_id, parent_id, name, other_name, kind, level,
  area_m2, capacity, created_at) values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
export const CHANGE_PLACE_SQL = `update place set parent_id = $3, name = $4, other_name = $5, level = $6, area_m2 = $7,
  capacity = $8, version = version + 1 where organisation_id = $1 and id = $2`;
export const REMOVE_PLACE_SQL = 'delete from place where organisation_id = $1 and id = $2';

const OUTAGE = `id, place_id as place, from_day as "from", to_day as "to", reason, author, created_at as "createdAt"`;
export const ADD_OUTAGE_SQL = `insert into place_outage (id, organisation_id, place_id, from_day, to_day, reason, author, created_at)
  values ($2, $1, $3, $4, $5, $6, $7, $8) returning ${OUTAGE}`;
export const OUTAGES_SQL = `select ${OUTAGE} from place_outage where organisation_id = $1 and place_id = $2 order by from_day`;
export const END_OUTAGE_SQL = `update place_outage set to_day = $4 where organisation_id = $1 and place_id = $2 and id = $3
  returning ${OUTAGE}`;
export const REMOVE_OUTAGE_SQL =
  'delete from place_outage where organisation_id = $1 and place_id = $2 and id = $3';
/** What the names in a message stand for. */
export const PLACE_CALLED_SQL = `select name from place where organisation_id = $1 and building_id = $2
  and (kind = 'floor') = ($3 = 'floor') and name_key(name) = name_key($4) and id <> $5`;
