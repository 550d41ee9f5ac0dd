/** Changes of one point that lie so close are worked out together: they share readings and quarters. */
const NEAR = `interval '6 hours'`;

/**
 * Takes notes of changes off the list, those first that have waited longest, and none that somebody else has taken. The
 * same point's changes come as few ranges; the transaction that took them ends when all is done, and with it they go.
 */
export const CLAIM_SQL = `with claimed as (
    delete from usage_dirty where id = any(array(
      select id from usage_dirty order by id limit $1 for update skip locked))
    returning points, from_at, to_at
  ), ranges as (
    select u.point, unnest(range_agg(tstzrange(u.from_at, u.to_at + ${NEAR}, '[]'))) as range
      from claimed c cross join lateral unnest(c.points, c.from_at, c.to_at) u (point, from_at, to_at)
     group by u.point
  )
  select p.organisation_id as organisation, r.point,
         (extract(epoch from lower(r.range)) * 1000)::float8 as "from",
         (extract(epoch from upper(r.range) - ${NEAR}) * 1000)::float8 as "to",
         (select count(*)::int from claimed) as notes
    from ranges r join point p on p.no = r.point
   order by p.organisation_id, r.point, lower(r.range)`;

/** Failed before, and due again. */
export const RETRY_SQL = `select f.organisation_id as organisation, f.point,
    (extract(epoch from f.from_at) * 1000)::float8 as "from", (extract(epoch from f.to_at) * 1000)::float8 as "to"
  from usage_failure f where f.retry_at <= $1 order by f.retry_at limit 100`;
export const RETRIED_SQL = 'delete from usage_failure where point = any($1::int[]) and retry_at <= $2';

/** Could be known by now: `$1` the last that was looked at, so that those that stay unknown hide nobody. */
export const ORPHANS_SQL = `select p.organisation_id as organisation, o.point
  from ledger_orphans($1::int, $2::int) o join point p on p.no = o.point order by o.point`;

export const LAG_SQL = `select count(*)::int as waiting,
    coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8 as "oldestSeconds" from usage_dirty`;
export const FAILURES_SQL = 'select count(*)::int as count from usage_failure';
export const OPEN_SUSPECTS_SQL = `select state, count(*)::int as count from suspect
  where state in ('held', 'proposed') and resolution is null group by state`;
