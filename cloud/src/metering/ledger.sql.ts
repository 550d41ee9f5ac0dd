/** What the ledger reads and writes while it works; always for one organisation, under row-level security. */

/** Two who work on one point take turns: whoever holds its row reads what the other has written. */
export const ENTER_SQL = `insert into usage_point (point, organisation_id, point_id)
  select p.no, p.organisation_id, p.id from point p where p.no = any($1::int[]) order by p.no
  on conflict (point) do nothing`;
export const LOCK_SQL = `select u.point as no, u.point_id as id, p.register, p.unit, b.zone
    from usage_point u
    join point p on p.no = u.point
    left join meter m on m.id = p.meter_id
    left join gateway g on g.id = p.gateway_id
    left join building b on b.id = coalesce(m.building_id, g.building_id)
   where u.point = any($1::int[])
   order by u.point for update of u`;

export const EPOCHS_SQL = `select e.id, e.point, e.kind, (extract(epoch from e.from_at) * 1000)::bigint as "from",
    e.opening, e.closing, e.modulus, e.num, e.den, e.unit, e.max_per_hour as "maxPerHour", e.is_float as "isFloat",
    e.gap_ms as "gapMs", e.automatic
  from register_epoch e where e.point = any($1::int[]) and e.superseded_at is null order by e.point, e.from_at`;
export const ADD_EPOCH_SQL = `insert into register_epoch (id, organisation_id, point_id, point, from_at, kind, opening,
    closing, modulus, num, den, unit, max_per_hour, is_float, gap_ms, automatic, evidence, reason, author, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`;
export const MOVE_EPOCH_SQL =
  'update register_epoch set from_at = $2, opening = $3 where id = $1 and automatic and superseded_at is null';

export const READINGS_SQL = `select point, reach_back as "reachBack", reach_end as "reachEnd", readings
  from ledger_readings($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int)`;

/** All that was decided and may touch a time from `$2` on, and every turn of the register. */
export const KNOWN_SQL = `select s.id, s.point, s.kind, s.state,
    (extract(epoch from s.since_at) * 1000)::bigint as since, (extract(epoch from s.from_at) * 1000)::bigint as "from",
    (extract(epoch from s.until_at) * 1000)::bigint as until, (extract(epoch from s.resumes_at) * 1000)::bigint as resumes,
    s.before_count as before, s.after_count as after, s.left_out as "left", s.resolution
  from unnest($1::int[], $2::timestamptz[]) p (point, at)
  join suspect s on s.point = p.point
   and (s.until_at is null or s.until_at >= p.at or s.kind = 'rollover')
 where s.state <> 'withdrawn' order by s.point, s.since_at`;

export const HOURS_SQL = `select h.point, (extract(epoch from h.hour) * 1000)::bigint as at, h.quantity, h.estimated, h.complete,
    h.revision
  from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) p (point, from_at, to_at)
  join usage_hour h on h.point = p.point and h.hour >= p.from_at and h.hour < p.to_at`;
const FOUR = (first: number) => `array[${[0, 1, 2, 3].map((i) => `x.c${first + i}`).join(', ')}]`;
const COLUMNS = (count: number) => Array.from({ length: count }, (_, i) => `c${i + 1}`).join(', ');
const PARAMETERS = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `$${from + i}::bigint[]`).join(', ');
/** Eight columns of quarters: an array of arrays is no parameter. */
const QUARTERS = `unnest($2::int[], $3::timestamptz[], $4::smallint[], $5::int[], ${PARAMETERS(6, 8)})
  x (point, hour, complete, revision, ${COLUMNS(8)})`;
export const SAVE_HOURS_SQL = `insert into usage_hour (organisation_id, point, hour, complete, revision, quantity, estimated)
  select $1, x.point, x.hour, x.complete, x.revision, ${FOUR(1)}, ${FOUR(5)} from ${QUARTERS}
  on conflict (point, hour) do update set quantity = excluded.quantity, estimated = excluded.estimated,
    complete = excluded.complete, revision = excluded.revision`;
export const SAVE_REVISIONS_SQL = `insert into usage_revision (organisation_id, point, hour, complete, revision, quantity,
    estimated, replaced_at)
  select $1, x.point, x.hour, x.complete, x.revision, ${FOUR(1)}, ${FOUR(5)}, $14 from ${QUARTERS}
  on conflict do nothing`;

export const SAVE_DAYS_SQL = `insert into usage_day (organisation_id, point, day, quantity, estimated, complete, quarters)
  select $1, * from unnest($2::int[], $3::date[], $4::bigint[], $5::bigint[], $6::smallint[], $7::smallint[])
  on conflict (point, day) do update set quantity = excluded.quantity, estimated = excluded.estimated,
    complete = excluded.complete, quarters = excluded.quarters`;
export const DROP_DAYS_SQL = `delete from usage_day d using unnest($1::int[], $2::date[]) x (point, day)
  where d.point = x.point and d.day = x.day`;

export const SAVE_SUSPECTS_SQL = `insert into suspect (id, organisation_id, point_id, point, kind, state, since_at,
    before_count, from_at, after_count, resumes_at, until_at, left_out, seen_at, changed_at)
  select x.id, $1, x.point_id, x.point, x.kind, x.state, x.since_at, x.before_count, x.from_at, x.after_count, x.resumes_at,
         x.until_at, x.left_out, $13, $13
    from unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[],
      $9::timestamptz[], $10::bigint[], $11::timestamptz[], $12::timestamptz[], $14::int[])
      x (id, point_id, point, kind, state, since_at, before_count, from_at, after_count, resumes_at, until_at, left_out)
  on conflict (point, since_at, from_at) where state <> 'withdrawn' do update set kind = excluded.kind,
    state = excluded.state, after_count = excluded.after_count, resumes_at = excluded.resumes_at,
    until_at = excluded.until_at, left_out = excluded.left_out, changed_at = excluded.changed_at`;
/** Who was told of it, or had a word in it, finds it again; nothing else is worth keeping. */
export const WITHDRAW_SQL = `update suspect set state = 'withdrawn', changed_at = $2
  where id = any($1::uuid[]) and (state = 'proposed' or resolution is not null)`;
export const FORGET_SQL = `delete from suspect where id = any($1::uuid[]) and state <> 'withdrawn'`;

export const BELIEVED_SQL = `update usage_point u set believed_at = x.at, believed_count = x.count
  from unnest($1::int[], $2::timestamptz[], $3::bigint[]) x (point, at, count)
  where u.point = x.point and (u.believed_at, u.believed_count) is distinct from (x.at, x.count)`;

export const NOTE_DIRTY_SQL = 'select note_usage_dirty($1::int[], $2::timestamptz[], $3::timestamptz[])';
export const FAIL_SQL = `insert into usage_failure (point, organisation_id, from_at, to_at, attempts, retry_at, error)
  values ($1, $2, $3, $4, 1, $5::timestamptz + interval '1 minute', $6)
  on conflict (point) do update set from_at = least(usage_failure.from_at, excluded.from_at),
    to_at = greatest(usage_failure.to_at, excluded.to_at), attempts = usage_failure.attempts + 1,
    retry_at = $5::timestamptz + least(interval '6 hours', interval '1 minute' * 2 ^ least(usage_failure.attempts, 9)),
    error = excluded.error`;
