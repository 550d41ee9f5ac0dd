-- Readings that come in by other doors than a gateway's: files, other systems over the web, persons.

-- How the columns of an organisation's files become readings, by the name that somebody gave it.
create table import_mapping (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  name text not null check (length(name) between 1 and 80),
  mapping jsonb not null,
  updated_at timestamptz not null,
  unique (organisation_id, name)
);

-- One file on its way in. Until `storing` nothing of it is stored; from then on all of it will be, whatever happens to
-- the process: what was checked stands in the staged file, and each chunk of it is stored once.
create table import_run (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  state text not null check (state in
    ('received', 'queued', 'checking', 'checked', 'refused', 'storing', 'done', 'cancelled', 'failed')),
  -- The file as it came is the evidence behind its readings, and is kept.
  file_key text not null check (length(file_key) between 1 and 300),
  file_name text not null check (length(file_name) between 1 and 200),
  format text not null check (format in ('csv', 'xlsx')),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null,
  mapping jsonb,
  dry_run boolean not null default false,
  keep_good boolean not null default false,
  cancel_requested boolean not null default false,
  -- Lines in the file, once they are counted; lines read so far.
  total_lines integer,
  lines integer not null default 0,
  readings integer not null default 0,
  faults integer not null default 0,
  stored integer not null default 0,
  repeats integer not null default 0,
  conflicts integer not null default 0,
  held integer not null default 0,
  staged_key text,
  -- How many chunks of the staged file are stored.
  chunks integer not null default 0,
  error text check (length(error) <= 500),
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  -- When whoever works on it last said so.
  touched_at timestamptz not null,
  finished_at timestamptz,
  unique (organisation_id, id),
  check (state in ('received', 'queued') or mapping is not null or finished_at is not null),
  check ((finished_at is not null) = (state in ('checked', 'refused', 'done', 'cancelled', 'failed'))),
  check (state <> 'storing' or staged_key is not null),
  foreign key (organisation_id, building_id) references building (organisation_id, id)
);
create index import_run_newest on import_run (organisation_id, created_at desc, id desc);
-- Has this very file been here before?
create index import_run_file on import_run (organisation_id, sha256);

-- What is wrong with its lines, in the order in which it was found; bounded by the importer.
create table import_fault (
  organisation_id uuid not null,
  run_id uuid not null,
  no integer not null,
  line integer not null,
  column_no integer,
  column_name text,
  code text not null,
  value text not null,
  problem text not null,
  remedy text not null,
  primary key (run_id, no),
  foreign key (organisation_id, run_id) references import_run (organisation_id, id)
);

-- Another system that sends readings under a shared secret.
create table webhook_source (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  name text not null check (length(name) between 1 and 80),
  created_at timestamptz not null,
  revoked_at timestamptz,
  unique (organisation_id, id),
  unique (organisation_id, name)
);

create table webhook_secret (
  -- Named by whoever signs, so it is looked up before anything is known.
  key_id text primary key check (key_id ~ '^whk_[0-9a-z]{16}$'),
  organisation_id uuid not null,
  source_id uuid not null,
  -- AES-256-GCM under a key derived from keys.master: a shared secret must be read to be compared, so it is no hash.
  sealed bytea not null check (length(sealed) between 40 and 200),
  sealed_by text not null check (sealed_by ~ '^[0-9a-f]{16}$'),
  created_at timestamptz not null,
  -- After a rotation the former secret is valid until then.
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  foreign key (organisation_id, source_id) references webhook_source (organisation_id, id)
);
create index webhook_secret_source on webhook_secret (organisation_id, source_id);

-- What was asked under which key, and what was answered: asked again, the answer is given again and nothing is done.
create table webhook_request (
  source_id uuid not null,
  idempotency_key text not null check (length(idempotency_key) between 1 and 200),
  organisation_id uuid not null,
  body_digest bytea not null check (length(body_digest) = 32),
  -- A signature is good once: under another idempotency key it is a replay.
  signature_digest bytea not null check (length(signature_digest) = 32),
  received_at timestamptz not null,
  -- Absent while it is under way, and when the process died in it.
  answer jsonb,
  primary key (source_id, idempotency_key),
  unique (source_id, signature_digest),
  foreign key (organisation_id, source_id) references webhook_source (organisation_id, id)
);
-- They are forgotten after two days.
create index webhook_request_old on webhook_request (source_id, received_at);

-- A photo of a meter's display, stored before the reading that it proves.
create table reading_photo (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  file_key text not null check (length(file_key) between 1 and 300),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null,
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  unique (organisation_id, id)
);

-- A reading that a person entered: the reading itself stands with all others.
create table manual_reading (
  id uuid primary key,
  organisation_id uuid not null,
  point_id uuid not null,
  at timestamptz not null,
  count bigint not null,
  photo_id uuid,
  note text check (length(note) <= 500),
  -- What spoke against it when it was entered, and was confirmed.
  hints text[] not null default '{}',
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  foreign key (organisation_id, point_id) references point (organisation_id, id),
  foreign key (organisation_id, photo_id) references reading_photo (organisation_id, id)
);
create index manual_reading_point on manual_reading (organisation_id, point_id, at desc);

create trigger append_only before update or delete on reading_photo for each row execute function refuse_change();
create trigger append_only before update or delete on manual_reading for each row execute function refuse_change();
create trigger never_truncated before truncate on reading_photo for each statement execute function refuse_change();
create trigger never_truncated before truncate on manual_reading for each statement execute function refuse_change();

alter table import_mapping enable row level security;
alter table import_run enable row level security;
alter table import_fault enable row level security;
alter table webhook_source enable row level security;
alter table webhook_secret enable row level security;
alter table webhook_request enable row level security;
alter table reading_photo enable row level security;
alter table manual_reading enable row level security;

create policy own_organisation on import_mapping to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on import_run to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on import_fault to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on webhook_source to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on webhook_secret to meterline_app
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on webhook_request to meterline_app
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on reading_photo to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on manual_reading to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));

grant select, insert, delete on import_mapping, import_fault to meterline_app;
grant update (mapping, updated_at) on import_mapping to meterline_app;
grant select, insert on import_run, webhook_source, webhook_secret, webhook_request, reading_photo, manual_reading
  to meterline_app;
grant update (state, mapping, dry_run, keep_good, cancel_requested, total_lines, lines, readings, faults, stored,
  repeats, conflicts, held, staged_key, chunks, error, touched_at, finished_at) on import_run to meterline_app;
grant update (revoked_at) on webhook_source to meterline_app;
grant update (expires_at, revoked_at, last_used_at) on webhook_secret to meterline_app;
grant update (answer) on webhook_request to meterline_app;
grant delete on webhook_request to meterline_app;
grant select on import_mapping, import_run, import_fault, webhook_source, reading_photo, manual_reading
  to meterline_readonly;

-- Whose key is it? Asked before the organisation is known, by the one value that names it; what comes back is sealed.
create function webhook_key(id text)
  returns table (organisation uuid, source uuid, sealed bytea, sealed_by text, expires_at timestamptz, revoked boolean)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.organisation_id, s.source_id, s.sealed, s.sealed_by, s.expires_at,
         s.revoked_at is not null or w.revoked_at is not null
    from public.webhook_secret s join public.webhook_source w on w.id = s.source_id
   where s.key_id = webhook_key.id
$$;
grant execute on function webhook_key(text) to meterline_app;
