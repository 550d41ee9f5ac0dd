export const POINT_SQL = `select p.id, p.no, p.class, p.register, p.unit, coalesce(bm.zone, bg.zone) as zone from point p
  left join meter m on m.id = p.meter_id left join building bm on bm.id = m.building_id
  left join gateway g on g.id = p.gateway_id left join building bg on bg.id = g.building_id
  where p.organisation_id = $1 and p.id = $2`;

/** What counts now, with two on either side: corrected, and without what is void. */
export const NEIGHBOURS_SQL = `select at, count, source, correction from readings_billable(array[$1::int], $2, $2::timestamptz + interval '1 ms', 2)`;
/** What came, whatever was decided about it. */
export const STORED_SQL = `select c.class, r.value from unnest(array['billing', 'counter', 'gauge']) c (class)
  cross join lateral readings_raw(array[$1::int], $2, $2::timestamptz + interval '1 us', c.class, 1) r limit 1`;

export const ADD_PHOTO_SQL = `insert into reading_photo (id, organisation_id, file_key, sha256, size, author, created_at)
  values ($2, $1, $3, $4, $5, $6, $7)`;
export const PHOTO_SQL =
  'select id, file_key as "fileKey" from reading_photo where organisation_id = $1 and id = $2';

export const ADD_READING_SQL = `insert into manual_reading (id, organisation_id, point_id, at, count, photo_id, note, hints,
  author, created_at, opening) values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing`;
const ENTERED = `select id, point_id as point, at, count, photo_id as photo, note, opening from manual_reading
  where organisation_id = $1`;
export const ENTERED_SQL = `${ENTERED} and id = $2`;
export const ENTERED_AT_SQL = `${ENTERED} and point_id = $2 and at = $3 order by created_at, id limit 1`;

/** One at a time for a point: which decision is the newest must be plain. */
export const LOCK_POINT_SQL = 'select from point where organisation_id = $1 and id = $2 for no key update';
export const NEWEST_SQL = `select kind from correction where organisation_id = $1 and point = $2 and at = $3
  order by created_at desc, id desc limit 1`;
/** Later than the one before, whatever the clocks of two hubs say: the newest is the one that counts. */
export const ADD_CORRECTION_SQL = `insert into correction (id, organisation_id, point_id, point, at, kind, count, value,
  reason, author, photo, created_at) values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, greatest($12::timestamptz,
  (select max(c.created_at) + interval '1 us' from correction c where c.point = $4 and c.at = $5)))`;
export const DIRTY_SQL =
  'select note_usage_dirty(array[$1::int], array[$2::timestamptz], array[$2::timestamptz])';
export const CORRECTIONS_SQL = `select id, point_id as point, at, kind, coalesce(count, value)::text as count, reason, author,
  photo, created_at as "createdAt" from correction
  where organisation_id = $1 and ($2::uuid is null or point_id = $2) and ($3::uuid is null
    or (created_at, id) < (select b.created_at, b.id from correction b where b.organisation_id = $1 and b.id = $3))
  order by created_at desc, id desc limit $4`;
