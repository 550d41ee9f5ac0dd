/**
 * The only ways to raw readings: functions of the database, since no role may read the tables. Their plans are tested
 * with these very texts. Points are short names (`point.no`), resolved under row-level security by the caller.
 */
export const BILLABLE_SQL =
  'select * from readings_billable($1::int[], $2::timestamptz, $3::timestamptz, $4::int)';

export const RAW_SQL =
  'select * from readings_raw($1::int[], $2::timestamptz, $3::timestamptz, $4::text, $5::int, $6::int, $7::timestamptz)';

/** Told after the commit of readings that hold counts; a lost one costs whoever listens one polling interval. */
export const USAGE_CHANNEL = 'meterline_usage';

export const LATEST_SQL = 'select * from readings_latest($1::int[], $2::timestamptz)';

export const PARTITIONS_SQL =
  'select class, name, from_at as "fromAt", to_at as "toAt", bytes from reading_partitions()';
export const DROP_SQL = 'select drop_expired_partition($1, $2) as name';
export const DELETE_BATCHES_SQL = 'select delete_expired_batches($1, $2, $3) as count';
