-- Who may do what. Every table names its grants itself; nothing is granted in bulk.
--   meterline_owner     owns all of this, connects to migrate only
--   meterline_app       the hub's role, under row-level security
--   meterline_worker    the few jobs that serve all organisations at once: dispatching the outbox, sealing and
--                       verifying the audit; a sign-in of its own, since no role may become another
--   meterline_ingest    may only insert
--   meterline_readonly  may only read, under row-level security
grant usage on schema public to meterline_app, meterline_worker, meterline_ingest, meterline_readonly;

-- The organisation of the transaction, or null: then no policy lets a row through.
-- The platform itself is the organisation 00000000-0000-0000-0000-000000000000, so that every row has one.
-- Policies say (select app_org()), which the planner evaluates once a query instead of once a row.
create function app_org() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.org', true), '')::uuid;

grant execute on function app_org() to meterline_app, meterline_worker, meterline_ingest, meterline_readonly;

-- Behind append-only tables: grants already keep the application out; this stops the owner's own mistakes.
create function refuse_change() returns trigger
  language plpgsql set search_path = pg_catalog
as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'insufficient_privilege';
end
$$;

alter table schema_migration enable row level security;
create policy everybody_reads on schema_migration for select using (true);
grant select on schema_migration to meterline_app, meterline_worker, meterline_ingest, meterline_readonly;
