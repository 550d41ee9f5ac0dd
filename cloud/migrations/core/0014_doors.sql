-- Uploads that came to nothing: files of imports that nobody started, photos that no reading and no correction names. They
-- go after a time, each row with its file. What is evidence of anything stays: what a reading names, by its foreign key.
drop trigger append_only on reading_photo;
create function keep_used_photo() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' or exists (select from public.manual_reading m where m.photo_id = old.id)
     or exists (select from public.correction c where c.photo = old.id::text) then
    raise exception 'a photo is append-only: it is evidence' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$$;
create trigger append_only before update or delete on reading_photo for each row execute function keep_used_photo();
create index reading_photo_age on reading_photo (created_at);
create index manual_reading_photo on manual_reading (photo_id) where photo_id is not null;
create index correction_photo on correction (photo) where photo is not null;
create index import_run_unstarted on import_run (created_at) where state = 'received';

-- One at a time, so that its file is gone when its row is: `null` when none is left. Less than a day is never old.
create function delete_unused_upload(before timestamptz) returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  key text;
begin
  if before is null or before > clock_timestamp() - interval '1 day' then
    raise exception 'uploads are kept for a day at least' using errcode = 'insufficient_privilege';
  end if;
  delete from public.reading_photo p where p.id = (
    select x.id from public.reading_photo x
     where x.created_at < before
       and not exists (select from public.manual_reading m where m.photo_id = x.id)
       and not exists (select from public.correction c where c.photo = x.id::text)
     order by x.created_at limit 1 for update skip locked)
  returning p.file_key into key;
  if key is not null then
    return key;
  end if;
  delete from public.import_run r where r.id = (
    select x.id from public.import_run x where x.state = 'received' and x.created_at < before
     order by x.created_at limit 1 for update skip locked)
  returning r.file_key into key;
  return key;
end
$$;
grant execute on function delete_unused_upload(timestamptz) to meterline_worker;

-- Whether the meter began with it: what is needed to store it, should whoever entered it have died before that.
alter table manual_reading add column opening boolean not null default false;

-- A gateway that names more points than it may have is told apart from one that names another's; and what is held of one
-- gateway, or of the sources of an organisation that are none, is counted before more is held.
alter table held_reading drop constraint held_reading_reason_check;
alter table held_reading add constraint held_reading_reason_check
  check (reason in ('future', 'foreign-point', 'too-many-points', 'unknown-profile'));
create index held_reading_sender on held_reading (organisation_id, coalesce(gateway_id, '00000000-0000-0000-0000-000000000000'));

-- How many are held of each sender, counted up to `most`; a null gateway is what no gateway sent.
create function ingest_held(organisations uuid[], gateways uuid[], most integer)
  returns table (gateway uuid, readings integer)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select u.gateway, (select count(*)::int from (
      select from public.held_reading h
       where h.organisation_id = u.organisation
         and coalesce(h.gateway_id, '00000000-0000-0000-0000-000000000000')
             = coalesce(u.gateway, '00000000-0000-0000-0000-000000000000') limit most) c)
    from unnest(organisations, gateways) as u (organisation, gateway)
$$;
grant execute on function ingest_held(uuid[], uuid[], integer) to meterline_ingest;

create or replace function ingest_release("time" timestamptz, profiles text[], wanted integer) returns setof held_reading
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
      where f.due_at is null and f.reason in ('foreign-point', 'too-many-points') limit wanted
        for update of f skip locked))
      or h.id = any(array(
     select k.id from public.held_reading k
      where k.due_at is null and k.reason = 'unknown-profile' and split_part(k.register, '/', 1) = any(profiles)
      order by k.id limit wanted for update skip locked))
  returning h.*
$$;

-- As before, but the points of the gateway are counted once, and only when there are new ones: the planner counted them
-- again for each. And what a point lacks is looked up by its id, whatever the planner believes of the table.
create or replace function register_points(gateway uuid, ids uuid[], classes text[], registers text[], units text[],
  now timestamptz) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  -- 500 meters with 64 points each: a gateway that names more is broken, or not what it says.
  most constant integer := 32000;
  owner uuid;
  room integer;
begin
  if exists (select from unnest(ids) as u (id) where not exists (select from public.point p where p.id = u.id)) then
    select g.organisation_id into owner from public.gateway g
     where g.id = register_points.gateway and g.state = 'active';
    select most - count(*) into room from public.point p
     where p.organisation_id = owner and p.gateway_id = register_points.gateway;
    return query
    with given as (
      select u.*, row_number() over (order by u.id) as n
        from unnest(ids, classes, registers, units) as u (id, class, register, unit)
       where owner is not null and not exists (select from public.point p where p.id = u.id)
    ), added as (
      insert into public.point (id, organisation_id, gateway_id, register, unit, class, created_at, seen_at)
      select u.id, owner, register_points.gateway, u.register, u.unit, u.class, register_points.now, register_points.now
        from given u where u.n <= room
       order by u.id
      on conflict do nothing
      returning point.id
    ), sourced as (
      insert into public.point_source (point_id, gateway_id, organisation_id, from_at)
      select a.id, register_points.gateway, owner, register_points.now from added a
    )
    select a.id from added a;
  end if;
  with lacking as materialized (
    select u.*
      from unnest(ids, classes, registers, units) as u (id, class, register, unit)
     cross join lateral (
       -- The offset keeps the planner from turning it around.
       select x.* from public.point x where x.id = u.id offset 0) p
     where p.gateway_id = register_points.gateway
       and (p.register is null and u.register is not null or p.unit is null and u.unit is not null
            or u.class = 'billing' and p.class = 'counter' or p.seen_at is null)
  )
  update public.point p
     set register = coalesce(p.register, l.register), unit = coalesce(p.unit, l.unit),
         class = case when l.class = 'billing' and p.class = 'counter' then 'billing' else p.class end,
         seen_at = coalesce(p.seen_at, register_points.now)
    from lacking l
   where p.id = l.id and p.gateway_id = register_points.gateway;
end
$$;

-- How many of these were stored by this delivery: the others were there before, or came in at the same moment.
-- Nothing of the readings is told.
drop function ingest_existing(text, integer[], timestamptz[]);
create function ingest_stored(class text, points integer[], times timestamptz[], delivery bigint) returns integer
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return case class
    when 'gauge' then (select count(*) from (select distinct * from unnest(points, times)) as u (point, at)
                         join public.reading_gauge r on r.point = u.point and r.at = u.at where r.batch = delivery)
    when 'counter' then (select count(*) from (select distinct * from unnest(points, times)) as u (point, at)
                           join public.reading_counter r on r.point = u.point and r.at = u.at where r.batch = delivery)
    else (select count(*) from (select distinct * from unnest(points, times)) as u (point, at)
            join public.reading_billing r on r.point = u.point and r.at = u.at where r.batch = delivery)
  end;
end
$$;
grant execute on function ingest_stored(text, integer[], timestamptz[], bigint) to meterline_ingest;

-- For each point and local day: how many of its quarter hours are there? A sweep was made for it, or a reading lies nearer to
-- it than to any other: what consumption needs, whoever sent it. Counts between quarter hours are looked at only on days on
-- which the others leave some out. `automatic`: no person, and no file, brought one of them.
drop function readings_quarters(integer[], timestamptz, timestamptz, text);
create function readings_quarters(points integer[], "from" timestamptz, "to" timestamptz, zone text)
  returns table (point integer, day date, present integer, automatic boolean)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
declare
  near constant interval := '7 minutes 30 seconds';
  origin constant timestamptz := '2000-01-01 00:00:00+00';
begin
  return query
  with days as materialized (
    select g::date as day, g at time zone zone as begins, (g + interval '1 day') at time zone zone as ends
      from generate_series(("from" at time zone zone)::date::timestamp,
                           (("to" - interval '1 us') at time zone zone)::date::timestamp, interval '1 day') g
  )
  select p.no, d.day, c.present, b.automatic or c.automatic
    from unnest(points) p (no) cross join days d
   cross join lateral (
     select coalesce(array_agg(distinct q.quarter), '{}') as quarters, coalesce(bool_or(r.source <= 4), false) as automatic
       from public.reading_billing r
      cross join lateral (
        select case when date_bin('15 minutes', r.boundary_at, origin) = r.boundary_at then r.boundary_at
                    else date_bin('15 minutes', r.at + near, origin) end) q (quarter)
      -- A sweep is within a quarter of an hour of its boundary.
      where r.point = p.no and r.at >= d.begins - interval '15 minutes' and r.at < d.ends + interval '15 minutes'
        and r.count is not null and q.quarter >= d.begins and q.quarter < d.ends) b
   cross join lateral (
     select count(distinct x.quarter)::int as present, coalesce(bool_or(x.source <= 4), false) as automatic
       from (select u.quarter, null::smallint as source from unnest(b.quarters) u (quarter)
             union all
             select date_bin('15 minutes', n.at + near, origin), n.source
               from public.reading_counter n
              where cardinality(b.quarters) < extract(epoch from d.ends - d.begins) / 900
                and n.point = p.no and n.at >= d.begins - near and n.at < d.ends - near and n.count is not null) x) c
   where c.present > 0;
end
$$;
grant execute on function readings_quarters(integer[], timestamptz, timestamptz, text) to meterline_app;
