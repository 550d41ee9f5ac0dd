-- Lists of rooms, meters and tenants that came in: which file, by whom, and what it came to. Written in the transaction
-- of what it tells of. The file itself is not kept: it is full of persons' data, and what it said stands in the tables.
create table onboarding_run (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  kind text not null check (kind in ('rooms', 'meters', 'tenants')),
  file_name text not null check (length(file_name) between 1 and 200),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  lines integer not null check (lines >= 0),
  added integer not null check (added >= 0),
  changed integer not null check (changed >= 0),
  same integer not null check (same >= 0),
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  check (lines = added + changed + same),
  foreign key (organisation_id, building_id) references building (organisation_id, id)
);
create index onboarding_run_newest on onboarding_run (organisation_id, id desc);
-- Has this very file been here before?
create index onboarding_run_file on onboarding_run (organisation_id, building_id, kind, sha256);

create trigger append_only before update or delete on onboarding_run for each row execute function refuse_change();
create trigger never_truncated before truncate on onboarding_run for each statement execute function refuse_change();

alter table onboarding_run enable row level security;
create policy own_organisation on onboarding_run to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
-- Nobody sees it who speaks for their own leases only; who writes it stands in 0020_writes.sql.
create policy extent on onboarding_run as restrictive for select to meterline_app
  using ((select app_whole('imports.read', 'imports.manage', 'places.manage', 'meters.manage', 'leases.manage')));

grant select, insert on onboarding_run to meterline_app;
grant select on onboarding_run to meterline_readonly;
