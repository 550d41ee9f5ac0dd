-- What was done, by whom. Append-only; sealed afterwards into one chain per organisation (src/audit/README.md).
create table audit_entry (
  id uuid primary key,
  organisation_id uuid not null,
  at timestamptz not null,
  actor_kind text not null check (actor_kind ~ '^[a-z][a-z_]{0,29}$'),
  actor_id text check (length(actor_id) between 1 and 200),
  -- Network address of an actor that is no person; a person's address stands encrypted in "personal".
  address text check (length(address) between 1 and 100),
  action text not null check (action ~ '^[a-z][a-z0-9_.]{0,99}$'),
  subject_type text not null check (subject_type ~ '^[a-z][a-z0-9_]{0,59}$'),
  subject_id text not null check (length(subject_id) between 1 and 200),
  fields text[] not null default '{}' check (array_position(fields, null) is null and cardinality(fields) <= 200),
  -- JSON text, kept byte for byte because the seal covers it: [{"field","person","before","after"}], encrypted values.
  personal text not null default '[]' check (length(personal) <= 200000),
  reason text check (length(reason) <= 2000),
  request_id text check (length(request_id) between 1 and 200)
);

-- The audit page of an organisation, newest first, with the id to break ties between pages.
create index audit_entry_newest on audit_entry (organisation_id, at desc, id desc);
-- "What happened to this invoice?"
create index audit_entry_subject on audit_entry (organisation_id, subject_type, subject_id, at desc, id desc);

-- Committed entries that wait for their seal. A queue of its own, so that the sealer sees what committed late or out
-- of order without reading the log again, and the log itself never needs an update.
create table audit_pending (
  entry_id uuid primary key references audit_entry,
  organisation_id uuid not null,
  position bigint generated always as identity  -- the sealer's order: about the order of writing
);
-- The sealer takes a share of each organisation that waits: who it is, by skipping along; then its oldest.
create unique index audit_pending_share on audit_pending (organisation_id, position);
alter table audit_pending set (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);

-- Who seals holds this row. Not an advisory lock: those are open to every role, this is open to the worker.
create table audit_sealer (
  singleton boolean primary key default true check (singleton)
);
insert into audit_sealer default values;

create table audit_seal (
  organisation_id uuid not null,
  -- Below 2^53: a number beyond, written by hand, would leave the chain nowhere to go.
  number bigint not null check (number between 1 and 9007199254740991),
  -- No foreign key: the seal must outlive a removed entry to bear witness. Unique: an entry has one place in one chain.
  entry_id uuid not null unique,
  entry_digest bytea not null check (length(entry_digest) = 32),
  digest bytea not null check (length(digest) = 32),
  sealed_at timestamptz not null,
  primary key (organisation_id, number)
);

-- One round of the sealer, over all organisations: a chain of its own, so that no chain can go missing as a whole.
-- Its digest covers the checkpoints of the round; the last one is noted outside of the database as well.
create table audit_round (
  number bigint primary key check (number between 1 and 9007199254740991),
  digest bytea not null check (length(digest) = 32),
  signed_at timestamptz not null,
  key_id text not null check (key_id ~ '^[0-9a-f]{16}$'),
  signature bytea not null check (length(signature) = 64)
);

create table audit_checkpoint (
  organisation_id uuid not null,
  number bigint not null check (number between 1 and 9007199254740991),
  round bigint not null references audit_round,
  digest bytea not null check (length(digest) = 32),
  signed_at timestamptz not null,
  key_id text not null check (key_id ~ '^[0-9a-f]{16}$'),
  signature bytea not null check (length(signature) = 64),
  primary key (organisation_id, number)
);

-- Verifying a round reads its checkpoints.
create index audit_checkpoint_round on audit_checkpoint (round, organisation_id);

-- One key per person and organisation; destroying it is how a person is forgotten.
create table person_key (
  organisation_id uuid not null,
  person_id uuid not null,
  wrapped bytea check (length(wrapped) = 60),
  wrapped_by text not null check (wrapped_by ~ '^[0-9a-f]{16}$'),
  created_at timestamptz not null,
  forgotten_at timestamptz,
  forgotten_by text,
  primary key (organisation_id, person_id),
  check ((wrapped is null) = (forgotten_at is not null)),
  check ((forgotten_at is null) = (forgotten_by is null))
);

create function audit_entry_awaits_seal() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.audit_pending (entry_id, organisation_id) select id, organisation_id from added;
  return null;
end
$$;
create trigger awaits_seal after insert on audit_entry
  referencing new table as added for each statement execute function audit_entry_awaits_seal();

-- An entry belongs into the chain of its own organisation.
create function audit_seal_own_chain() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from added a left join public.audit_entry e on e.id = a.entry_id
              where e.organisation_id is distinct from a.organisation_id) then
    raise exception 'a seal must be of an entry of its own organisation' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end
$$;
create trigger own_chain after insert on audit_seal
  referencing new table as added for each statement execute function audit_seal_own_chain();

create trigger append_only before update or delete on audit_entry for each row execute function refuse_change();
create trigger append_only before update or delete on audit_seal for each row execute function refuse_change();
create trigger append_only before update or delete on audit_checkpoint for each row execute function refuse_change();
create trigger append_only before update or delete on audit_round for each row execute function refuse_change();
create trigger keep_tombstone before delete on person_key for each row execute function refuse_change();
create trigger never_truncated before truncate on audit_entry for each statement execute function refuse_change();
create trigger never_truncated before truncate on audit_seal for each statement execute function refuse_change();
create trigger never_truncated before truncate on audit_checkpoint for each statement execute function refuse_change();
create trigger never_truncated before truncate on audit_round for each statement execute function refuse_change();
create trigger never_truncated before truncate on person_key for each statement execute function refuse_change();

-- Forgetting is final: a tombstone never gets a key again, and says for ever who and when.
create function person_key_guard() returns trigger
  language plpgsql set search_path = pg_catalog
as $$
begin
  if old.wrapped is null then
    raise exception 'person % is forgotten for good', old.person_id using errcode = 'insufficient_privilege';
  end if;
  if (new.organisation_id, new.person_id, new.created_at)
      is distinct from (old.organisation_id, old.person_id, old.created_at) then
    raise exception 'a person key does not change hands' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger forgotten_for_good before update on person_key for each row execute function person_key_guard();

alter table audit_entry enable row level security;
alter table audit_pending enable row level security;
alter table audit_sealer enable row level security;
alter table audit_round enable row level security;
alter table audit_seal enable row level security;
alter table audit_checkpoint enable row level security;
alter table person_key enable row level security;

create policy own_organisation on audit_entry to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on audit_seal for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on audit_checkpoint for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on person_key to meterline_app
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));

create policy all_organisations on audit_entry for select to meterline_worker using (true);
create policy all_organisations on audit_pending to meterline_worker using (true);
create policy all_organisations on audit_sealer to meterline_worker using (true) with check (false);
create policy all_organisations on audit_round to meterline_worker using (true) with check (true);
create policy all_organisations on person_key for select to meterline_worker using (true);
create policy all_organisations on audit_seal to meterline_worker using (true) with check (true);
create policy all_organisations on audit_checkpoint to meterline_worker using (true) with check (true);

grant select, insert on audit_entry to meterline_app;
grant select on audit_entry, audit_seal, audit_checkpoint to meterline_app, meterline_readonly, meterline_worker;
grant select, delete on audit_pending to meterline_worker;
-- To update is what locking asks for; the policy lets no update through.
grant select, update on audit_sealer to meterline_worker;
grant select on audit_round to meterline_worker;
grant insert on audit_seal, audit_checkpoint, audit_round to meterline_worker;
-- For the verifier: was somebody who was forgotten given a key again? The keys are wrapped.
grant select (organisation_id, person_id, wrapped) on person_key to meterline_worker;
grant select, insert on person_key to meterline_app;
grant update (wrapped, wrapped_by, forgotten_at, forgotten_by) on person_key to meterline_app;
