-- What the API refuses, the database refuses as well: who changes something has the permission for it in `app.may`
-- (src/identity/domain/permissions.ts). What is the hub's own has `*`. Restrictive: beside what each table asks for already.
do $$
declare
  one record;
begin
  for one in
    select * from (values
      ('building', 'places.manage'), ('place', 'places.manage'),
      ('meter', 'meters.manage'), ('point', 'meters.manage'), ('installation', 'meters.manage'),
      ('gateway', 'gateways.manage'), ('gateway_token', 'gateways.manage'),
      ('lease', 'leases.manage'), ('lease_rent', 'leases.manage'), ('lease_room', 'leases.manage'),
      ('lease_person', 'leases.manage'), ('lease_service', 'leases.manage'), ('handover', 'leases.manage'),
      ('correction', 'readings.correct'),
      ('webhook_source', 'sources.manage'), ('webhook_secret', 'sources.manage'),
      ('import_mapping', 'imports.manage'), ('import_run', 'imports.manage')
    ) as t (name, permission)
  loop
    execute format('create policy asks_insert on %I as restrictive for insert to meterline_app with check ((select app_may(%L)))',
                   one.name, one.permission);
    -- Checked when a row is written, and not when it is only held against others who write.
    execute format('create policy asks_update on %I as restrictive for update to meterline_app using (true) with check ((select app_may(%L)))',
                   one.name, one.permission);
    execute format('create policy asks_delete on %I as restrictive for delete to meterline_app using ((select app_may(%L)))',
                   one.name, one.permission);
  end loop;
end
$$;
