/** Functions of the database: the role of the ingest reads no table. */
export const GATEWAYS_BY_ID_SQL = 'select * from directory_gateways($1::uuid[])';
export const POINTS_BY_ID_SQL = 'select * from directory_points($1::uuid[])';
export const REGISTER_POINTS_SQL =
  'select register_points($1::uuid, $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz) as id';
export const SEEN_SQL = 'select gateways_seen($1::uuid[], $2::timestamptz[])';

export const SITES_CHANNEL = 'meterline_sites';
