/**
 * What stands beside the readings, for a person: every query runs under the policy of its organisation. `order by id` alone
 * would be the text that is answered, where 9 comes after 10.
 */
export const LETTERS = `
  select id::text, gateway_id as gateway, topic, reason, detail, encode(digest, 'hex') as digest, size,
         bytes is not null as "hasBytes", count::int, first_at as "firstAt", last_at as "lastAt", state,
         retry_after_ms as "retryAfterMs"
    from dead_letter
   where organisation_id = (select app_org()) and ($1::text is null or state = $1) and ($2::bigint is null or id < $2)
   order by dead_letter.id desc limit $3`;
export const LETTER_STATE = `
  select state, reason, detail from dead_letter where organisation_id = (select app_org()) and id = $1`;
export const LETTER_BYTES = `
  select bytes from dead_letter where organisation_id = (select app_org()) and id = $1`;
/** `$2`: the new state. Only what is open can be closed or tried again. */
export const DECIDE_LETTER = `
  update dead_letter set state = $2, closed_at = $3
   where organisation_id = (select app_org()) and id = $1 and state = 'open'
  returning bytes is not null as "hasBytes"`;
export const CONFLICTS = `
  select c.id::text, c.kind, c.class, p.id as point, c.at, c.stored::text, c.offered::text, encode(c.raw, 'hex') as raw,
         c.register, c.gateway_id as gateway, c.detail, c.found_at as "foundAt", c.state
    from reading_conflict c join point p on p.no = c.point
   where c.organisation_id = (select app_org()) and ($1::text is null or c.state = $1)
     and ($2::bigint is null or c.id < $2)
   order by c.id desc limit $3`;
export const DISMISS_CONFLICT = `
  update reading_conflict set state = 'dismissed', closed_at = $2
   where organisation_id = (select app_org()) and id = $1 and state = 'open' returning id`;
export const GAPS = `
  select j.gateway_id as gateway, j.journal, j.missing::float8 as missing, j.missing_since as since,
         j.announced_at as "announcedAt",
         left((int8multirange(int8range(1, upper(j.stored + j.dropped))) - (j.stored + j.dropped))::text, 500) as ranges
    from journal j
   where j.organisation_id = (select app_org()) and j.missing > 0 order by j.missing_since limit 500`;
export const HELD = `
  select reason, gateway_id as gateway, count(*)::int as readings, min(at) as first, max(at) as last
    from held_reading where organisation_id = (select app_org()) group by 1, 2 order by 1, 2`;
export const REFUSED = `
  select gateway_id as gateway, reason, sum(messages)::float8 as messages, sum(bytes)::float8 as bytes
    from refusal_count where organisation_id = (select app_org()) and hour >= $1 group by 1, 2 order by 1, 2`;
export const STATE = `
  select status, connected, status_received_at as "statusReceivedAt", config_report as "configReport",
         config_received_at as "configReceivedAt"
    from gateway_state where organisation_id = (select app_org()) and gateway_id = $1`;
/** Points that end on a bill, with when they began to be read. */
export const BILLED_POINTS = `
  select p.no, m.id as meter, m.label, b.zone, p.gateway_id is not null as automatic, coalesce(min(i.from_at), p.seen_at, p.created_at) as since,
         case when bool_and(i.to_at is not null) then max(i.to_at) end as until
    from point p join meter m on m.id = p.meter_id join building b on b.id = m.building_id
    left join installation i on i.point_id = p.id
   where p.organisation_id = (select app_org()) and p.class = 'billing' and ($1::uuid is null or m.id = $1)
   group by p.no, p.seen_at, p.created_at, p.gateway_id, m.id, m.label, b.zone order by m.label, p.no limit 2000`;
export const QUARTERS = 'select point, day, present, automatic from readings_quarters($1::int[], $2, $3, $4)';
/** Which of the points got their latest reading from a system. */
export const SENT_LATELY = 'select point from readings_latest($1::int[], $2) where source <= 4';
