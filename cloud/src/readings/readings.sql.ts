/**
 * The only ways to raw readings: functions of the database, since no role may read the tables. Their plans are tested
 * with these very texts. Points are short names (`point.no`), resolved under row-level security by the caller.
 */
export const BILLABLE_SQL =
  'select * from readings_billable($1::int[], $2::timestamptz, $3::timestamptz, $4::int)';

export const RAW_SQL =
  'select * from readings_raw($1::int[], $2::timestamptz, $3::timestamptz, $4::text, $5::int, $6::int, $7::timestamptz)';

export const LATEST_SQL = 'select * from readings_latest($1::int[], $2::timestamptz)';
