export const ADD_RUN_SQL = `insert into onboarding_run (organisation_id, id, building_id, kind, file_name, sha256, size,
  lines, added, changed, same, author, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;
export const RUNS_SQL = `select id, building_id as building, kind, file_name as "fileName", sha256, size, lines, added,
  changed, same, author, created_at as "createdAt" from onboarding_run
  where organisation_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`;
export const EARLIER_SQL = `select created_at as at from onboarding_run
  where organisation_id = $1 and building_id = $2 and kind = $3 and sha256 = $4 order by id desc limit 1`;
