export const BUILDING_SQL = 'select id, zone from building where organisation_id = $1 and id = $2';

/** The points of a building: those of its meters, and those that its gateways read. With where each was, and when. */
export const POINTS_SQL = `select p.id, p.no, p.class, p.register, p.unit, p.meter_id as meter,
  coalesce(i.list, '[]') as installations from point p
  left join lateral (select json_agg(json_build_object('meter', x.meter_id, 'place', x.place_id,
      'from', (extract(epoch from x.from_at) * 1000)::bigint, 'to', (extract(epoch from x.to_at) * 1000)::bigint)) as list
    from installation x where x.point_id = p.id) i on true
  where p.organisation_id = $1 and (
    exists (select from meter m where m.id = p.meter_id and m.building_id = $2)
    or exists (select from gateway g where g.id = p.gateway_id and g.building_id = $2)
    or exists (select from installation x join meter m on m.id = x.meter_id where x.point_id = p.id and m.building_id = $2))
  order by p.id limit $3`;
export const METERS_SQL = `select id, label, serial from meter where organisation_id = $1 and building_id = $2
  order by id limit $3`;
export const PLACES_SQL = `select id, name from place where organisation_id = $1 and building_id = $2
  order by id limit $3`;

export const ADD_RUN_SQL = `insert into import_run (id, organisation_id, building_id, state, file_key, file_name, format,
  sha256, size, author, created_at, touched_at) values ($2, $1, $3, 'received', $4, $5, $6, $7, $8, $9, $10, $10)`;
const RUN = `r.id, r.building_id as building, b.zone, r.state, r.file_key as "fileKey", r.file_name as "fileName",
  r.format, r.sha256, r.size, r.mapping, r.dry_run as "dryRun", r.keep_good as "keepGood",
  r.cancel_requested as "cancelRequested", r.total_lines as "totalLines", r.lines, r.readings, r.faults, r.stored,
  r.repeats, r.conflicts, r.held, r.staged_key as "stagedKey", r.chunks, r.error, r.author,
  r.created_at as "createdAt", r.touched_at as "touchedAt", r.finished_at as "finishedAt"
  from import_run r join building b on b.id = r.building_id`;
export const RUN_SQL = `select ${RUN} where r.organisation_id = $1 and r.id = $2`;
/** Whoever changes the state holds the row. */
export const LOCK_RUN_SQL = `${RUN_SQL} for no key update of r`;
export const RUNS_SQL = `select ${RUN} where r.organisation_id = $1 and ($2::uuid is null or r.id < $2)
  order by r.id desc limit $3`;
export const SAME_FILE_SQL = `select id from import_run where organisation_id = $1 and sha256 = $2 and id <> $3
  and state in ('storing', 'done') order by id desc limit 1`;
/** By whoever was killed in the middle of it, on the same file: to go on with. */
export const UNFINISHED_SQL = `select ${RUN} where r.organisation_id = $1 and r.building_id = $2 and r.sha256 = $3
  and r.state in ('queued', 'checking', 'storing') and r.mapping = $4::jsonb and r.keep_good = $5 and not r.dry_run
  order by r.id desc limit 1`;

export const QUEUE_RUN_SQL = `update import_run set state = 'queued', mapping = $3, dry_run = $4, keep_good = $5,
  cancel_requested = false, total_lines = null, lines = 0, readings = 0, faults = 0, stored = 0, repeats = 0,
  conflicts = 0, held = 0, chunks = 0, staged_key = null, error = null, touched_at = $6, finished_at = null
  where organisation_id = $1 and id = $2`;
/** One at a time, and only if whoever had it has been silent since the time given. */
export const CLAIM_SQL = `update import_run set state = case state when 'queued' then 'checking' else state end,
  touched_at = $4 where organisation_id = $1 and id = $2
  and (state = 'queued' or (state in ('checking', 'storing') and touched_at < $3))`;
export const BEGIN_CHECK_SQL = `update import_run set total_lines = $3, lines = 0, readings = 0, faults = 0, stored = 0,
  repeats = 0, conflicts = 0, held = 0, chunks = 0, touched_at = $4
  where organisation_id = $1 and id = $2 and state = 'checking'`;
export const CHECKED_SO_FAR_SQL = `update import_run set lines = $3, readings = $4, faults = $5, stored = $6, repeats = $7,
  conflicts = $8, held = $9, touched_at = $10 where organisation_id = $1 and id = $2 and state = 'checking'
  returning cancel_requested as "cancelRequested"`;
export const END_CHECK_SQL = `update import_run set state = $3, staged_key = $4, error = $5, touched_at = $6,
  finished_at = case when $3 = 'storing' then null else $6::timestamptz end,
  stored = case when $3 = 'storing' then 0 else stored end, repeats = case when $3 = 'storing' then $7 else repeats end,
  conflicts = case when $3 = 'storing' then 0 else conflicts end, held = case when $3 = 'storing' then 0 else held end
  where organisation_id = $1 and id = $2 and state = 'checking'`;
export const STORED_CHUNK_SQL = `update import_run set chunks = $3, stored = stored + $4, repeats = repeats + $5,
  conflicts = conflicts + $6, held = held + $7, touched_at = $8
  where organisation_id = $1 and id = $2 and state = 'storing' and chunks = $3 - 1`;
export const END_STORING_SQL = `update import_run set state = 'done', touched_at = $3, finished_at = $3
  where organisation_id = $1 and id = $2 and state = 'storing'`;
export const CANCEL_SQL = `update import_run set cancel_requested = true,
  state = case when state in ('received', 'queued') then 'cancelled' else state end,
  finished_at = case when state in ('received', 'queued') then $3::timestamptz end
  where organisation_id = $1 and id = $2 and state in ('received', 'queued', 'checking')`;

export const CLEAR_FAULTS_SQL = 'delete from import_fault where organisation_id = $1 and run_id = $2';
export const ADD_FAULTS_SQL = `insert into import_fault (organisation_id, run_id, no, line, column_no, column_name, code,
    value, problem, remedy)
  select $1, $2, * from unnest($3::int[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
  on conflict do nothing`;
export const FAULTS_SQL = `select no, line, column_no as "column", column_name as "columnName", code, value, problem, remedy
  from import_fault where organisation_id = $1 and run_id = $2 and no > $3 order by no limit $4`;

export const MAPPINGS_SQL = `select name, mapping, updated_at as "updatedAt" from import_mapping
  where organisation_id = $1 order by name limit 500`;
export const MAPPING_SQL = `select name, mapping, updated_at as "updatedAt" from import_mapping
  where organisation_id = $1 and name = $2`;
export const SAVE_MAPPING_SQL = `insert into import_mapping (id, organisation_id, name, mapping, updated_at)
  values ($2, $1, $3, $4, $5)
  on conflict (organisation_id, name) do update set mapping = excluded.mapping, updated_at = excluded.updated_at`;
export const DROP_MAPPING_SQL = 'delete from import_mapping where organisation_id = $1 and name = $2';

export const POINT_FACTS_SQL =
  'select id, no, class, register, unit from point where organisation_id = $1 and id = any($2::uuid[])';
/** What counts at each instant, with two on either side. */
export const BESIDE_SQL = `select x.place, r.at, r.count
  from unnest($2::int[], $3::int[], $4::timestamptz[]) x (place, point, at)
  join point p on p.no = x.point and p.organisation_id = $1
  cross join lateral readings_billable(array[x.point], x.at, x.at + interval '1 ms', 2) r
  order by x.place, r.at`;
