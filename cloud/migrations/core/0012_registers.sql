-- How much a meter may be wrong by, in parts per million, where somebody knows better than its profile: class 1 is 10000.
alter table meter add column accuracy_ppm integer check (accuracy_ppm between 100 and 100000);
grant update (accuracy_ppm) on meter to meterline_app;

-- A count is billed only by the register that it cites: `profile@version/register` of an epoch; null: any that is worth as
-- much.
alter table register_epoch add column register text check (length(register) <= 120);
update register_epoch set register = evidence ->> 'register' where automatic;
alter table suspect drop constraint suspect_kind_check,
  add constraint suspect_kind_check check (kind in ('drop', 'zero', 'jump', 'swap', 'unsteady', 'rollover', 'closing',
    'other-register', 'opening'));

-- The readings that the ledger follows: the same as readings_billable gives, of many points, each in a range of its own
-- with up to `neighbours` more of each class on either side, and packed, since a month of a building is millions of them:
-- 22 bytes a reading, time (µs since 2000), count, quality, register. `reach_back`: nothing was read before; `reach_end`:
-- nor after. The register is the number of its name; 0: a gateway's that names none; -1: no gateway's. `contradicted`:
-- where a counter says another count than the billing reading of the same instant.
drop function ledger_readings(integer[], timestamptz[], timestamptz[], integer);
create function ledger_readings(points integer[], from_at timestamptz[], to_at timestamptz[], neighbours integer)
  returns table (point integer, reach_back boolean, reach_end boolean, readings bytea, contradicted timestamptz[])
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select p.point, r.back_billing < neighbours and r.back_counter < neighbours,
         r.ahead_billing < neighbours and r.ahead_counter < neighbours, r.readings, r.contradicted
    from unnest(points, from_at, to_at) p (point, from_at, to_at)
   cross join lateral (
     select count(*) filter (where a.side = 1 and a.rank = 1) as back_billing,
            count(*) filter (where a.side = 1 and a.rank = 2) as back_counter,
            count(*) filter (where a.side = 2 and a.rank = 1) as ahead_billing,
            count(*) filter (where a.side = 2 and a.rank = 2) as ahead_counter,
            string_agg(timestamptz_send(a.at) || int8send(a.count) || int2send(a.quality) || int4send(a.register),
              ''::bytea order by a.at) filter (where a.place = 1 and a.count is not null) as readings,
            array_agg(a.at) filter (where a.rank = 2 and a.count <> a.strongest) as contradicted
       from (
         -- Of one instant the strongest that has a count; what a person decided about it goes before all.
         select c.side, c.rank, c.at, c.quality, c.count, c.register, row_number() over same as place,
                first_value(c.count) over same as strongest
           from (
             select o.side, o.rank, o.at, case when f.kind = 'superseded' then -1 else o.register end as register,
                    case when f.kind = 'superseded' then 0::smallint else o.quality end as quality,
                    case when f.kind = 'voided' then null when f.kind = 'superseded' then f.count else o.count end as count
               from (
                 select b.side, v.rank, v.at, v.count, v.quality, coalesce(b.register, -1) as register
                   from (
                     (select 1 as side, x.* from public.reading_billing x
                       where x.point = p.point and x.at < p.from_at order by x.at desc limit neighbours)
                     union all
                     (select 0, x.* from public.reading_billing x
                       where x.point = p.point and x.at >= p.from_at and x.at <= p.to_at)
                     union all
                     (select 2, x.* from public.reading_billing x
                       where x.point = p.point and x.at > p.to_at order by x.at limit neighbours)
                   ) b
                  cross join lateral (values (1, b.at, b.count, b.quality), (3, b.bracket_at, b.bracket_count, 0::smallint))
                    v (rank, at, count, quality)
                  where v.at is not null
                 union all
                 (select 1, 2, x.at, x.count, x.quality, case when x.source <= 2 then 0 else -1 end
                   from public.reading_counter x
                   where x.point = p.point and x.at < p.from_at order by x.at desc limit neighbours)
                 union all
                 (select 0, 2, x.at, x.count, x.quality, case when x.source <= 2 then 0 else -1 end
                   from public.reading_counter x
                   where x.point = p.point and x.at >= p.from_at and x.at <= p.to_at)
                 union all
                 (select 2, 2, x.at, x.count, x.quality, case when x.source <= 2 then 0 else -1 end
                   from public.reading_counter x
                   where x.point = p.point and x.at > p.to_at order by x.at limit neighbours)
               ) o
               left join (
                 select distinct on (k.at) k.at, k.kind, k.count from public.correction k where k.point = p.point
                  order by k.at, k.created_at desc, k.id desc) f on f.at = o.at
           ) c
         window same as (partition by c.at order by c.count is null, c.rank)
       ) a
   ) r;
end
$$;

-- Two classes of one point, one instant, two counts: one key, and another value. Both stay; the billing reading is followed
-- until a person has looked. Answers how many are new.
create function ledger_contradictions(points integer[], times timestamptz[], "time" timestamptz) returns integer
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  with new as (
    insert into public.reading_conflict (organisation_id, kind, class, point, at, stored, offered, gateway_id, batch,
        sequence, quality, source, detail, found_at)
      select p.organisation_id, 'value', 'counter', p.no, c.at, b.count, c.count, s.gateway_id, c.batch, c.sequence,
             c.quality, c.source,
             format('a counter says %s at an instant for which the billing reading says %s', c.count, b.count), "time"
        from unnest(points, times) as u (point, at)
        join public.point p on p.no = u.point and p.organisation_id = (select public.app_org())
        join public.reading_billing b on b.point = u.point and b.at = u.at
        join public.reading_counter c on c.point = u.point and c.at = u.at
        left join public.batch s on s.id = c.batch
       where b.count <> c.count
       order by p.no, c.at
    on conflict do nothing
    returning 1
  )
  select count(*)::int from new
$$;

grant execute on function ledger_readings(integer[], timestamptz[], timestamptz[], integer) to meterline_app;
grant execute on function ledger_contradictions(integer[], timestamptz[], timestamptz) to meterline_app;
