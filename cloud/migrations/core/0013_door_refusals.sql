-- What the door of MQTT turned away before it was a message (topics of others, bad credentials, floods) is accounted for
-- beside what was refused behind it: by gateway where one was believed, else under nobody. The door adds up and writes a
-- row an hour, gateway and reason, however many there were.
create function ingest_count_refusals(gateways uuid[], reasons text[], counts bigint[], "time" timestamptz) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.refusal_count as c (gateway_id, organisation_id, hour, reason, messages, bytes)
    select coalesce(g.id, '00000000-0000-0000-0000-000000000000'),
           coalesce(g.organisation_id, '00000000-0000-0000-0000-000000000000'),
           date_trunc('hour', "time", 'UTC'), left(u.reason, 40), sum(u.count), 0
      from unnest(gateways, reasons, counts) as u (id, reason, count) left join public.gateway g on g.id = u.id
     group by 1, 2, 4 order by 1, 4
  on conflict (gateway_id, hour, reason) do update set messages = c.messages + excluded.messages
$$;
grant execute on function ingest_count_refusals(uuid[], text[], bigint[], timestamptz) to meterline_ingest;
