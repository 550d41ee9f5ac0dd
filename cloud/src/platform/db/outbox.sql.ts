/**
 * What is due, oldest first, that nobody else holds. `$1`: how many.
 * Of each key only its first event: while a dispatcher holds that one, nobody takes the next, so the order stays.
 */
export const CLAIM_SQL = `
  select o.id, o.position, o.organisation_id, o.topic, o.key, o.payload, o.attempts,
         extract(epoch from clock_timestamp() - o.created_at)::float8 as age
    from outbox o
   where o.state = 'pending' and o.due_at <= now()
     and (o.key is null or not exists (
           select from outbox earlier
            where earlier.state = 'pending' and earlier.organisation_id = o.organisation_id
              and earlier.key = o.key and earlier.position < o.position))
   order by o.due_at, o.position
   limit $1
     for update of o skip locked`;

/** The outcomes of a batch in one statement. A delay is counted from the moment of writing, not of the claim. */
export const SETTLE_SQL = `
  update outbox o
     set state = s.state, attempts = s.attempts, error = s.error,
         due_at = clock_timestamp() + make_interval(secs => s.delay),
         finished_at = case when s.state = 'pending' then null else clock_timestamp() end
    from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::float8[]) as s (id, state, attempts, error, delay)
   where o.id = s.id`;

export const ADD_SQL = `
  insert into outbox (id, organisation_id, topic, key, payload)
  select id, $2, topic, key, payload
    from unnest($1::uuid[], $3::text[], $4::text[], $5::jsonb[]) with ordinality as e (id, topic, key, payload, n)
   order by n`;

export const SWEEP_SQL = `
  delete from outbox where id in (
    select id from outbox
     where state = 'dispatched' and finished_at < now() - make_interval(secs => $1)
     order by finished_at limit $2 for update skip locked)`;

export const BACKLOG_SQL = `
  select (select count(*) from outbox where state = 'pending')::int as pending,
         (select count(*) from outbox where state = 'failed')::int as failed,
         coalesce((select extract(epoch from clock_timestamp() - min(due_at)) from outbox where state = 'pending'
                      and due_at <= now()), 0)::float8 as "lateSeconds"`;

export const FAILED_SQL = `
  select id, organisation_id as organisation, topic, key, payload, attempts, error, created_at as "createdAt",
         finished_at as "failedAt"
    from outbox where state = 'failed' order by finished_at desc limit $1`;

export const REPLAY_SQL = `
  update outbox set state = 'pending', attempts = 0, error = null, due_at = clock_timestamp(), finished_at = null
   where state = 'failed' and ($1::uuid[] is null or id = any($1)) and ($2::text is null or topic = $2)
  returning id`;

export const DISCARD_SQL = `delete from outbox where state = 'failed' and id = $1`;
