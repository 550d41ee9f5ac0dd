-- What the hub has of each gateway's journal, and everything that is not a stored reading: what was refused, held,
-- contradicted. The ingest role reads no table; it calls the functions below, one transaction a micro-batch.
-- Locks are taken in one order everywhere, so that no two commits wait for each other in a ring: journals by
-- (gateway, journal), then readings, gauges first and billing last, then usage of dead letters by gateway.

create table journal (
  no bigint generated always as identity primary key,
  organisation_id uuid not null,
  gateway_id uuid not null,
  journal uuid not null,
  -- Sequences that stand in batches which are here, and those that will never come. Ranges: a list would be a million.
  stored int8multirange not null default '{}',
  dropped int8multirange not null default '{}',
  -- The last batch to which the chain is whole; 0 is before the first.
  chain_number bigint not null default 0,
  chain_digest bytea check (length(chain_digest) = 32),
  -- The gap ledger: how many sequences below the highest are neither here nor given up, since when, and when that last
  -- became fewer. Which ones they are follows from the ranges.
  missing bigint not null default 0,
  missing_since timestamptz,
  progress_at timestamptz,
  announced_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (gateway_id, journal),
  check ((chain_number = 0) = (chain_digest is null)),
  check ((missing = 0) = (missing_since is null)),
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);
-- The receipt of a gateway: its newest journals.
create index journal_newest on journal (gateway_id, updated_at desc);
-- The sweep that announces gaps and closes them.
create index journal_missing on journal (missing_since) where missing_since is not null;
create index journal_announced on journal (announced_at) where announced_at is not null;
create index journal_organisation on journal (organisation_id, gateway_id);

-- Batches that `dropped` records name: the chain is followed over them, though they never came.
create table journal_gap (
  journal_no bigint not null references journal,
  number bigint not null,
  digest bytea not null check (length(digest) = 32),
  previous bytea check (length(previous) = 32),
  primary key (journal_no, number)
);

-- The beginning of each journal, and what it says of the one before. `lost` of another gateway's journal counts only
-- when an operator has let this one take its place.
create table journal_restart (
  journal_no bigint primary key references journal,
  organisation_id uuid not null,
  reason text not null,
  previous_gateway uuid,
  previous_journal uuid,
  previous_last bigint,
  lost int8multirange not null default '{}',
  -- `noted`: waits for its journal, or for the operator; `second`: another journal names the same one before.
  state text not null check (state in ('first', 'noted', 'applied', 'second')),
  at timestamptz not null
);
create index journal_restart_previous on journal_restart (previous_gateway, previous_journal);
create index journal_restart_noted on journal_restart (at) where state = 'noted';

-- The latest that a gateway said of itself, verified.
create table gateway_state (
  gateway_id uuid primary key,
  organisation_id uuid not null,
  status jsonb,
  status_at timestamptz,
  -- Place of the status among the gateway's messages, for gateways whose clock is not set.
  status_order jsonb,
  session uuid,
  connected boolean not null default false,
  status_received_at timestamptz,
  config_report jsonb,
  config_at timestamptz,
  config_order jsonb,
  config_received_at timestamptz,
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);

-- One result a command; the first one stands.
create table command_result (
  command_id uuid not null,
  gateway_id uuid not null,
  organisation_id uuid not null,
  result jsonb not null,
  received_at timestamptz not null,
  primary key (gateway_id, command_id),
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);

-- Readings that are neither believed nor refused yet. They leave when their time has come, when the point is given to
-- the gateway, when the hub has the profile.
create table held_reading (
  id bigint generated always as identity primary key,
  organisation_id uuid not null,
  gateway_id uuid,
  reason text not null check (reason in ('future', 'foreign-point', 'unknown-profile')),
  class text not null check (class in ('billing', 'counter', 'gauge')),
  point_id uuid not null,
  at timestamptz not null,
  value bigint,
  raw bytea,
  register text,
  boundary_at timestamptz,
  bracket_at timestamptz,
  bracket_count bigint,
  quality smallint not null,
  source smallint not null,
  batch bigint not null,
  sequence bigint not null,
  held_at timestamptz not null,
  due_at timestamptz,
  unique (batch, sequence),
  check ((reason = 'future') = (due_at is not null))
);
create index held_reading_due on held_reading (due_at) where due_at is not null;
create index held_reading_other on held_reading (reason, id) where due_at is null;
create index held_reading_organisation on held_reading (organisation_id, id);

-- One point, one time, two values; or a count that is not what its words say. The stored value stays; the other one is
-- kept here, out of every bill, until a person has looked.
create table reading_conflict (
  id bigint generated always as identity primary key,
  organisation_id uuid not null,
  kind text not null check (kind in ('value', 'decode')),
  class text not null check (class in ('billing', 'counter', 'gauge')),
  point integer not null references point (no),
  at timestamptz not null,
  stored bigint,
  offered bigint,
  raw bytea,
  register text,
  gateway_id uuid,
  batch bigint not null,
  sequence bigint not null,
  quality smallint not null,
  source smallint not null,
  detail text not null check (length(detail) between 1 and 300),
  found_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'dismissed')),
  closed_at timestamptz,
  check ((state = 'open') = (closed_at is null)),
  -- The same contradiction, told again.
  unique nulls not distinct (point, at, class, kind, offered, raw)
);
create index reading_conflict_open on reading_conflict (organisation_id, id desc) where state = 'open';

-- Messages that were not believed, with their bytes. What no gateway of ours sent belongs to the platform.
create table dead_letter (
  id bigint generated always as identity primary key,
  organisation_id uuid not null,
  gateway_id uuid,
  topic text not null check (length(topic) <= 300),
  reason text not null check (reason ~ '^[a-z][a-z-]{1,30}$'),
  detail text not null check (length(detail) <= 500),
  -- SHA-256 of the payload as published, by which a receipt names it.
  digest bytea not null check (length(digest) = 32),
  size integer not null,
  -- Null when the gateway had used up its room.
  bytes bytea,
  count bigint not null default 1,
  first_at timestamptz not null,
  last_at timestamptz not null,
  retry_after_ms integer,
  state text not null default 'open' check (state in ('open', 'replay', 'replayed', 'discarded')),
  closed_at timestamptz,
  check ((state in ('replayed', 'discarded')) = (closed_at is not null))
);
create unique index dead_letter_again on dead_letter (coalesce(gateway_id, '00000000-0000-0000-0000-000000000000'), digest)
  where state in ('open', 'replay');
create index dead_letter_newest on dead_letter (organisation_id, id desc);
-- What the receipt of a gateway names.
create index dead_letter_gateway on dead_letter (gateway_id, last_at desc) where state = 'open';
create index dead_letter_replay on dead_letter (id) where state = 'replay';

-- Room that the open letters of a gateway take (the platform's id for those of nobody).
create table dead_letter_usage (
  gateway_id uuid primary key,
  letters integer not null default 0,
  bytes bigint not null default 0
);

-- Every refused message is counted here, also those whose bytes were not kept.
create table refusal_count (
  gateway_id uuid not null,
  organisation_id uuid not null,
  hour timestamptz not null,
  reason text not null,
  messages bigint not null,
  bytes bigint not null,
  primary key (gateway_id, hour, reason)
);
create index refusal_count_organisation on refusal_count (organisation_id, hour);

alter table journal enable row level security;
alter table journal_gap enable row level security;
alter table journal_restart enable row level security;
alter table gateway_state enable row level security;
alter table command_result enable row level security;
alter table held_reading enable row level security;
alter table reading_conflict enable row level security;
alter table dead_letter enable row level security;
alter table dead_letter_usage enable row level security;
alter table refusal_count enable row level security;

create policy own_organisation on journal for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on journal_restart for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on gateway_state for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on command_result for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on held_reading for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on reading_conflict to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on dead_letter to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on refusal_count for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy all_organisations on journal for select to meterline_worker using (true);
create policy all_organisations on held_reading for select to meterline_worker using (true);
create policy all_organisations on reading_conflict for select to meterline_worker using (true);
create policy all_organisations on dead_letter for select to meterline_worker using (true);

grant select on journal, journal_restart, gateway_state, command_result, held_reading, reading_conflict, dead_letter,
  refusal_count to meterline_app, meterline_readonly;
grant select on journal, held_reading, reading_conflict, dead_letter to meterline_worker;
-- A person closes a conflict, gives a letter up or has it tried again; nothing else of them changes.
grant update (state, closed_at) on reading_conflict, dead_letter to meterline_app;

-- A letter that is closed gives its room back, whoever closed it.
create function dead_letter_closed() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update public.dead_letter_usage u
     set letters = u.letters - c.letters, bytes = u.bytes - c.bytes
    from (select coalesce(n.gateway_id, '00000000-0000-0000-0000-000000000000') as gateway_id, count(*) as letters,
                 coalesce(sum(length(n.bytes)), 0) as bytes
            from after_rows n join before_rows o on o.id = n.id
           where o.closed_at is null and n.closed_at is not null group by 1) c
   where u.gateway_id = c.gateway_id;
  return null;
end
$$;
create trigger closed after update on dead_letter
  referencing old table as before_rows new table as after_rows for each statement execute function dead_letter_closed();

-- Begins a micro-batch: makes and locks its journals, and tells what is known of them and around its batches.
-- `batch_places` are places in `journals`, from 1. Ids of batches are taken here, because readings name them.
create function ingest_open(gateways uuid[], journals uuid[], batch_places integer[], numbers bigint[], batches integer)
  returns jsonb
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  answer jsonb;
begin
  insert into public.journal (organisation_id, gateway_id, journal)
    select g.organisation_id, u.gateway, u.journal
      from unnest(gateways, journals) as u (gateway, journal) join public.gateway g on g.id = u.gateway
     where not exists (select from public.journal j where j.gateway_id = u.gateway and j.journal = u.journal)
     order by u.gateway, u.journal
  on conflict do nothing;
  perform from public.journal j join unnest(gateways, journals) as u (gateway, journal)
      on j.gateway_id = u.gateway and j.journal = u.journal
    order by j.gateway_id, j.journal for no key update of j;
  select jsonb_build_object(
    'ids', (select coalesce(jsonb_agg(nextval('public.batch_id_seq')), '[]') from generate_series(1, batches)),
    'journals', (
      select coalesce(jsonb_agg(jsonb_build_object('no', j.no, 'stored', j.stored::text, 'dropped', j.dropped::text)
                                order by u.place), '[]')
        from unnest(gateways, journals) with ordinality as u (gateway, journal, place)
        join public.journal j on j.gateway_id = u.gateway and j.journal = u.journal),
    'known', (
      select coalesce(jsonb_agg(jsonb_build_array(w.place, k.number, encode(k.digest, 'hex'), encode(k.previous, 'hex'),
                                                  k.named)), '[]')
        from (select distinct b.place, b.number + d.d as number
                from unnest(batch_places, numbers) as b (place, number), (values (-1), (0), (1)) as d (d)) w
        join unnest(gateways, journals) with ordinality as u (gateway, journal, place) on u.place = w.place
        cross join lateral (
          select b.number, b.digest, b.previous, false as named from public.batch b
           where b.gateway_id = u.gateway and b.journal = u.journal and b.number = w.number
          union all
          select g.number, g.digest, g.previous, true from public.journal_gap g
            join public.journal j on j.no = g.journal_no
           where j.gateway_id = u.gateway and j.journal = u.journal and g.number = w.number
          order by named limit 1) k)
  ) into answer;
  return answer;
end
$$;

-- The sealed batches themselves, and deliveries of devices that seal nothing.
create function ingest_batches(ids bigint[], gateways uuid[], kinds text[], received timestamptz[], journals uuid[],
  numbers bigint[], classes text[], firsts bigint[], lasts bigint[], sealed timestamptz[], digests bytea[],
  previous bytea[], key_ids text[], clocks jsonb[], statements text[], signatures bytea[], boundaries timestamptz[],
  occasions text[], roots bytea[], payloads bytea[], "references" text[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.batch (id, organisation_id, gateway_id, kind, received_at, journal, number, class, first, last,
      sealed_at, digest, previous, key_id, clock, statement, signature, boundary_at, occasion, root, payload, reference)
    overriding system value
    select u.id, g.organisation_id, u.gateway, u.kind, u.received, u.journal, u.number, u.class, u.first, u.last,
           u.sealed, u.digest, u.previous, u.key_id, u.clock, u.statement, u.signature, u.boundary, u.occasion, u.root,
           u.payload, u.reference
      from unnest(ids, gateways, kinds, received, journals, numbers, classes, firsts, lasts, sealed, digests, previous,
                  key_ids, clocks, statements, signatures, boundaries, occasions, roots, payloads, "references")
           as u (id, gateway, kind, received, journal, number, class, first, last, sealed, digest, previous, key_id,
                 clock, statement, signature, boundary, occasion, root, payload, reference)
      join public.gateway g on g.id = u.gateway
$$;

-- Batches that `dropped` records name.
create function ingest_gaps(journal_nos bigint[], numbers bigint[], digests bytea[], previous bytea[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.journal_gap (journal_no, number, digest, previous)
    select * from unnest(journal_nos, numbers, digests, previous)
  on conflict do nothing
$$;

-- What the journals hold from now on; the chains are followed as far as they are whole (the rest at the next commit).
create function ingest_journals(nos bigint[], stored text[], dropped text[], missing bigint[], "time" timestamptz)
  returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update public.journal j
     set stored = u.stored::int8multirange, dropped = u.dropped::int8multirange, missing = u.missing,
         missing_since = case when u.missing > 0 then coalesce(j.missing_since, "time") end,
         progress_at = case when u.missing = 0 then null when u.missing < j.missing then "time" else j.progress_at end,
         updated_at = "time"
    from unnest(nos, ingest_journals.stored, ingest_journals.dropped, ingest_journals.missing)
         as u (no, stored, dropped, missing)
   where j.no = u.no;
  with recursive walk as (
    select j.no, j.gateway_id, j.journal, j.chain_number as number, j.chain_digest as digest, 0 as steps
      from public.journal j where j.no = any(nos)
    union all
    select w.no, w.gateway_id, w.journal, n.number, n.digest, w.steps + 1
      from walk w cross join lateral (
        select b.number, b.digest, b.previous from public.batch b
         where b.gateway_id = w.gateway_id and b.journal = w.journal and b.number = w.number + 1
        union all
        select g.number, g.digest, g.previous from public.journal_gap g
         where g.journal_no = w.no and g.number = w.number + 1
        limit 1) n
     where w.steps < 2000 and n.previous is not distinct from w.digest
  )
  update public.journal j set chain_number = e.number, chain_digest = e.digest
    from (select distinct on (no) no, number, digest from walk order by no, number desc) e
   where j.no = e.no and e.number > j.chain_number;
end
$$;

-- The beginnings of journals. Answers those whose predecessor another journal named before: copies of one card.
create function ingest_restarts(journal_nos bigint[], reasons text[], previous_gateways uuid[], previous_journals uuid[],
  previous_lasts bigint[], lost text[], "time" timestamptz) returns setof bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with told as (
    select u.*, j.organisation_id,
           u.previous_journal is not null and exists (
             select from public.journal_restart r
              where r.previous_gateway = u.previous_gateway and r.previous_journal = u.previous_journal
                and r.journal_no <> u.no) as is_second
      from unnest(journal_nos, reasons, previous_gateways, previous_journals, previous_lasts, lost)
           as u (no, reason, previous_gateway, previous_journal, previous_last, lost)
      join public.journal j on j.no = u.no
  ), added as (
    insert into public.journal_restart (journal_no, organisation_id, reason, previous_gateway, previous_journal,
        previous_last, lost, state, at)
      select t.no, t.organisation_id, t.reason, t.previous_gateway, t.previous_journal, t.previous_last,
             t.lost::int8multirange,
             case when t.previous_journal is null then 'first' when t.is_second then 'second' else 'noted' end, "time"
        from told t
    on conflict do nothing
  )
  select t.no from told t where t.is_second;
end
$$;

-- Lets `lost` count where it may: of the gateway's own journal, or of the one whose place it was given.
create function ingest_apply_restarts("time" timestamptz) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in
    select r.journal_no, r.lost, p.no as previous_no, p.gateway_id
      from public.journal_restart r
      join public.journal j on j.no = r.journal_no
      join public.gateway g on g.id = j.gateway_id
      join public.journal p on p.gateway_id = r.previous_gateway and p.journal = r.previous_journal
     where r.state = 'noted' and (r.previous_gateway = j.gateway_id or r.previous_gateway = g.replaces_id)
     order by p.gateway_id, p.journal limit 100
  loop
    perform from public.journal j where j.no = one.previous_no for no key update;
    update public.journal j set dropped = j.dropped + one.lost, updated_at = "time" where j.no = one.previous_no;
    perform public.ingest_recount(one.previous_no, "time");
    update public.journal_restart set state = 'applied' where journal_no = one.journal_no;
    return next one.gateway_id;
  end loop;
end
$$;

-- How much of a journal is missing, from its ranges.
create function ingest_recount(journal_no bigint, "time" timestamptz) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  update public.journal j
     set missing = m.missing, missing_since = case when m.missing > 0 then coalesce(j.missing_since, "time") end,
         progress_at = case when m.missing = 0 then null when m.missing < j.missing then "time" else j.progress_at end
    from (select coalesce(sum(upper(r) - lower(r)), 0) as missing
            from public.journal k,
                 unnest(int8multirange(int8range(1, coalesce(upper(k.stored + k.dropped), 1))) - (k.stored + k.dropped)) r
           where k.no = journal_no) m
   where j.no = journal_no
$$;

-- The gap ledger's turn: what is missing for longer than `delay`, and has not become less for as long, is announced;
-- what was announced and is filled by now is closed. Answers both, the filled ones with nothing missing.
create function ingest_gap_turn("time" timestamptz, delay interval)
  returns table (organisation_id uuid, gateway_id uuid, journal uuid, missing bigint, since timestamptz, ranges text)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  update public.journal j set announced_at = case when j.missing > 0 then "time" end
   where j.no in (
     select k.no from public.journal k
      where k.no in (select m.no from public.journal m
                      where m.missing_since < "time" - delay and m.announced_at is null
                        and greatest(m.missing_since, m.progress_at) < "time" - delay
                     union all
                     select f.no from public.journal f where f.announced_at is not null and f.missing = 0)
      order by k.gateway_id, k.journal limit 500 for no key update skip locked)
  returning j.organisation_id, j.gateway_id, j.journal, j.missing, j.missing_since,
    left((int8multirange(int8range(1, upper(j.stored + j.dropped))) - (j.stored + j.dropped))::text, 2000)
$$;

-- What is said to gateways: their newest journals, and the letters that they must not send again.
create function ingest_receipts(gateways uuid[], journals integer, letters integer) returns jsonb
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'gateway', g.id,
    'journals', (select coalesce(jsonb_agg(jsonb_build_object('journal', j.journal, 'ranges', (j.stored + j.dropped)::text,
                          'chain', j.chain_number, 'digest', encode(j.chain_digest, 'hex'))), '[]')
                   from (select * from public.journal n where n.gateway_id = g.id
                          order by n.updated_at desc limit ingest_receipts.journals) j),
    'refused', (select coalesce(jsonb_agg(jsonb_build_object('digest', encode(d.digest, 'hex'), 'reason', d.reason,
                         'retryAfterMs', d.retry_after_ms)), '[]')
                  from (select * from public.dead_letter l where l.gateway_id = g.id and l.state = 'open'
                         order by l.last_at desc limit ingest_receipts.letters) d))), '[]')
    from public.gateway g where g.id = any(gateways)
$$;

-- Messages that were not believed: counted, each; their bytes kept as far as the room of their gateway reaches; told
-- again, one row. Answers the places of those that are new letters, and whether their bytes found room.
create function ingest_refuse(gateways uuid[], topics text[], reasons text[], details text[], digests bytea[],
  sizes integer[], payloads bytea[], retries integer[], "time" timestamptz, room_letters integer, room_bytes bigint)
  returns table (place bigint, has_bytes boolean)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
  insert into public.dead_letter_usage (gateway_id)
    select distinct coalesce(g.id, nobody) from unnest(gateways) as u (id) left join public.gateway g on g.id = u.id order by 1
  on conflict do nothing;
  perform from public.dead_letter_usage u
    where u.gateway_id in (select coalesce(g.id, nobody) from unnest(gateways) as w (id) left join public.gateway g on g.id = w.id)
    order by u.gateway_id for no key update;
  insert into public.refusal_count as c (gateway_id, organisation_id, hour, reason, messages, bytes)
    select coalesce(g.id, nobody), coalesce(g.organisation_id, nobody), date_trunc('hour', "time", 'UTC'), u.reason,
           count(*), sum(u.size)
      from unnest(gateways, reasons, sizes) as u (id, reason, size) left join public.gateway g on g.id = u.id
     group by 1, 2, 4 order by 1, 4
  on conflict (gateway_id, hour, reason)
    do update set messages = c.messages + excluded.messages, bytes = c.bytes + excluded.bytes;
  return query
  with incoming as (
    select coalesce(g.id, nobody) as owner, g.id as gateway_id, coalesce(g.organisation_id, nobody) as organisation_id,
           u.digest, min(u.n) as at, count(*) as n
      from unnest(gateways, digests) with ordinality as u (id, digest, n) left join public.gateway g on g.id = u.id
     group by 1, 2, 3, 4
  ), again as (
    update public.dead_letter d set count = d.count + i.n, last_at = "time", reason = reasons[i.at],
           detail = details[i.at], retry_after_ms = retries[i.at], state = 'open'
      from incoming i
     where coalesce(d.gateway_id, nobody) = i.owner and d.digest = i.digest and d.state in ('open', 'replay')
    returning i.at
  ), fresh as (
    select i.*, sizes[i.at] as size, row_number() over w as letters_now,
           sum(coalesce(length(payloads[i.at]), 0)) over w as bytes_now
      from incoming i where i.at not in (select a.at from again a)
    window w as (partition by i.owner order by i.at)
  ), kept as (
    insert into public.dead_letter (organisation_id, gateway_id, topic, reason, detail, digest, size, bytes, count,
        first_at, last_at, retry_after_ms)
      select f.organisation_id, f.gateway_id, topics[f.at], reasons[f.at], details[f.at], f.digest, f.size,
             case when u.bytes + f.bytes_now <= room_bytes then payloads[f.at] end, f.n, "time", "time",
             retries[f.at]
        from fresh f join public.dead_letter_usage u on u.gateway_id = f.owner
       where u.letters + f.letters_now <= room_letters
       order by f.at
    on conflict do nothing
    returning coalesce(gateway_id, nobody) as owner, digest, length(bytes) as length
  ), used as (
    update public.dead_letter_usage u set letters = u.letters + k.letters, bytes = u.bytes + k.bytes
      from (select owner, count(*) as letters, coalesce(sum(length), 0) as bytes from kept group by owner) k
     where u.gateway_id = k.owner
  )
  select f.at, k.length is not null from fresh f join kept k on k.owner = f.owner and k.digest = f.digest;
end
$$;

-- Letters that somebody wants tried again. They are open from now on: refused again, they stay.
create function ingest_replays(wanted integer)
  returns table (id bigint, gateway_id uuid, topic text, bytes bytea)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  update public.dead_letter d set state = 'open'
   where d.id in (select l.id from public.dead_letter l where l.state = 'replay' order by l.id limit wanted
                     for no key update skip locked)
  returning d.id, d.gateway_id, d.topic, d.bytes
$$;

create function ingest_replayed(letter bigint, "time" timestamptz) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  update public.dead_letter set state = 'replayed', closed_at = "time" where id = letter and state = 'open'
$$;

-- Answers how many are new, by organisation.
create function ingest_conflicts(kinds text[], classes text[], points integer[], times timestamptz[], stored bigint[],
  offered bigint[], raws bytea[], registers text[], gateways uuid[], batches bigint[], sequences bigint[],
  qualities smallint[], sources smallint[], details text[], "time" timestamptz)
  returns table (organisation uuid, added integer)
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  with new as (
    insert into public.reading_conflict (organisation_id, kind, class, point, at, stored, offered, raw, register,
        gateway_id, batch, sequence, quality, source, detail, found_at)
      select p.organisation_id, u.kind, u.class, u.point, u.at, u.stored, u.offered, u.raw, u.register, u.gateway, u.batch,
             u.sequence, u.quality, u.source, left(u.detail, 300), "time"
        from unnest(kinds, classes, points, times, stored, offered, raws, registers, gateways, batches, sequences,
                    qualities, sources, details)
             as u (kind, class, point, at, stored, offered, raw, register, gateway, batch, sequence, quality, source,
                   detail)
        join public.point p on p.no = u.point
       order by u.point, u.at
    on conflict do nothing
    returning organisation_id
  )
  select organisation_id, count(*)::int from new group by organisation_id
$$;

create function ingest_hold(organisations uuid[], gateways uuid[], reasons text[], classes text[], points uuid[],
  times timestamptz[], "values" bigint[], raws bytea[], registers text[], boundaries timestamptz[],
  bracket_times timestamptz[], bracket_counts bigint[], qualities smallint[], sources smallint[], batches bigint[],
  sequences bigint[], due timestamptz[], "time" timestamptz) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.held_reading (organisation_id, gateway_id, reason, class, point_id, at, value, raw, register,
      boundary_at, bracket_at, bracket_count, quality, source, batch, sequence, held_at, due_at)
    select u.organisation, u.gateway, u.reason, u.class, u.point, u.at, u.value, u.raw, u.register, u.boundary,
           u.bracket_at, u.bracket_count, u.quality, u.source, u.batch, u.sequence, "time", u.due
      from unnest(organisations, gateways, reasons, classes, points, times, "values", raws, registers, boundaries,
                  bracket_times, bracket_counts, qualities, sources, batches, sequences, due)
           as u (organisation, gateway, reason, class, point, at, value, raw, register, boundary, bracket_at,
                 bracket_count, quality, source, batch, sequence, due)
  on conflict do nothing
$$;

-- Held readings whose hour has come: the time is past, the point is the gateway's own by now, or the hub has the
-- profile (`profiles`: `id@version`). They leave the table in the transaction that stores them.
create function ingest_release("time" timestamptz, profiles text[], wanted integer) returns setof held_reading
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  delete from public.held_reading h
   where h.id = any(array(
     select d.id from public.held_reading d where d.due_at <= "time" order by d.due_at limit wanted
        for update skip locked))
      or h.id = any(array(
     select f.id from public.held_reading f
       join public.point p on p.id = f.point_id and p.organisation_id = f.organisation_id
       join public.point_source s on s.point_id = p.id and s.gateway_id = f.gateway_id
      where f.due_at is null and f.reason = 'foreign-point' limit wanted for update of f skip locked))
      or h.id = any(array(
     select k.id from public.held_reading k
      where k.due_at is null and k.reason = 'unknown-profile' and split_part(k.register, '/', 1) = any(profiles)
      order by k.id limit wanted for update skip locked))
  returning h.*
$$;

-- The latest word of gateways. What is older than what is here was sent again, or late.
create function ingest_states(gateways uuid[]) returns setof gateway_state
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select * from public.gateway_state s where s.gateway_id = any(gateways)
$$;

create function ingest_set_states(states jsonb) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.gateway_state (gateway_id, organisation_id, status, status_at, status_order, session, connected,
      status_received_at, config_report, config_at, config_order, config_received_at)
    select r.gateway_id, g.organisation_id, r.status, r.status_at, r.status_order, r.session, r.connected,
           r.status_received_at, r.config_report, r.config_at, r.config_order, r.config_received_at
      from jsonb_to_recordset(states) as r (gateway_id uuid, status jsonb, status_at timestamptz, status_order jsonb,
             session uuid, connected boolean, status_received_at timestamptz, config_report jsonb, config_at timestamptz,
             config_order jsonb, config_received_at timestamptz)
      join public.gateway g on g.id = r.gateway_id
     order by r.gateway_id
  on conflict (gateway_id) do update set status = excluded.status, status_at = excluded.status_at,
    status_order = excluded.status_order, session = excluded.session, connected = excluded.connected,
    status_received_at = excluded.status_received_at, config_report = excluded.config_report,
    config_at = excluded.config_at, config_order = excluded.config_order, config_received_at = excluded.config_received_at
$$;

create function ingest_results(gateways uuid[], commands uuid[], results jsonb[], "time" timestamptz) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.command_result (command_id, gateway_id, organisation_id, result, received_at)
    select u.command, g.id, g.organisation_id, u.result, "time"
      from unnest(gateways, commands, results) as u (gateway, command, result) join public.gateway g on g.id = u.gateway
     order by g.id, u.command
  on conflict do nothing
$$;

-- Events of several organisations in one commit; the policy of the outbox knows one.
create function ingest_events(ids uuid[], organisations uuid[], topics text[], keys text[], payloads jsonb[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.outbox (id, organisation_id, topic, key, payload)
    select u.id, u.organisation, u.topic, u.key, u.payload
      from unnest(ids, organisations, topics, keys, payloads) with ordinality
           as u (id, organisation, topic, key, payload, n)
     order by u.n
$$;

-- A delivery that no gateway sealed. Null when this source has told it before.
create function ingest_direct_batch(organisation uuid, gateway uuid, kind text, reference text, received timestamptz,
  detail jsonb) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.batch (organisation_id, gateway_id, kind, received_at, reference, detail)
    values (organisation, gateway, kind, received, reference, detail)
  on conflict do nothing
  returning id
$$;

-- How many of these hold a reading already. Nothing of the readings is told.
create function ingest_existing(class text, points integer[], times timestamptz[]) returns integer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return case class
    when 'gauge' then (select count(*) from unnest(points, times) as u (point, at)
                         join public.reading_gauge r on r.point = u.point and r.at = u.at)
    when 'counter' then (select count(*) from unnest(points, times) as u (point, at)
                           join public.reading_counter r on r.point = u.point and r.at = u.at)
    else (select count(*) from unnest(points, times) as u (point, at)
            join public.reading_billing r on r.point = u.point and r.at = u.at)
  end;
end
$$;

grant execute on function ingest_open(uuid[], uuid[], integer[], bigint[], integer),
  ingest_batches(bigint[], uuid[], text[], timestamptz[], uuid[], bigint[], text[], bigint[], bigint[], timestamptz[],
    bytea[], bytea[], text[], jsonb[], text[], bytea[], timestamptz[], text[], bytea[], bytea[], text[]),
  ingest_gaps(bigint[], bigint[], bytea[], bytea[]),
  ingest_journals(bigint[], text[], text[], bigint[], timestamptz),
  ingest_restarts(bigint[], text[], uuid[], uuid[], bigint[], text[], timestamptz),
  ingest_apply_restarts(timestamptz), ingest_gap_turn(timestamptz, interval),
  ingest_receipts(uuid[], integer, integer),
  ingest_refuse(uuid[], text[], text[], text[], bytea[], integer[], bytea[], integer[], timestamptz, integer, bigint),
  ingest_replays(integer), ingest_replayed(bigint, timestamptz),
  ingest_conflicts(text[], text[], integer[], timestamptz[], bigint[], bigint[], bytea[], text[], uuid[], bigint[],
    bigint[], smallint[], smallint[], text[], timestamptz),
  ingest_hold(uuid[], uuid[], text[], text[], uuid[], timestamptz[], bigint[], bytea[], text[], timestamptz[],
    timestamptz[], bigint[], smallint[], smallint[], bigint[], bigint[], timestamptz[], timestamptz),
  ingest_release(timestamptz, text[], integer), ingest_states(uuid[]), ingest_set_states(jsonb),
  ingest_results(uuid[], uuid[], jsonb[], timestamptz), ingest_events(uuid[], uuid[], text[], text[], jsonb[]),
  ingest_direct_batch(uuid, uuid, text, text, timestamptz, jsonb), ingest_existing(text, integer[], timestamptz[])
  to meterline_ingest;

-- For each point and quarter hour: is there a reading that was made for it? Counted by days of the building's zone.
-- Quarter hours are what a point should have; sequences say nothing of them.
create function readings_quarters(points integer[], "from" timestamptz, "to" timestamptz, zone text)
  returns table (point integer, day date, present integer)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select r.point, (r.boundary_at at time zone zone)::date, count(distinct r.boundary_at)::int
    from unnest(points) as p (no)
    join public.reading_billing r on r.point = p.no
     -- A sweep is within a quarter of an hour of its boundary: the partitions that cannot hold any are left out.
     and r.at >= "from" - interval '15 minutes' and r.at < "to" + interval '15 minutes'
   where r.boundary_at >= "from" and r.boundary_at < "to" and r.count is not null
     and date_bin('15 minutes', r.boundary_at, '2000-01-01 00:00:00+00') = r.boundary_at
   group by 1, 2
$$;
grant execute on function readings_quarters(integer[], timestamptz, timestamptz, text) to meterline_app;
