-- What a tenant's chart asks first: the points of a meter, a place, or one point, each for the windows of the person's own
-- leases, with what must be known of it. The windows are the whole right to them, so that no policy of seven tables has to
-- find them again. One of the three is given.
create function app_own_points(wanted_point uuid, wanted_meter uuid, wanted_place uuid)
  returns table (id uuid, no integer, register text, class text, measures text, gauge_unit text, zone text, unit text,
                 from_ms double precision, to_ms double precision)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
  return query
  select p.id, p.no, p.register, p.class, p.quantity, p.unit, coalesce(mb.zone, gb.zone),
         (select e.unit from public.register_epoch e where e.point = p.no and e.superseded_at is null order by e.from_at limit 1),
         extract(epoch from greatest(w.from_at, i.from_at))::double precision * 1000,
         coalesce(extract(epoch from nullif(least(w.to_at, i.to_at), 'infinity'))::double precision * 1000, 'infinity')
    from public.app_own_windows() w
    join public.point p on p.no = w.point and p.organisation_id = public.app_org()
    left join public.meter m on m.id = p.meter_id
    left join public.building mb on mb.id = m.building_id
    left join public.gateway g on g.id = p.gateway_id
    left join public.building gb on gb.id = g.building_id
   cross join lateral (
     select '-infinity'::timestamptz as from_at, 'infinity'::timestamptz as to_at where wanted_place is null
     union all
     select n.from_at, coalesce(n.to_at, 'infinity') from public.installation n
      where n.organisation_id = public.app_org() and n.point_id = p.id and n.place_id = wanted_place
        and n.from_at < w.to_at and coalesce(n.to_at, 'infinity') > w.from_at) i
   where (wanted_point is null or p.id = wanted_point)
     and (wanted_meter is null or p.meter_id = wanted_meter)
   order by p.no, 9;
end
$$;
grant execute on function app_own_points(uuid, uuid, uuid) to meterline_app;
