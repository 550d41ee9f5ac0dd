/** Points to work out anew, drawn by lot among those whose usage is known. */
export const SAMPLE_SQL = `select point, organisation_id as organisation from usage_point
  where believed_at is not null and ($2::uuid is null or organisation_id = $2) order by random() limit $1`;
/** Where there is something to compare: the audit takes a stretch of it. */
export const KNOWN_STRETCH_SQL = `select h.point, (extract(epoch from min(h.hour)) * 1000)::float8 as "from",
    (extract(epoch from max(h.hour)) * 1000)::float8 as "to"
  from usage_hour h where h.point = any($1::int[]) group by h.point`;
export const DAYS_SQL = `select day::text as date, quantity::text, estimated::text, complete::int, quarters::int from usage_day
  where point = $1 and day >= $2 and day < $3`;
export const SAVE_SQL = `insert into usage_audit (id, organisation_id, at, points, quarters, differences, milliseconds, detail)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;
/** The newest of each organisation. */
export const NEWEST_SQL = `select coalesce(sum(differences), 0)::int as differences,
    coalesce(extract(epoch from clock_timestamp() - max(at)), 0)::float8 as "ageSeconds", count(*)::int as organisations
  from (select distinct on (organisation_id) differences, at from usage_audit order by organisation_id, at desc) newest`;
