-- Reading back. The caller has resolved points and times under row-level security; here nothing asks whose they are.
-- One set of queries for both layers: each goes down the primary key of the partitions or chunks that its times touch.
-- The plans are generic: planning for every partition anew would cost more than to run. "offset 0" keeps a range of one
-- point a walk down the index of that point: without it, it may become a join over whole partitions.
-- Compiling (jit) would take longer than any of them runs.

-- The counts a bill may rest on: readings of both classes and the brackets within billing readings, corrected, without
-- those that are void or have no count; of one instant the strongest. Up to `neighbours` more before and after the
-- range, of each point, so that an edge within the range has a reading on either side.
create function readings_billable(points integer[], from_at timestamptz, to_at timestamptz, neighbours integer)
  returns table (point integer, at timestamptz, count bigint, quality smallint, source smallint, origin text,
                 batch bigint, sequence bigint, register integer, boundary_at timestamptz, correction uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
declare
  -- A sweep is within 15 minutes of its boundary, a bracket within a day of it.
  reach constant interval := '24 hours 15 minutes';
begin
  return query
  with fixed as materialized (
    select distinct on (c.point, c.at) c.point, c.at, c.id, c.kind, c.count, c.photo is not null as photo
      from public.correction c where c.point = any(points)
     order by c.point, c.at, c.created_at desc, c.id desc
  ), edges as materialized (
    -- How far back and ahead each class must be read to have enough neighbours; without end if it has fewer.
    select p.point,
           least(coalesce(bb.at, '-infinity'), from_at) - reach as billing_from,
           greatest(coalesce(ba.at, 'infinity'), to_at) + reach as billing_to,
           least(coalesce(cb.at, '-infinity'), from_at) as counter_from,
           greatest(coalesce(ca.at, 'infinity'), to_at) as counter_to
      from (select distinct u.point from unnest(points) u (point)) p
      left join lateral (
        select r.at from public.reading_billing r left join fixed f on f.point = r.point and f.at = r.at
         where r.point = p.point and r.at < from_at and f.kind is distinct from 'voided' and coalesce(f.count, r.count) is not null
         order by r.at desc offset greatest(neighbours, 1) - 1 limit 1) bb on true
      left join lateral (
        select r.at from public.reading_billing r left join fixed f on f.point = r.point and f.at = r.at
         where r.point = p.point and r.at >= to_at and f.kind is distinct from 'voided' and coalesce(f.count, r.count) is not null
         order by r.at offset greatest(neighbours, 1) - 1 limit 1) ba on true
      left join lateral (
        select r.at from public.reading_counter r left join fixed f on f.point = r.point and f.at = r.at
         where r.point = p.point and r.at < from_at and f.kind is distinct from 'voided' and coalesce(f.count, r.count) is not null
         order by r.at desc offset greatest(neighbours, 1) - 1 limit 1) cb on true
      left join lateral (
        select r.at from public.reading_counter r left join fixed f on f.point = r.point and f.at = r.at
         where r.point = p.point and r.at >= to_at and f.kind is distinct from 'voided' and coalesce(f.count, r.count) is not null
         order by r.at offset greatest(neighbours, 1) - 1 limit 1) ca on true
  ), billing as materialized (
    select r.* from edges e cross join lateral (
      select * from public.reading_billing b
       where b.point = e.point and b.at >= e.billing_from and b.at < e.billing_to offset 0) r
  ), candidates as (
    select r.point, r.at, r.count, r.quality, r.source, 'billing' as origin, 1 as rank, r.batch, r.sequence, r.register,
           r.boundary_at
      from billing r
    union all
    select r.point, r.at, r.count, r.quality, r.source, 'counter', 2, r.batch, r.sequence, null, null
      from edges e cross join lateral (
        select * from public.reading_counter c
         where c.point = e.point and c.at >= e.counter_from and c.at <= e.counter_to offset 0) r
    union all
    select r.point, r.bracket_at, r.bracket_count, 0::smallint, r.source, 'bracket', 3, r.batch, r.sequence, r.register, null
      from billing r where r.bracket_at is not null
  ), single as (
    select distinct on (c.point, c.at) c.*, f.id as correction, f.kind, f.count as fixed, f.photo
      from candidates c left join fixed f on f.point = c.point and f.at = c.at
     where f.kind is distinct from 'voided' and coalesce(f.count, c.count) is not null
     order by c.point, c.at, c.rank
  ), placed as (
    select s.*,
           row_number() over (partition by s.point, s.at < from_at order by s.at desc) as back,
           row_number() over (partition by s.point, s.at >= to_at order by s.at) as ahead
      from single s
  )
  select s.point, s.at, coalesce(s.fixed, s.count),
         case when s.fixed is null then s.quality else 0::smallint end,
         case when s.fixed is null then s.source when s.photo then 6::smallint else 7::smallint end,
         s.origin, s.batch, s.sequence, s.register, s.boundary_at,
         case when s.kind = 'superseded' then s.correction end
    from placed s
   where case when s.at < from_at then s.back <= neighbours when s.at >= to_at then s.ahead <= neighbours else true end
   order by s.point, s.at;
end
$$;

-- Everything that stands in one class, as it came, with the decision of a person beside it. In the order of the key,
-- so that a long list is read in pages: `after_point`, `after_at` are those of the last row of the page before.
create function readings_raw(points integer[], from_at timestamptz, to_at timestamptz, class text, max_rows integer,
                             after_point integer default null, after_at timestamptz default null)
  returns table (point integer, at timestamptz, value bigint, quality smallint, source smallint, batch bigint,
                 sequence bigint, register integer, raw bytea, boundary_at timestamptz, bracket_at timestamptz,
                 bracket_count bigint, correction uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  next_point integer;
  wanted integer := max_rows;
  found_rows integer;
begin
  -- Point by point, so that a page costs what it holds, however many points are asked for.
  for next_point in select distinct u.point from unnest(points) u (point)
                     where after_point is null or u.point >= after_point order by 1 loop
    exit when wanted <= 0;
    return query
    select r.*, c.id
      from (
        (select g.point, g.at, g.value, g.quality, g.source, g.batch, g.sequence, null::integer, null::bytea,
                null::timestamptz, null::timestamptz, null::bigint
           from public.reading_gauge g
          where readings_raw.class = 'gauge' and g.point = next_point and g.at >= from_at and g.at < to_at
            and (next_point is distinct from after_point or g.at > after_at)
          order by g.at limit wanted)
        union all
        (select n.point, n.at, n.count, n.quality, n.source, n.batch, n.sequence, null, null, null, null, null
           from public.reading_counter n
          where readings_raw.class = 'counter' and n.point = next_point and n.at >= from_at and n.at < to_at
            and (next_point is distinct from after_point or n.at > after_at)
          order by n.at limit wanted)
        union all
        (select b.point, b.at, b.count, b.quality, b.source, b.batch, b.sequence, b.register, b.raw, b.boundary_at,
                b.bracket_at, b.bracket_count
           from public.reading_billing b
          where readings_raw.class = 'billing' and b.point = next_point and b.at >= from_at and b.at < to_at
            and (next_point is distinct from after_point or b.at > after_at)
          order by b.at limit wanted)) r
      left join lateral (
        select x.id from public.correction x where x.point = r.point and x.at = r.at
         order by x.created_at desc, x.id desc limit 1) c on true
     order by r.at;
    get diagnostics found_rows = row_count;
    wanted := wanted - found_rows;
  end loop;
end
$$;

-- The newest reading of each point up to `until`, over all classes.
create function readings_latest(points integer[], until timestamptz)
  returns table (point integer, at timestamptz, value bigint, quality smallint, source smallint, class text)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
  return query
  select p.point, r.at, r.value, r.quality, r.source, r.class
    from (select distinct u.point from unnest(points) u (point)) p
   cross join lateral (
     (select g.at, g.value, g.quality, g.source, 'gauge' as class, 3 as rank from public.reading_gauge g
       where g.point = p.point and g.at <= until order by g.at desc limit 1)
     union all
     (select n.at, n.count, n.quality, n.source, 'counter', 2 from public.reading_counter n
       where n.point = p.point and n.at <= until order by n.at desc limit 1)
     union all
     (select b.at, b.count, b.quality, b.source, 'billing', 1 from public.reading_billing b
       where b.point = p.point and b.at <= until order by b.at desc limit 1)
     order by at desc, rank limit 1) r
   order by p.point;
end
$$;

grant execute on function readings_billable(integer[], timestamptz, timestamptz, integer),
  readings_raw(integer[], timestamptz, timestamptz, text, integer, integer, timestamptz),
  readings_latest(integer[], timestamptz) to meterline_app, meterline_worker;
