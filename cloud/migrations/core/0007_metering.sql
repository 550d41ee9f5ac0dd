-- The pair ledger: from what registers counted to what was used. Everything here can be made again from readings and
-- epochs; what people decided (epochs, resolutions) cannot, and is never deleted.

-- How the counts of a point are to be read, from a time on. A later decision about the same time supersedes an earlier one.
create table register_epoch (
  id uuid primary key,
  organisation_id uuid not null,
  point_id uuid not null,
  point integer not null references point (no),
  from_at timestamptz not null,
  kind text not null check (kind in ('installed', 'replaced', 'reset', 'rollover', 'ratio', 'confirmed')),
  opening bigint not null,
  -- What the epoch before had counted to; null when nobody knows.
  closing bigint,
  modulus bigint check (modulus > 0),
  -- Base units a count is worth.
  num bigint not null check (num > 0),
  den bigint not null check (den > 0),
  unit text not null check (unit in ('Wh', 'varh', 'VAh', 'mL', 'pulse')),
  -- Base units that can pass in an hour.
  max_per_hour bigint check (max_per_hour > 0),
  -- A float32, which gets coarser as it grows.
  is_float boolean not null default false,
  gap_ms integer not null check (gap_ms between 60000 and 2000000000),
  -- Made from the profile and the first reading, until a person says otherwise.
  automatic boolean not null default false,
  evidence jsonb not null default '{}',
  reason text check (length(reason) between 3 and 500),
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  superseded_at timestamptz,
  superseded_by uuid references register_epoch deferrable initially deferred,
  check ((superseded_at is null) = (superseded_by is null)),
  check (kind <> 'installed' or closing is null),
  foreign key (organisation_id, point_id) references point (organisation_id, id)
);
-- One decision holds for a time; the ledger reads all of a point in their order.
create unique index register_epoch_active on register_epoch (point, from_at) where superseded_at is null;
create index register_epoch_list on register_epoch (organisation_id, point_id, from_at);

-- The row that whoever works on a point's usage holds, so that two cannot overwrite each other; and how far it is known.
create table usage_point (
  point integer primary key references point (no),
  organisation_id uuid not null,
  point_id uuid not null,
  -- The last count that is believed, unwound over its rollovers, and when it was read.
  believed_at timestamptz,
  believed_count bigint,
  foreign key (organisation_id, point_id) references point (organisation_id, id)
);
alter table usage_point set (fillfactor = 70);

-- What was used in the four quarters of an hour (UTC). Null: nothing is known of the quarter.
create table usage_hour (
  hour timestamptz not null,
  point integer not null,
  -- Grows whenever a quarter that was complete turned out to be different.
  revision integer not null default 1,
  organisation_id uuid not null,
  quantity bigint[] not null check (cardinality(quantity) = 4),
  -- The share of each that stands here only because a straight line was drawn over a gap.
  estimated bigint[] not null check (cardinality(estimated) = 4),
  -- Bits 1, 2, 4, 8: the quarter is known from its beginning to its end.
  complete smallint not null check (complete between 0 and 15),
  primary key (point, hour)
);
-- The hour that runs is written again with each reading: room for it on its page, and vacuum by number of rows.
alter table usage_hour set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.05);

-- Sums of quarters between two midnights of the building.
create table usage_day (
  day date not null,
  point integer not null,
  organisation_id uuid not null,
  quantity bigint not null,
  estimated bigint not null,
  -- Quarters that are complete, of those that the day has (92, 96, 100).
  complete smallint not null,
  quarters smallint not null check (quarters between 1 and 200),
  primary key (point, day)
);
alter table usage_day set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.05);

-- What an hour had been before it turned out to be different.
create table usage_revision (
  point integer not null,
  hour timestamptz not null,
  revision integer not null,
  organisation_id uuid not null,
  quantity bigint[] not null,
  estimated bigint[] not null,
  complete smallint not null,
  replaced_at timestamptz not null,
  primary key (point, hour, revision)
);
create trigger append_only before update or delete on usage_revision for each row execute function refuse_change();
create trigger never_truncated before truncate on usage_revision for each statement execute function refuse_change();

-- Where the line of a register was not plain: held, put to a person, left out, or a rollover that was accepted.
create table suspect (
  id uuid primary key,
  organisation_id uuid not null,
  point_id uuid not null,
  point integer not null references point (no),
  kind text not null check (kind in ('drop', 'zero', 'jump', 'swap', 'unsteady', 'rollover', 'closing')),
  -- `withdrawn`: later readings, or a person's decision, have shown that there is nothing.
  state text not null check (state in ('held', 'proposed', 'discarded', 'accepted', 'withdrawn')),
  -- The last reading that was believed, the first in question, and where the line goes on.
  since_at timestamptz not null,
  before_count bigint not null,
  from_at timestamptz not null,
  after_count bigint not null,
  resumes_at timestamptz,
  -- From here on no reading can change what was decided.
  until_at timestamptz,
  left_out integer not null,
  seen_at timestamptz not null,
  changed_at timestamptz not null,
  resolution text check (resolution in ('replaced', 'reset', 'rollover', 'confirmed', 'dismissed', 'voided')),
  epoch_id uuid references register_epoch,
  reason text check (length(reason) between 3 and 500),
  resolved_at timestamptz,
  resolved_by text check (length(resolved_by) between 1 and 200),
  check ((resolution is null) = (resolved_at is null)),
  check ((resolution is null) = (resolved_by is null)),
  foreign key (organisation_id, point_id) references point (organisation_id, id)
);
-- The ledger asks what was decided around a time; a row that was withdrawn decides nothing any more.
create unique index suspect_live on suspect (point, since_at, from_at) where state <> 'withdrawn';
-- What waits for a person, and the history of a point, newest first.
create index suspect_open on suspect (organisation_id, from_at desc, id) where state in ('held', 'proposed') and resolution is null;
create index suspect_list on suspect (organisation_id, from_at desc, id);
create index suspect_point on suspect (organisation_id, point_id, from_at desc);

-- Points whose usage could not be worked out: tried again later, and in nobody's way. A row here is a fault of ours.
create table usage_failure (
  point integer primary key references point (no),
  organisation_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  attempts integer not null,
  retry_at timestamptz not null,
  error text not null
);

-- What the nightly audit found: a sample worked out anew from the first reading on, beside what stands.
create table usage_audit (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  at timestamptz not null,
  points integer not null,
  quarters bigint not null,
  -- Quarters, days and suspects that were different. Must be 0.
  differences integer not null,
  milliseconds integer not null,
  detail jsonb not null
);
create index usage_audit_newest on usage_audit (organisation_id, at desc);
create trigger append_only before update or delete on usage_audit for each row execute function refuse_change();
create trigger never_truncated before truncate on usage_audit for each statement execute function refuse_change();

-- A point's own number, or one organisation could decide about the readings of another.
create function metering_own_point() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from public.point p where p.id = new.point_id and p.no = new.point
                    and p.organisation_id = new.organisation_id) then
    raise exception '% must name its point by its own number', tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;
create trigger own_point before insert on register_epoch for each row execute function metering_own_point();
create trigger own_point before insert on usage_point for each row execute function metering_own_point();
create trigger own_point before insert on suspect for each row execute function metering_own_point();

alter table register_epoch enable row level security;
alter table usage_point enable row level security;
alter table usage_hour enable row level security;
alter table usage_day enable row level security;
alter table usage_revision enable row level security;
alter table suspect enable row level security;
alter table usage_failure enable row level security;
alter table usage_audit enable row level security;

create policy own_organisation on register_epoch to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on usage_point to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on usage_hour to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on usage_day to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on usage_revision to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on suspect to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on usage_failure to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on usage_audit to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
-- Metrics are of everybody: what waits for a person, and what the audit found; and which points have no epoch yet.
create policy all_organisations on suspect for select to meterline_worker using (true);
create policy all_organisations on usage_failure for select to meterline_worker using (true);
create policy all_organisations on usage_audit for select to meterline_worker using (true);
create policy all_organisations on usage_point for select to meterline_worker using (true);

grant select, insert on register_epoch, usage_point, usage_hour, usage_day, usage_revision, suspect, usage_audit
  to meterline_app;
-- An automatic epoch begins with the first reading: an earlier one that comes later moves it.
grant update (from_at, opening, superseded_at, superseded_by) on register_epoch to meterline_app;
grant update (believed_at, believed_count) on usage_point to meterline_app;
grant update (quantity, estimated, complete, revision) on usage_hour to meterline_app;
grant update (quantity, estimated, complete, quarters) on usage_day to meterline_app;
grant delete on usage_day to meterline_app;
grant update (kind, state, after_count, resumes_at, until_at, left_out, changed_at, resolution, epoch_id, reason, resolved_at,
  resolved_by) on suspect to meterline_app;
-- A suspicion that came to nothing before anybody was told of it leaves no trace.
grant delete on suspect to meterline_app;
grant select on register_epoch, usage_point, usage_hour, usage_day, usage_revision, suspect, usage_audit
  to meterline_readonly;
grant select, insert on usage_failure to meterline_app;
grant update (from_at, to_at, attempts, retry_at, error) on usage_failure to meterline_app;
grant delete on usage_failure to meterline_app;
grant select on usage_failure to meterline_readonly, meterline_worker;
grant select on suspect, usage_audit, usage_point to meterline_worker;
-- To update is what locking asks for; nothing is ever updated.
grant update (at) on usage_dirty to meterline_worker;

-- The readings that the ledger follows: the same as readings_billable gives, of many points, each in a range of its own
-- with up to `neighbours` more of each class on either side, and packed, since a month of a building is millions of them:
-- 18 bytes a reading, time (µs since 2000), count, quality. `reach_back`: nothing was read before; `reach_end`: nor after.
create function ledger_readings(points integer[], from_at timestamptz[], to_at timestamptz[], neighbours integer)
  returns table (point integer, reach_back boolean, reach_end boolean, readings bytea)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select p.point, r.back_billing < neighbours and r.back_counter < neighbours,
         r.ahead_billing < neighbours and r.ahead_counter < neighbours, r.readings
    from unnest(points, from_at, to_at) p (point, from_at, to_at)
   cross join lateral (
     select count(*) filter (where a.side = 1 and a.rank = 1) as back_billing,
            count(*) filter (where a.side = 1 and a.rank = 2) as back_counter,
            count(*) filter (where a.side = 2 and a.rank = 1) as ahead_billing,
            count(*) filter (where a.side = 2 and a.rank = 2) as ahead_counter,
            string_agg(timestamptz_send(a.at) || int8send(a.count) || int2send(a.quality), ''::bytea order by a.at)
              filter (where a.place = 1 and a.count is not null) as readings
       from (
         -- Of one instant the strongest that has a count; what a person decided about it goes before all.
         select c.side, c.rank, c.at, c.quality, c.count,
                row_number() over (partition by c.at order by c.count is null, c.rank) as place
           from (
             select o.side, o.rank, o.at,
                    case when f.kind = 'superseded' then 0::smallint else o.quality end as quality,
                    case when f.kind = 'voided' then null when f.kind = 'superseded' then f.count else o.count end as count
               from (
                 select b.side, v.rank, v.at, v.count, v.quality
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
                 (select 1, 2, x.at, x.count, x.quality from public.reading_counter x
                   where x.point = p.point and x.at < p.from_at order by x.at desc limit neighbours)
                 union all
                 (select 0, 2, x.at, x.count, x.quality from public.reading_counter x
                   where x.point = p.point and x.at >= p.from_at and x.at <= p.to_at)
                 union all
                 (select 2, 2, x.at, x.count, x.quality from public.reading_counter x
                   where x.point = p.point and x.at > p.to_at order by x.at limit neighbours)
               ) o
               left join (
                 select distinct on (k.at) k.at, k.kind, k.count from public.correction k where k.point = p.point
                  order by k.at, k.created_at desc, k.id desc) f on f.at = o.at
           ) c
       ) a
   ) r;
end
$$;

-- Points that have sent counts and that nobody has told the ledger how to read yet, though it could be known by now.
create function ledger_orphans(after integer, wanted integer) returns table (point integer)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select p.no from public.point p
   where p.no > after and p.class <> 'gauge' and p.register is not null and p.seen_at is not null
     and not exists (select from public.register_epoch e where e.point = p.no)
   order by p.no limit wanted
$$;

grant execute on function ledger_readings(integer[], timestamptz[], timestamptz[], integer) to meterline_app;
grant execute on function ledger_orphans(integer, integer) to meterline_worker;
