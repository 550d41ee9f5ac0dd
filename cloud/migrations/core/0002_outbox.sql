-- Events on their way out, written in the transaction of the state that they tell of.
create table outbox (
  id uuid primary key,
  -- Order of writing. Two events of one key must be written under one lock, or their order means nothing.
  position bigint generated always as identity,
  organisation_id uuid not null,
  topic text not null check (topic ~ '^[a-z][a-z0-9_.-]{0,99}$'),
  -- Events of one key leave in the order of their position; without a key there is no order.
  key text check (length(key) between 1 and 200),
  payload jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'dispatched', 'failed')),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  finished_at timestamptz,
  error text,
  check ((state = 'pending') = (finished_at is null))
);

-- The dispatcher's claim: what is due, oldest first. Rows that are done leave the index, which so stays small.
create index outbox_due on outbox (due_at, position) where state = 'pending';
-- The claim's second question: is an earlier event of the same key still on its way?
create index outbox_key on outbox (organisation_id, key, position) where state = 'pending' and key is not null;
-- Retention deletes what was dispatched long ago; the list of failed events is read newest first.
create index outbox_finished on outbox (state, finished_at) where state <> 'pending';

alter table outbox enable row level security;
create policy own_organisation on outbox for insert to meterline_app, meterline_ingest
  with check (organisation_id = (select app_org()));
create policy all_organisations on outbox to meterline_worker using (true) with check (true);
grant insert on outbox to meterline_app, meterline_ingest;
grant select, update, delete on outbox to meterline_worker;

-- Updated twice and deleted in its life: vacuum by number of rows, not by a fifth of the table.
alter table outbox set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
