/** Reading back. Every statement goes down a primary key, by point and time. */

const SELECTED = `p.id, p.no, p.register, p.class, p.quantity as measures, p.unit as "gaugeUnit",
  coalesce(mb.zone, gb.zone) as zone,
  (select e.unit from register_epoch e where e.point = p.no and e.superseded_at is null order by e.from_at limit 1) as unit`;
const OF = `from point p
  left join meter m on m.id = p.meter_id
  left join building mb on mb.id = m.building_id
  left join gateway g on g.id = p.gateway_id
  left join building gb on gb.id = g.building_id`;

export const POINT_SQL = `select ${SELECTED}, '-infinity'::float8 as "from", 'infinity'::float8 as "to"
  ${OF} where p.organisation_id = $1 and p.id = $2`;
/** Of a meter: what a bill may rest on, and what counts beside it. */
export const METER_SQL = `select ${SELECTED}, '-infinity'::float8 as "from", 'infinity'::float8 as "to"
  ${OF} where p.organisation_id = $1 and p.meter_id = $2 order by p.no`;
/** Of a place: what was installed there, while it was. */
export const PLACE_SQL = `select ${SELECTED}, (extract(epoch from i.from_at) * 1000)::float8 as "from",
    coalesce((extract(epoch from i.to_at) * 1000)::float8, 'infinity'::float8) as "to"
  ${OF} join installation i on i.point_id = p.id
  where i.organisation_id = $1 and i.place_id = $2 order by p.no, i.from_at`;
/** The same, each point only while it counted for whoever asks: their windows are found once, whatever is asked for. */
const own = (point: string, meter: string, place: string) => `select id, no, register, class, measures,
    gauge_unit as "gaugeUnit", zone, unit, from_ms as "from", to_ms as "to"
  from app_own_points(${point}, ${meter}, ${place}) where app_org() = $1`;
export const OWN_POINT_SQL = own('$2', 'null', 'null');
export const OWN_METER_SQL = own('null', '$2', 'null');
export const OWN_PLACE_SQL = own('null', 'null', '$2');
/** Of a main meter and those that it sums: each register while it was installed, if anybody has said when. */
export const SUBMETERS_SQL = `select ${SELECTED},
    coalesce((extract(epoch from i.from_at) * 1000)::float8, '-infinity'::float8) as "from",
    coalesce((extract(epoch from i.to_at) * 1000)::float8, 'infinity'::float8) as "to",
    m.id as meter, m.id <> $2 as sub, m.profile, m.accuracy_ppm as "accuracyPpm"
  from point p
  left join installation i on i.organisation_id = p.organisation_id and i.point_id = p.id
  join meter m on m.organisation_id = p.organisation_id and m.id = coalesce(i.meter_id, p.meter_id)
  left join building mb on mb.id = m.building_id
  left join gateway g on g.id = p.gateway_id
  left join building gb on gb.id = g.building_id
  where p.organisation_id = $1 and (m.id = $2 or m.parent_meter_id = $2) and p.class = 'billing'
  order by m.id, p.no, i.from_at`;

export const HOURS_SQL = `select h.point, (extract(epoch from h.hour) * 1000)::float8 as at, h.quantity, h.estimated, h.complete
  from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) x (point, from_at, to_at)
  join usage_hour h on h.point = x.point and h.hour >= x.from_at and h.hour < x.to_at
  order by h.hour`;
/** A policy lets hours through that are one's own from end to end; of the others come the quarters that are. */
export const OWN_HOURS_SQL = `select * from (
    select h.point, (extract(epoch from h.hour) * 1000)::float8 as at, h.quantity, h.estimated, h.complete
      from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) x (point, from_at, to_at)
      join usage_hour h on h.point = x.point and h.hour >= x.from_at and h.hour < x.to_at
    union all
    select h.point, (extract(epoch from h.hour) * 1000)::float8, h.quantity, h.estimated, h.complete
      from app_own_partial_hours($1::int[], $2::timestamptz[], $3::timestamptz[]) h) h
  order by h.at`;
export const DAYS_SQL = `select d.day::text as date, d.quantity::text, d.estimated::text, d.complete::int
  from unnest($1::int[], $2::date[], $3::date[]) x (point, from_day, to_day)
  join usage_day d on d.point = x.point and d.day >= x.from_day and d.day < x.to_day
  order by d.day`;

export const REVISIONS_SQL = `select revision, quantity, estimated, complete, replaced_at as "replacedAt"
  from usage_revision where point = $1 and hour = $2 order by revision`;
export const STORED_HOUR_SQL = `select quantity, estimated, complete, revision from usage_hour where point = $1 and hour = $2`;
export const OWN_REVISIONS_SQL = `select revision, quantity, estimated, complete, replaced_at as "replacedAt" from (
    select revision, quantity, estimated, complete, replaced_at from usage_revision where point = $1 and hour = $2
    union all select * from app_own_partial_revisions($1, $2)) r
  order by revision`;
export const OWN_STORED_HOUR_SQL = `select quantity, estimated, complete, revision from usage_hour where point = $1 and hour = $2
  union all select quantity, estimated, complete, revision
    from app_own_partial_hours(array[$1::int], array[$2::timestamptz], array[$2::timestamptz + interval '1 hour'])`;
export const REGISTERS_SQL = 'select no, name from register_name';
export const NAMES_SQL = `select
  array(select name from quality_name order by code) as qualities,
  array(select name from evidence_name order by code) as evidences`;
