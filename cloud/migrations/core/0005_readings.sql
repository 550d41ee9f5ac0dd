-- Readings: three narrow tables without policies, which no sign-in of the hub may touch. They are written and read
-- through the functions below, by callers that resolved points and times under row-level security before.
-- The plain layer makes them partitioned by month, the timescale layer makes them hypertables.

-- Partitions and chunks live apart; nobody is let in.
create schema reading_chunks;

-- What the numbers in the narrow columns mean. The order is that of the contract (QUALITY).
create table quality_name (
  code smallint primary key,
  name text not null unique
);
insert into quality_name (code, name)
  select n - 1, name from unnest(array['good', 'drop', 'zero', 'jump', 'unsteady', 'stale', 'no-value', 'range',
    'unverified', 'swapped']) with ordinality as q (name, n);

-- Classes of evidence, the strongest first. A bill says which class each of its readings has.
create table evidence_name (
  code smallint primary key,
  name text not null unique,
  meaning text not null
);
insert into evidence_name (code, name, meaning) values
  (1, 'boundary', 'signed by the gateway; provable alone, by its leaf of the sweep''s tree'),
  (2, 'signed', 'signed by the gateway; provable with the whole batch'),
  (3, 'unsigned', 'sent by a device that signs nothing'),
  (4, 'webhook', 'sent by another system, under a shared secret'),
  (5, 'file', 'imported from a file'),
  (6, 'photo', 'entered by a person, with a photo'),
  (7, 'person', 'entered by a person');

-- `profile@version/register`, numbered: whose decoding gave a count.
create table register_name (
  no integer generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z0-9]+(-[a-z0-9]+)*@[1-9][0-9]{0,5}/[a-z][a-z0-9_]*$' and length(name) <= 120)
);

-- What readings came with: a sealed batch of a gateway, or one delivery of another source. Kept as proof.
create table batch (
  id bigint generated always as identity primary key,
  organisation_id uuid not null references organisation,
  kind text not null check (kind in ('readings', 'boundary', 'records', 'simple', 'webhook', 'file', 'manual')),
  received_at timestamptz not null,
  gateway_id uuid,
  -- Of a signed batch: its place in the journal and in the chain, the words that were signed, and the signature.
  journal uuid,
  number bigint check (number >= 1),
  class text check (class in ('billing', 'counter', 'gauge')),
  first bigint,
  last bigint,
  sealed_at timestamptz,
  digest bytea check (length(digest) = 32),
  previous bytea check (length(previous) = 32),
  key_id text,
  clock jsonb,
  statement text,
  signature bytea check (length(signature) = 64),
  boundary_at timestamptz,
  occasion text check (occasion in ('quarter', 'period-end', 'on-demand')),
  root bytea check (length(root) = 32),
  -- The whole message, deflated, where a bill may rest on it.
  payload bytea,
  -- Of any other source: the name that makes a repeat harmless, and who or what it was.
  reference text check (length(reference) between 1 and 200),
  detail jsonb,
  check ((kind in ('readings', 'boundary', 'records')) =
         (num_nulls(gateway_id, journal, number, first, last, sealed_at, digest, key_id, clock, statement, signature) = 0)),
  check (kind in ('readings', 'boundary', 'records') or reference is not null),
  check ((kind = 'boundary') = (boundary_at is not null and occasion is not null and root is not null)),
  unique (gateway_id, journal, number),
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);
-- The same delivery of a source, told again. One organisation's names mean nothing to another.
create unique index batch_reference on batch (organisation_id, kind, reference) where reference is not null;
-- Which batches go when the readings of a class have gone.
create index batch_expiry on batch (coalesce(class, 'billing'), received_at) where kind <> 'records';

alter table quality_name enable row level security;
alter table evidence_name enable row level security;
alter table register_name enable row level security;
alter table batch enable row level security;
create policy everybody_reads on quality_name for select using (true);
create policy everybody_reads on evidence_name for select using (true);
create policy everybody_reads on register_name for select using (true);
create policy own_organisation on batch for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
grant select on quality_name, evidence_name, register_name, batch to meterline_app, meterline_readonly;
grant select on quality_name, evidence_name, register_name to meterline_worker;

-- (point, at) is one reading: no other index, no foreign key, no default; columns in the order that wastes no byte.
-- `at` is when it was truly read; `source` is its evidence_name; `sequence` its number within the batch's journal.
create table reading_gauge (
  at timestamptz not null,
  value bigint,
  batch bigint not null,
  sequence bigint not null,
  point integer not null,
  quality smallint not null,
  source smallint not null,
  primary key (point, at)
);

create table reading_counter (
  at timestamptz not null,
  count bigint,
  batch bigint not null,
  sequence bigint not null,
  point integer not null,
  quality smallint not null,
  source smallint not null,
  primary key (point, at)
);

create table reading_billing (
  at timestamptz not null,
  count bigint,
  -- The instant that the reading was made for, and the reading on its other side.
  boundary_at timestamptz,
  bracket_at timestamptz,
  bracket_count bigint,
  batch bigint not null,
  sequence bigint not null,
  point integer not null,
  register integer,
  quality smallint not null,
  source smallint not null,
  -- The words on the wire: a profile that was wrong is put right over them.
  raw bytea,
  primary key (point, at),
  check ((bracket_at is null) = (bracket_count is null))
);

-- Rows of a boot whose clock was never set: in order and within bounds, and nowhere else. Never drawn, never billed.
create table reading_bounded (
  point integer not null,
  batch bigint not null,
  sequence bigint not null,
  class text not null check (class in ('billing', 'counter', 'gauge')),
  boot integer not null,
  -- Milliseconds since the boot began, which was between these two.
  mono bigint not null,
  after timestamptz not null,
  before timestamptz not null,
  value bigint,
  register integer,
  raw bytea,
  quality smallint not null,
  source smallint not null,
  primary key (batch, sequence)
);
create index reading_bounded_point on reading_bounded (point, before);

-- What a person decided about a reading, with reason and author; the reading itself stays. The newest decision counts.
create table correction (
  id uuid primary key,
  organisation_id uuid not null,
  point_id uuid not null,
  point integer not null references point (no),
  at timestamptz not null,
  kind text not null check (kind in ('superseded', 'voided', 'restored')),
  -- What stands in its place.
  count bigint,
  value bigint,
  reason text not null check (length(reason) between 3 and 500),
  author text not null check (length(author) between 1 and 200),
  photo text check (length(photo) between 1 and 300),
  created_at timestamptz not null default now(),
  check ((kind = 'superseded') = (num_nonnulls(count, value) = 1)),
  check (kind = 'superseded' or num_nonnulls(count, value) = 0),
  foreign key (organisation_id, point_id) references point (organisation_id, id)
);
-- Every reading that is shown or billed asks for it.
create index correction_newest on correction (point, at, created_at desc, id desc);
create index correction_list on correction (organisation_id, created_at desc, id desc);
create trigger append_only before update or delete on correction for each row execute function refuse_change();
create trigger never_truncated before truncate on correction for each statement execute function refuse_change();
alter table correction enable row level security;
create policy own_organisation on correction to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
grant select, insert on correction to meterline_app;
grant select on correction to meterline_readonly;

-- The short name must be that of the point, or one organisation could void the readings of another.
create function correction_own_point() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from public.point p where p.id = new.point_id and p.no = new.point) then
    raise exception 'a correction must name its point by its own number' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;
create trigger own_point before insert on correction for each row execute function correction_own_point();

-- What changed, one row for each commit that held counts: points and, for each, from when to when (both inclusive).
-- Only ever added to; the ledger's worker takes rows away when it has recomputed what they touch.
create table usage_dirty (
  id bigint generated always as identity primary key,
  points integer[] not null,
  from_at timestamptz[] not null,
  to_at timestamptz[] not null,
  at timestamptz not null default clock_timestamp(),
  check (cardinality(points) = cardinality(from_at) and cardinality(points) = cardinality(to_at))
);
alter table usage_dirty enable row level security;
create policy all_organisations on usage_dirty to meterline_worker using (true) with check (true);
grant select, delete on usage_dirty to meterline_worker;
alter table usage_dirty set (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);

-- Making a partition must not wait for those who write, and two who make one must not wait for each other in a ring:
-- whoever makes any, of any class, holds this table until its commit.
create table reading_partition_lock ();

-- The months (first days, UTC) of these times get their partition where there is none. A hypertable makes its own
-- chunks. No partition for what is left over: a reading is in its month, or it is refused.
create function ensure_reading_partitions(class text, months date[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  parent text := 'reading_' || class;
  month date;
  child text;
begin
  if class is null or class not in ('gauge', 'counter', 'billing') then
    raise exception 'there is no class % of readings', quote_nullable(class) using errcode = 'invalid_parameter_value';
  end if;
  select m into month from unnest(months) m
   where m is null or m < '1990-01-01' or m >= '2100-01-01' order by m nulls first limit 1;
  if found then
    raise exception 'no readings are kept for %', coalesce(to_char(month, 'YYYY-MM'), 'no month')
      using errcode = 'datetime_field_overflow';
  end if;
  if not exists (select from pg_partitioned_table where partrelid = ('public.' || parent)::regclass) then
    return;
  end if;
  for month in select distinct date_trunc('month', m)::date from unnest(months) m order by 1 loop
    child := format('%s_%s', parent, to_char(month, 'YYYYMM'));
    continue when to_regclass('reading_chunks.' || child) is not null;
    lock table public.reading_partition_lock in share update exclusive mode;
    continue when to_regclass('reading_chunks.' || child) is not null;
    execute format('create table reading_chunks.%I (like public.%I including all)', child, parent);
    execute format('alter table public.%I attach partition reading_chunks.%I for values from (%L) to (%L)', parent, child,
      month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
  end loop;
end
$$;

-- Numbers for names of registers, made where there are none.
create function register_numbers(names text[]) returns table (name text, no integer)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query select r.name, r.no from public.register_name r where r.name = any(names);
  if (select count(*) from unnest(names) n where not exists (select from public.register_name r where r.name = n)) > 0 then
    return query
    insert into public.register_name (name)
      select distinct n from unnest(names) n
       where not exists (select from public.register_name r where r.name = n) order by n
    on conflict do nothing returning register_name.name, register_name.no;
  end if;
end
$$;

-- Storing: the rows that are new are written; of the rest, those that stand with another value come back, each with its
-- place in the arrays. The same value again is no row and no answer. Conflicts are nobody's to decide here.

create function store_gauges(points integer[], times timestamptz[], "values" bigint[], qualities smallint[],
  sources smallint[], batches bigint[], sequences bigint[])
  returns table (place bigint, value bigint, quality smallint, source smallint, batch bigint, sequence bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  stored bigint;
begin
  perform public.ensure_reading_partitions('gauge',
    array(select distinct date_trunc('month', t at time zone 'UTC')::date from unnest(times) t));
  insert into public.reading_gauge (point, at, value, quality, source, batch, sequence)
    select * from unnest(points, times, "values", qualities, sources, batches, sequences)
  on conflict (point, at) do nothing;
  get diagnostics stored = row_count;
  if stored < cardinality(points) then
    return query
    select u.place, r.value, r.quality, r.source, r.batch, r.sequence
      from unnest(points, times, "values") with ordinality as u (point, at, value, place)
      join public.reading_gauge r on r.point = u.point and r.at = u.at
     where r.value is distinct from u.value;
  end if;
end
$$;

create function store_counters(points integer[], times timestamptz[], counts bigint[], qualities smallint[],
  sources smallint[], batches bigint[], sequences bigint[])
  returns table (place bigint, count bigint, quality smallint, source smallint, batch bigint, sequence bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  stored bigint;
begin
  perform public.ensure_reading_partitions('counter',
    array(select distinct date_trunc('month', t at time zone 'UTC')::date from unnest(times) t));
  insert into public.reading_counter (point, at, count, quality, source, batch, sequence)
    select * from unnest(points, times, counts, qualities, sources, batches, sequences)
  on conflict (point, at) do nothing;
  get diagnostics stored = row_count;
  if stored < cardinality(points) then
    return query
    select u.place, r.count, r.quality, r.source, r.batch, r.sequence
      from unnest(points, times, counts) with ordinality as u (point, at, count, place)
      join public.reading_counter r on r.point = u.point and r.at = u.at
     where r.count is distinct from u.count;
  end if;
end
$$;

-- Of a billing reading the words count as well: another raw value under the same count is another reading.
create function store_billing(points integer[], times timestamptz[], counts bigint[], raws bytea[], registers integer[],
  boundaries timestamptz[], bracket_times timestamptz[], bracket_counts bigint[], qualities smallint[],
  sources smallint[], batches bigint[], sequences bigint[])
  returns table (place bigint, count bigint, raw bytea, quality smallint, source smallint, batch bigint, sequence bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  stored bigint;
begin
  perform public.ensure_reading_partitions('billing',
    array(select distinct date_trunc('month', t at time zone 'UTC')::date from unnest(times) t));
  insert into public.reading_billing (point, at, count, raw, register, boundary_at, bracket_at, bracket_count, quality,
      source, batch, sequence)
    select * from unnest(points, times, counts, raws, registers, boundaries, bracket_times, bracket_counts, qualities,
      sources, batches, sequences)
  on conflict (point, at) do nothing;
  get diagnostics stored = row_count;
  if stored < cardinality(points) then
    return query
    select u.place, r.count, r.raw, r.quality, r.source, r.batch, r.sequence
      from unnest(points, times, counts, raws) with ordinality as u (point, at, count, raw, place)
      join public.reading_billing r on r.point = u.point and r.at = u.at
     where r.count is distinct from u.count or r.raw <> u.raw;
  end if;
end
$$;

create function store_bounded(points integer[], batches bigint[], sequences bigint[], classes text[], boots integer[],
  monos bigint[], afters timestamptz[], befores timestamptz[], "values" bigint[], registers integer[], raws bytea[],
  qualities smallint[], sources smallint[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.reading_bounded (point, batch, sequence, class, boot, mono, after, before, value, register, raw,
      quality, source)
    select * from unnest(points, batches, sequences, classes, boots, monos, afters, befores, "values", registers, raws,
      qualities, sources)
  on conflict do nothing
$$;

create function note_usage_dirty(points integer[], from_at timestamptz[], to_at timestamptz[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.usage_dirty (points, from_at, to_at)
    select note_usage_dirty.points, note_usage_dirty.from_at, note_usage_dirty.to_at where cardinality(points) > 0
$$;

grant execute on function ensure_reading_partitions(text, date[]), register_numbers(text[]),
  store_gauges(integer[], timestamptz[], bigint[], smallint[], smallint[], bigint[], bigint[]),
  store_counters(integer[], timestamptz[], bigint[], smallint[], smallint[], bigint[], bigint[]),
  store_billing(integer[], timestamptz[], bigint[], bytea[], integer[], timestamptz[], timestamptz[], bigint[],
    smallint[], smallint[], bigint[], bigint[]),
  store_bounded(integer[], bigint[], bigint[], text[], integer[], bigint[], timestamptz[], timestamptz[], bigint[],
    integer[], bytea[], smallint[], smallint[]),
  note_usage_dirty(integer[], timestamptz[], timestamptz[]) to meterline_ingest;
-- A person who corrects a reading changes usage as well.
grant execute on function note_usage_dirty(integer[], timestamptz[], timestamptz[]) to meterline_app;
