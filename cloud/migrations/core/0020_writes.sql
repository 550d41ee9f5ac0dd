-- What the API refuses, the database refuses as well: who changes something has a permission for it in `app.may`
-- (src/identity/domain/permissions.ts). The hub itself, and its worker, have `*`: where none is named, they alone write.
-- Restrictive: beside what each table asks for already. Written by everybody are, on purpose: audit_entry and outbox, since
-- whoever does something leaves an entry; person_key, new ones only, since an entry about somebody is sealed under theirs.
do $$
declare
  one record;
  asked text;
begin
  for one in
    select * from (values
      ('organisation', array['organisation.manage', 'organisations.manage']),
      ('building', array['places.manage']), ('place', array['places.manage']),
      ('building_regime', array['places.manage']), ('place_outage', array['places.manage']),
      ('meter', array['meters.manage']), ('point', array['meters.manage']), ('installation', array['meters.manage']),
      ('point_source', array['meters.manage', 'gateways.manage', 'sources.manage']),
      ('gateway', array['gateways.manage']), ('gateway_key', array['gateways.manage']),
      ('gateway_token', array['gateways.manage']), ('gateway_certificate', array['gateways.manage']),
      ('dead_letter', array['gateways.manage']), ('reading_conflict', array['readings.correct']),
      ('lease', array['leases.manage']), ('lease_rent', array['leases.manage']), ('lease_room', array['leases.manage']),
      ('lease_person', array['leases.manage']), ('lease_service', array['leases.manage']),
      ('handover', array['leases.manage']), ('handover_reading', array['leases.manage']),
      -- Whoever invites somebody writes down which invitation it is.
      ('party', array['leases.manage', 'people.invite']),
      ('reading_photo', array['readings.write', 'readings.correct']),
      ('manual_reading', array['readings.write', 'readings.correct']), ('correction', array['readings.correct']),
      ('webhook_source', array['sources.manage']), ('webhook_secret', array['sources.manage']),
      ('webhook_request', array['sources.manage']),
      ('import_mapping', array['imports.manage']), ('import_run', array['imports.manage']),
      ('import_fault', array['imports.manage']),
      ('onboarding_run', array['imports.manage', 'places.manage', 'meters.manage', 'leases.manage']),
      ('register_epoch', array['usage.decide']), ('suspect', array['usage.decide']),
      ('usage_point', array['usage.decide']), ('usage_hour', array['usage.decide']), ('usage_day', array['usage.decide']),
      ('usage_revision', array['usage.decide']), ('usage_failure', array['usage.decide']), ('usage_audit', array['usage.decide']),
      -- No organisation's: keys of the hub, and how often somebody may still try. The hub writes them before it knows whom.
      ('hub_key', '{}'::text[]), ('access_key', '{}'), ('sign_in_limit', '{}')
    ) as t (name, permissions)
  loop
    asked := format('(select app_whole(%s))',
                    (select coalesce(string_agg(quote_literal(p), ', '), quote_literal('*')) from unnest(one.permissions) p));
    execute format('create policy asks_insert on %I as restrictive for insert to meterline_app with check (%s)', one.name, asked);
    -- Checked when a row is written, and not when it is only held against others who write.
    execute format('create policy asks_update on %I as restrictive for update to meterline_app using (true) with check (%s)',
                   one.name, asked);
    execute format('create policy asks_delete on %I as restrictive for delete to meterline_app using (%s)', one.name, asked);
  end loop;
end
$$;
-- What is forgotten, or wrapped anew, is so by the hub.
create policy asks_update on person_key as restrictive for update to meterline_app
  using (true) with check ((select app_whole('*')));
