export const BUILDING_SQL = `select id, name, zone, currency from building where organisation_id = $1 and id = $2`;
/** Not the row: who may bring in leases or meters need not have the right to change the building. */
export const LOCK_BUILDING_SQL =
  "select pg_advisory_xact_lock(hashtextextended('lists ' || $1::text || ' ' || $2::text, 0))";

export const PLACES_SQL = `select id, kind, name, other_name as "otherName", parent_id as floor,
  trim_scale(area_m2)::text as area, capacity from place where organisation_id = $1 and building_id = $2 order by id`;
const PLACE_ROWS = `jsonb_to_recordset($2::jsonb) as x (id uuid, kind text, name text, "otherName" text, floor uuid,
  area numeric, capacity smallint)`;
export const ADD_PLACES_SQL = `insert into place (id, organisation_id, building_id, parent_id, kind, name, other_name,
    area_m2, capacity, created_at)
  select x.id, $1, $3, x.floor, x.kind, x.name, x."otherName", x.area, x.capacity, $4 from ${PLACE_ROWS}`;
export const CHANGE_PLACES_SQL = `update place p set other_name = x."otherName", parent_id = x.floor, area_m2 = x.area,
  capacity = x.capacity, version = p.version + 1 from ${PLACE_ROWS} where p.organisation_id = $1 and p.id = x.id`;

export const METERS_SQL = `select m.id, m.label, m.serial, m.role, m.measures, m.profile, m.parent_meter_id as main,
  array(select p.id::text from point p where p.organisation_id = m.organisation_id and p.meter_id = m.id
         order by p.id) as points,
  i.place_id as place, (i.from_at at time zone b.zone)::date::text as since
  from meter m join building b on b.organisation_id = m.organisation_id and b.id = m.building_id
  left join lateral (select place_id, from_at from installation
                      where organisation_id = m.organisation_id and meter_id = m.id and to_at is null
                      order by from_at desc limit 1) i on true
  where m.organisation_id = $1 and m.building_id = $2 order by m.id`;
const METER_ROWS = `jsonb_to_recordset($2::jsonb) as x (id uuid, label text, serial text, role text, measures text,
  profile text, main uuid)`;
export const ADD_METERS_SQL = `insert into meter (id, organisation_id, building_id, label, serial, role, measures, profile,
    parent_meter_id, created_at)
  select x.id, $1, $3, x.label, x.serial, x.role, x.measures, x.profile, x.main, $4 from ${METER_ROWS}`;
export const CHANGE_METERS_SQL = `update meter m set label = x.label, serial = x.serial, role = x.role,
  measures = x.measures, profile = x.profile, parent_meter_id = x.main, version = m.version + 1
  from ${METER_ROWS} where m.organisation_id = $1 and m.id = x.id`;

export const ADD_POINTS_SQL = `insert into point (id, organisation_id, meter_id, register, unit, class, created_at)
  select x.id, $1, x.meter, x.register, x.unit, 'billing', $3
    from jsonb_to_recordset($2::jsonb) as x (id uuid, meter uuid, register text, unit text)`;

const INSTALLATION_ROWS = `jsonb_to_recordset($2::jsonb) as x (id uuid, point uuid, meter uuid, place uuid, "fromDay" date)`;
const FROM_AT = 'x."fromDay"::timestamp at time zone $3::text';
export const END_INSTALLATIONS_SQL = `update installation i set to_at = ${FROM_AT} from ${INSTALLATION_ROWS}
  where i.organisation_id = $1 and i.point_id = x.point and i.to_at is null and i.from_at < ${FROM_AT}`;
export const INSTALL_SQL = `insert into installation (id, organisation_id, point_id, meter_id, place_id, from_at)
  select x.id, $1, x.point, x.meter, x.place, ${FROM_AT} from ${INSTALLATION_ROWS}`;
