const METER_COLUMNS = `m.id, m.building_id as building, m.profile, m.serial, m.role, m.label, m.parent_meter_id as parent,
  m.measures, m.accuracy_ppm as "accuracyPpm", m.version`;
export const ADD_METER_SQL = `insert into meter (id, organisation_id, building_id, profile, serial, role, label, parent_meter_id,
  measures, accuracy_ppm, created_at) values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const METER = `select ${METER_COLUMNS} from meter m`;
export const METERS_SQL = `${METER} where m.organisation_id = $1 and ($2::uuid is null or m.building_id = $2)
  order by m.sort_key, m.label, m.id`;
export const METER_SQL = `${METER} where m.organisation_id = $1 and m.id = $2`;
export const LOCK_METER_SQL = `${METER_SQL} for no key update`;
export const CHANGE_METER_SQL = `update meter set profile = $3, serial = $4, role = $5, label = $6, parent_meter_id = $7,
  measures = $8, accuracy_ppm = $9, version = version + 1 where organisation_id = $1 and id = $2`;
export const SUM_BY_OTHER_SQL = `update meter set parent_meter_id = $3, version = version + 1
  where organisation_id = $1 and parent_meter_id = $2`;
/** What a main meter should sum, and what is in the way of a share: the first of them that is true. */
export const SUMMED_SQL = `select ${METER_COLUMNS}, i.place_id as place,
    case when not exists (select from point p where p.meter_id = m.id and p.class = 'billing') then 'no-point'
         when i.meter_id is null then 'not-installed'
         when not exists (select from point p where p.meter_id = m.id and p.class = 'billing' and p.seen_at is not null)
           then 'never-read' end as lacks
  from meter m
  left join lateral (select i.meter_id, i.place_id from installation i
    where i.organisation_id = m.organisation_id and i.meter_id = m.id and i.from_at <= $3 and (i.to_at is null or i.to_at > $3)
    order by i.from_at desc, i.id limit 1) i on true
  where m.organisation_id = $1 and m.parent_meter_id = $2 order by m.sort_key, m.label, m.id`;
export const POINTS_OF_METER_SQL = `select id from point where organisation_id = $1 and meter_id = $2 order by id
  for no key update`;

const INSTALLATION = `i.id, i.point_id as point, i.meter_id as meter, i.place_id as place, i.from_at as "fromAt",
  i.to_at as "toAt"`;
export const INSTALLATIONS_SQL = `select ${INSTALLATION} from installation i
  where i.organisation_id = $1 and ($2::uuid is null or i.point_id = $2) and ($3::uuid is null or i.meter_id = $3)
    and ($4::uuid is null or i.place_id = $4) order by i.point_id, i.from_at`;
export const ASSIGN_POINT_SQL = 'update point set meter_id = $3 where organisation_id = $1 and id = $2';
/** Where it was before ends at the same instant. */
export const END_INSTALLATION_SQL = `update installation set to_at = $3
  where organisation_id = $1 and point_id = $2 and to_at is null and from_at < $3`;
export const INSTALL_SQL = `insert into installation as i (id, organisation_id, point_id, meter_id, place_id, from_at)
  values ($2, $1, $3, $4, $5, $6) returning ${INSTALLATION}`;
export const END_METER_SQL = `update installation i set to_at = $3
  where i.organisation_id = $1 and i.meter_id = $2 and i.to_at is null and i.from_at < $3 returning ${INSTALLATION}`;
export const REMOVE_INSTALLATION_SQL = `delete from installation i where i.organisation_id = $1 and i.id = $2
  returning ${INSTALLATION}`;
