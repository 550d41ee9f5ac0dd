-- Who lives where, since when, on what terms; and, from that, what a person's own leases let them see.
-- Days are of the building's own zone and half-open: `end_day` and `to_day` are the first day that is no longer part.
-- A room changes hands at a quarter hour, since usage is known by quarters: both sides' quarters add up to the room's.

-- Whom a lease names. They need no account; once they have one, `person_id` is who it is.
create table party (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  kind text not null default 'person' check (kind in ('person', 'company')),
  name text not null check (length(name) between 1 and 120),
  -- In the other script, so that they are found by either.
  other_name text check (length(other_name) between 1 and 120),
  phone text check (length(phone) between 5 and 32),
  email text check (length(email) between 5 and 254),
  tax_id text check (length(tax_id) between 5 and 32),
  -- Enough to tell two of one name apart; the document itself is nobody's business.
  id_document_tail text check (id_document_tail ~ '^[0-9A-Za-z]{1,4}$'),
  language text not null default 'th' check (language in ('th', 'en', 'id')),
  person_id uuid references person,
  -- That is out; whoever accepts it becomes the person.
  invitation_id uuid references invitation,
  created_at timestamptz not null,
  sort_key text collate "C" not null generated always as (sort_key(name)) stored,
  search_key text collate "C" not null generated always as (search_key(name, other_name)) stored,
  unique (organisation_id, id)
);
create index party_list on party (organisation_id, sort_key, id);
-- "What does this person rent?", at every request of a tenant.
create index party_person on party (person_id) where person_id is not null;
create index party_invitation on party (invitation_id) where invitation_id is not null;

create table lease (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  number text not null check (length(number) between 1 and 40),
  -- draft: agreed, the room is kept for it. active: moved in. ended: moved out. cancelled: never came to be.
  state text not null default 'draft' check (state in ('draft', 'active', 'ended', 'cancelled')),
  start_day date not null,
  -- As agreed or given notice of; what was lived in stands in lease_room.
  end_day date,
  -- Of the month; null: as the building has it. In a shorter month its last day.
  cycle_day smallint check (cycle_day between 1 and 31),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Minor units. What becomes of it at the end is a matter of bills.
  deposit_minor bigint not null default 0 check (deposit_minor >= 0),
  deposit_handling text not null default 'refundable'
    check (deposit_handling in ('refundable', 'last-rent', 'non-refundable')),
  billing_address text check (length(billing_address) between 1 and 500),
  notice_days smallint check (notice_days between 0 and 366),
  note text check (length(note) between 1 and 500),
  -- Who writes names the version it has read, and loses against whoever wrote since.
  version integer not null default 1,
  created_at timestamptz not null,
  sort_key text collate "C" not null generated always as (sort_key(number)) stored,
  search_key text collate "C" not null generated always as (search_key(number, null)) stored,
  unique (organisation_id, id),
  unique (organisation_id, building_id, id),
  check (end_day > start_day),
  foreign key (organisation_id, building_id) references building (organisation_id, id)
);
-- However it is typed, a number is one lease.
create unique index lease_number on lease (organisation_id, name_key(number));
create index lease_building on lease (organisation_id, building_id, state);

-- Rent from a day on, until the next.
create table lease_rent (
  lease_id uuid not null,
  from_day date not null,
  organisation_id uuid not null,
  amount_minor bigint not null check (amount_minor >= 0),
  primary key (lease_id, from_day),
  foreign key (organisation_id, lease_id) references lease (organisation_id, id)
);

-- Where and when: reserved while the lease is a draft. A room has one lease at a time.
create table lease_room (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  lease_id uuid not null,
  place_id uuid not null,
  place_kind text not null generated always as ('room') stored,
  from_at timestamptz not null,
  to_at timestamptz,
  check (from_at < to_at),
  check (date_bin('15 minutes', from_at, '2000-01-01Z') = from_at and date_bin('15 minutes', to_at, '2000-01-01Z') = to_at),
  -- A room, and one of the lease's building.
  foreign key (organisation_id, building_id, lease_id) references lease (organisation_id, building_id, id),
  foreign key (organisation_id, building_id, place_id, place_kind) references place (organisation_id, building_id, id, kind),
  constraint lease_room_once exclude using gist (place_id with =, tstzrange(from_at, to_at) with &&),
  -- And a lease one room at a time: who rents two has two leases, each with its meters and its bill.
  constraint lease_room_single exclude using gist (lease_id with =, tstzrange(from_at, to_at) with &&)
);
create index lease_room_lease on lease_room (lease_id, from_at);
create index lease_room_place on lease_room (organisation_id, place_id, from_at);

-- Without days: for as long as the lease. A guarantor sees nothing of the usage.
create table lease_person (
  id uuid primary key,
  organisation_id uuid not null,
  lease_id uuid not null,
  party_id uuid not null,
  role text not null check (role in ('tenant', 'co-tenant', 'payer', 'guarantor', 'occupant')),
  from_day date,
  to_day date,
  check (from_day < to_day),
  foreign key (organisation_id, lease_id) references lease (organisation_id, id),
  foreign key (organisation_id, party_id) references party (organisation_id, id)
);
create index lease_person_lease on lease_person (lease_id);
create index lease_person_party on lease_person (party_id);

create table lease_service (
  id uuid primary key,
  organisation_id uuid not null,
  lease_id uuid not null,
  kind text not null check (kind in ('internet', 'parking', 'furniture', 'cleaning', 'common-fee', 'water', 'other')),
  label text not null check (length(label) between 1 and 80),
  amount_minor bigint not null check (amount_minor >= 0),
  per text not null check (per in ('month', 'person-month', 'day', 'once')),
  from_day date,
  to_day date,
  check (from_day < to_day),
  foreign key (organisation_id, lease_id) references lease (organisation_id, id)
);
create index lease_service_lease on lease_service (lease_id);

-- The protocol of a move: what was agreed on the spot. Undone it stays, with who undid it and why.
create table handover (
  id uuid primary key,
  organisation_id uuid not null,
  lease_id uuid not null,
  kind text not null check (kind in ('move-in', 'move-out', 'room-change')),
  at timestamptz not null,
  from_place_id uuid,
  to_place_id uuid,
  -- Notes, keys, photos.
  protocol jsonb not null default '{}',
  -- What was the lease before, for whoever undoes it.
  before jsonb not null default '{}',
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  undone_at timestamptz,
  undone_by text check (length(undone_by) between 1 and 200),
  undone_reason text check (length(undone_reason) between 3 and 500),
  unique (organisation_id, id),
  check ((undone_at is null) = (undone_by is null)),
  check ((undone_at is null) = (undone_reason is null)),
  check ((kind = 'move-in') = (from_place_id is null)),
  check ((kind = 'move-out') = (to_place_id is null)),
  foreign key (organisation_id, lease_id) references lease (organisation_id, id),
  foreign key (organisation_id, from_place_id) references place (organisation_id, id),
  foreign key (organisation_id, to_place_id) references place (organisation_id, id)
);
create index handover_lease on handover (organisation_id, lease_id, created_at);

-- What the registers stood at. Where a gateway reads the meter, its own reading counts, and what a person saw on the
-- display stands here as a witness. Else the person's reading goes through the door for readings: it is written down
-- here with the move, in one transaction, and brought there afterwards, however often it takes.
create table handover_reading (
  -- Of the reading as well: the same id is the same reading.
  id uuid primary key,
  organisation_id uuid not null,
  handover_id uuid not null,
  point_id uuid not null,
  side text not null check (side in ('closing', 'opening')),
  at timestamptz not null,
  -- Null: nobody looked, the meter's own reading counts.
  count bigint,
  photo_id uuid,
  note text check (length(note) between 1 and 500),
  state text not null check (state in ('own', 'witness', 'pending', 'entered', 'refused')),
  refusal text check (length(refusal) between 1 and 500),
  check ((count is null) = (state = 'own')),
  check ((refusal is not null) = (state = 'refused')),
  foreign key (organisation_id, handover_id) references handover (organisation_id, id),
  foreign key (organisation_id, point_id) references point (organisation_id, id),
  foreign key (organisation_id, photo_id) references reading_photo (organisation_id, id)
);
create index handover_reading_handover on handover_reading (handover_id);
create index handover_reading_photo on handover_reading (photo_id) where photo_id is not null;
create index handover_photos on handover using gin ((protocol -> 'photos'));

-- Unused is a photo only if no protocol names it either.
create or replace function keep_used_photo() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' or exists (select from public.manual_reading m where m.photo_id = old.id)
     or exists (select from public.correction c where c.photo = old.id::text)
     or exists (select from public.handover_reading r where r.photo_id = old.id)
     or exists (select from public.handover h where h.protocol -> 'photos' ? old.id::text) then
    raise exception 'a photo is append-only: it is evidence' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$$;
create or replace function delete_unused_upload(before timestamptz) returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  key text;
begin
  if before is null or before > clock_timestamp() - interval '1 day' then
    raise exception 'uploads are kept for a day at least' using errcode = 'insufficient_privilege';
  end if;
  delete from public.reading_photo p where p.id = (
    select x.id from public.reading_photo x
     where x.created_at < before
       and not exists (select from public.manual_reading m where m.photo_id = x.id)
       and not exists (select from public.correction c where c.photo = x.id::text)
       and not exists (select from public.handover_reading r where r.photo_id = x.id)
       and not exists (select from public.handover h where h.protocol -> 'photos' ? x.id::text)
     order by x.created_at limit 1 for update skip locked)
  returning p.file_key into key;
  if key is not null then
    return key;
  end if;
  delete from public.import_run r where r.id = (
    select x.id from public.import_run x where x.state = 'received' and x.created_at < before
     order by x.created_at limit 1 for update skip locked)
  returning r.file_key into key;
  return key;
end
$$;

alter table party enable row level security;
alter table lease enable row level security;
alter table lease_rent enable row level security;
alter table lease_room enable row level security;
alter table lease_person enable row level security;
alter table lease_service enable row level security;
alter table handover enable row level security;
alter table handover_reading enable row level security;

create policy own_organisation on party to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on lease to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on lease_rent to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on lease_room to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on lease_person to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on lease_service to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on handover to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on handover_reading to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));

grant select, insert on party, lease, lease_rent, lease_room, lease_person, lease_service, handover, handover_reading
  to meterline_app;
grant update (kind, name, other_name, phone, email, tax_id, id_document_tail, language, person_id, invitation_id)
  on party to meterline_app;
grant update (number, state, start_day, end_day, cycle_day, deposit_minor, deposit_handling, billing_address,
  notice_days, note, version) on lease to meterline_app;
grant update (amount_minor), delete on lease_rent to meterline_app;
-- A reservation that is given up, and a move that is undone, leave the room free: what was stands in the handover.
grant update (place_id, from_at, to_at), delete on lease_room to meterline_app;
grant update (role, from_day, to_day), delete on lease_person to meterline_app;
grant update (label, amount_minor, per, from_day, to_day), delete on lease_service to meterline_app;
grant update (undone_at, undone_by, undone_reason) on handover to meterline_app;
grant update (state, refusal) on handover_reading to meterline_app;
grant select on party, lease, lease_rent, lease_room, lease_person, lease_service, handover, handover_reading
  to meterline_readonly;

-- From here on: extent. A transaction speaks for the organisation, or only for what its person's own leases cover.

-- Has it one of these for the whole organisation? Somebody may work for it and be its tenant as well: what they have as a
-- whole in one thing says nothing of the others. A transaction that says nothing has none.
create function app_whole(variadic permissions text[]) returns boolean
  language sql stable parallel safe
  return string_to_array(coalesce(current_setting('app.may', true), ''), ' ') && array_append(permissions, '*');

-- Rooms of the person's own leases, each for as long as the person is part of the lease and the lease has the room. None
-- without `leases.read:own`, which whoever is a tenant of the organisation has.
create function app_own_rooms() returns table (lease uuid, party uuid, building uuid, place uuid, from_at timestamptz, to_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
  if public.app_person() is null or not public.app_may_own('leases.read') then
    return;
  end if;
  return query
  select l.id, a.id, l.building_id, r.place_id,
         greatest(r.from_at, p.from_day::timestamp at time zone b.zone),
         least(coalesce(r.to_at, 'infinity'), p.to_day::timestamp at time zone b.zone)
    from public.party a
    join public.lease_person p on p.party_id = a.id and p.role <> 'guarantor'
    join public.lease l on l.id = p.lease_id and l.state in ('active', 'ended')
    join public.building b on b.id = l.building_id
    join public.lease_room r on r.lease_id = l.id
   where a.person_id = public.app_person() and a.organisation_id = public.app_org()
     and greatest(r.from_at, p.from_day::timestamp at time zone b.zone)
         < least(coalesce(r.to_at, 'infinity'), p.to_day::timestamp at time zone b.zone);
end
$$;

-- Tenancy: when each point counted for the person. Windows of one point do not touch. None without `usage.read:own`, and
-- none to whoever the policies of usage let through whole: hours would come twice.
create function app_own_windows() returns table (point integer, from_at timestamptz, to_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
  if not public.app_may_own('usage.read') or public.app_whole('usage.read', 'usage.decide') then
    return;
  end if;
  return query
  select s.no, lower(w.span), upper(w.span)
    from (
      select p.no, range_agg(tstzrange(greatest(o.from_at, i.from_at), least(o.to_at, coalesce(i.to_at, 'infinity')))) as spans
        from public.app_own_rooms() o
        join public.installation i on i.organisation_id = public.app_org() and i.place_id = o.place
         and i.from_at < o.to_at and coalesce(i.to_at, 'infinity') > o.from_at
        join public.point p on p.id = i.point_id
       group by p.no
    ) s cross join unnest(s.spans) w (span);
end
$$;

-- The same as one value, so that a policy asks it once a query: point in the upper half, quarter hour since 1970 below.
create function app_own_quarters() returns int8multirange
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  last constant bigint := 4294967295;
begin
  return coalesce((
    select range_agg(int8range((w.point::bigint << 32) + least(last, ceil(least(date_part('epoch', w.from_at) / 900, last))::bigint),
                               (w.point::bigint << 32) + least(last, ceil(least(date_part('epoch', w.to_at) / 900, last))::bigint)))
      from public.app_own_windows() w), '{}');
end
$$;

-- And by days of the building that lie within a window from midnight to midnight.
create function app_own_days() returns int8multirange
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((
    select range_agg(int8range((w.point::bigint << 32) + d.first_day, (w.point::bigint << 32) + d.end_day))
             filter (where d.first_day < d.end_day)
      from public.app_own_windows() w
      join public.point p on p.no = w.point
      left join public.meter m on m.id = p.meter_id
      left join public.gateway g on g.id = p.gateway_id
      join public.building b on b.id = coalesce(m.building_id, g.building_id)
     cross join lateral (
       select (w.from_at at time zone b.zone)::date as begins,
              case when w.to_at = 'infinity' then date '9999-01-01' else (w.to_at at time zone b.zone)::date end as ends) x
     cross join lateral (
       select x.begins - date '1970-01-01' + (x.begins::timestamp at time zone b.zone < w.from_at)::integer as first_day,
              x.ends - date '1970-01-01' as end_day) d), '{}');
end
$$;

-- Ids of what the person's own leases are about, once a query.
create function app_own(what text) returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  case what
    when 'party' then
      return array(select a.id from public.party a where a.person_id = public.app_person() and a.organisation_id = public.app_org()
                     and public.app_may_own('leases.read'));
    when 'lease' then
      return array(select distinct o.lease from public.app_own_rooms() o);
    when 'building' then
      return array(select distinct o.building from public.app_own_rooms() o);
    when 'room' then
      return array(select distinct o.place from public.app_own_rooms() o);
    -- Floors above them as well: a room is named by where it lies.
    when 'place' then
      return array(
        with recursive up as (
          select p.id, p.parent_id from public.place p where p.id in (select o.place from public.app_own_rooms() o)
          union
          select p.id, p.parent_id from public.place p join up u on p.id = u.parent_id)
        select u.id from up u);
    when 'point' then
      return array(select p.id from public.app_own_windows() w join public.point p on p.no = w.point);
    when 'meter' then
      return array(select distinct i.meter_id from public.app_own_rooms() o join public.installation i
                     on i.organisation_id = public.app_org() and i.place_id = o.place
                    and i.from_at < o.to_at and coalesce(i.to_at, 'infinity') > o.from_at);
    when 'installation' then
      return array(select i.id from public.app_own_rooms() o join public.installation i
                     on i.organisation_id = public.app_org() and i.place_id = o.place
                    and i.from_at < o.to_at and coalesce(i.to_at, 'infinity') > o.from_at);
    -- How counts were read at the time: the epochs that reach into a window.
    when 'epoch' then
      return array(select e.id from public.app_own_windows() w join public.register_epoch e on e.point = w.point
                    and e.from_at < w.to_at and e.superseded_at is null
                    and not exists (select from public.register_epoch n where n.point = e.point and n.superseded_at is null
                                       and n.from_at > e.from_at and n.from_at <= w.from_at));
    when 'handover' then
      return array(select h.id from public.app_own_rooms() o join public.handover h on h.lease_id = o.lease
                    and h.at between o.from_at and o.to_at);
  end case;
end
$$;

-- What a policy cannot let through whole: the hours in which a window begins or ends, without the quarters of others.
create function app_own_partial_hours(points integer[], from_at timestamptz[], to_at timestamptz[])
  returns table (point integer, hour timestamptz, quantity bigint[], estimated bigint[], complete smallint, revision integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  own constant int8multirange := public.app_own_quarters();
begin
  return query
  select h.point, h.hour,
         array(select case when own @> (k.first + i) then h.quantity[i + 1] end from generate_series(0, 3) i order by i),
         array(select case when own @> (k.first + i) then h.estimated[i + 1] end from generate_series(0, 3) i order by i),
         (select coalesce(sum(h.complete & (1 << i)) filter (where own @> (k.first + i)), 0)::smallint from generate_series(0, 3) i),
         h.revision
    from (
      select distinct w.point, date_bin('1 hour', e.at, '2000-01-01Z') as hour
        from public.app_own_windows() w
       cross join lateral (values (w.from_at), (w.to_at)) e (at)
        join unnest(points, app_own_partial_hours.from_at, app_own_partial_hours.to_at) x (point, from_at, to_at)
          on x.point = w.point and date_bin('1 hour', e.at, '2000-01-01Z') >= x.from_at and date_bin('1 hour', e.at, '2000-01-01Z') < x.to_at
       where isfinite(e.at)
    ) c
    join public.usage_hour h on h.point = c.point and h.hour = c.hour and h.organisation_id = public.app_org()
   cross join lateral (select (h.point::bigint << 32) + (date_part('epoch', h.hour) / 900)::bigint as first) k
   where not own @> int8range(k.first, k.first + 4);
end
$$;

create function app_own_partial_revisions(point integer, hour timestamptz)
  returns table (revision integer, quantity bigint[], estimated bigint[], complete smallint, replaced_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  own constant int8multirange := public.app_own_quarters();
  first constant bigint := (app_own_partial_revisions.point::bigint << 32)
    + (date_part('epoch', app_own_partial_revisions.hour) / 900)::bigint;
begin
  return query
  select r.revision,
         array(select case when own @> (first + i) then r.quantity[i + 1] end from generate_series(0, 3) i order by i),
         array(select case when own @> (first + i) then r.estimated[i + 1] end from generate_series(0, 3) i order by i),
         (select coalesce(sum(r.complete & (1 << i)) filter (where own @> (first + i)), 0)::smallint from generate_series(0, 3) i),
         r.replaced_at
    from public.usage_revision r
   where r.point = app_own_partial_revisions.point and r.hour = app_own_partial_revisions.hour
     and r.organisation_id = public.app_org()
     and own && int8range(first, first + 4) and not own @> int8range(first, first + 4)
   order by r.revision;
end
$$;

grant execute on function app_whole(text[]), app_own_rooms(), app_own_windows(), app_own_quarters(), app_own_days(), app_own(text),
  app_own_partial_hours(integer[], timestamptz[], timestamptz[]), app_own_partial_revisions(integer, timestamptz)
  to meterline_app;

-- Beside the organisation: the whole of it, or what is the person's own. Restrictive, so that no other policy opens what
-- these close. Who may write what stands in 0020_writes.sql.
do $$
declare
  one record;
  -- Each table goes by what it is about, and by what cannot be done without reading it.
  leases constant text[] := array['leases.read', 'leases.manage'];
  usages constant text[] := array['usage.read', 'usage.decide'];
  readings constant text[] := usages || array['readings.read', 'readings.write', 'readings.correct'];
  imports constant text[] := array['imports.read', 'imports.manage'];
  sources constant text[] := array['sources.read', 'sources.manage'];
  gateways constant text[] := readings || array['gateways.read', 'gateways.manage'];
  -- Places, meters and registers name what all else is about.
  houses constant text[] := gateways || leases || imports || sources
    || array['places.read', 'places.manage', 'meters.read', 'meters.manage'];
begin
  for one in
    select * from (values
      ('party', leases, 'id = any ((select app_own(''party''))::uuid[])'),
      ('lease', leases, 'id = any ((select app_own(''lease''))::uuid[])'),
      ('lease_rent', leases, 'lease_id = any ((select app_own(''lease''))::uuid[])'),
      ('lease_room', leases, 'lease_id = any ((select app_own(''lease''))::uuid[])'),
      ('lease_person', leases, 'party_id = any ((select app_own(''party''))::uuid[])'),
      ('lease_service', leases, 'lease_id = any ((select app_own(''lease''))::uuid[])'),
      ('handover', leases, 'id = any ((select app_own(''handover''))::uuid[])'),
      ('handover_reading', leases, 'handover_id = any ((select app_own(''handover''))::uuid[]) and point_id = any ((select app_own(''point''))::uuid[])'),
      ('building', houses, 'id = any ((select app_own(''building''))::uuid[])'),
      ('place', houses, 'id = any ((select app_own(''place''))::uuid[])'),
      ('meter', houses, 'id = any ((select app_own(''meter''))::uuid[])'),
      ('point', houses, 'id = any ((select app_own(''point''))::uuid[])'),
      ('installation', houses, 'id = any ((select app_own(''installation''))::uuid[])'),
      ('register_epoch', usages, 'id = any ((select app_own(''epoch''))::uuid[])'),
      ('suspect', usages, '(select app_own_quarters()) @> ((point::bigint << 32) + floor(date_part(''epoch'', from_at) / 900)::bigint)'),
      ('usage_hour', usages, '(select app_own_quarters()) @> int8range((point::bigint << 32) + (date_part(''epoch'', hour) / 900)::bigint,'
                  || ' (point::bigint << 32) + (date_part(''epoch'', hour) / 900)::bigint + 4)'),
      ('usage_revision', usages, '(select app_own_quarters()) @> int8range((point::bigint << 32) + (date_part(''epoch'', hour) / 900)::bigint,'
                      || ' (point::bigint << 32) + (date_part(''epoch'', hour) / 900)::bigint + 4)'),
      ('usage_day', usages, '(select app_own_days()) @> ((point::bigint << 32) + (day - date ''1970-01-01''))'),
      ('building_regime', houses, null), ('place_outage', houses, null),
      ('gateway', houses, null), ('point_source', houses, null),
      ('gateway_key', gateways, null), ('gateway_token', gateways, null), ('gateway_certificate', gateways, null),
      ('gateway_contact', gateways, null), ('gateway_state', gateways, null), ('command_result', gateways, null),
      ('dead_letter', gateways, null), ('refusal_count', gateways, null), ('journal', gateways, null),
      ('journal_restart', gateways, null), ('held_reading', gateways, null), ('reading_conflict', gateways, null),
      ('usage_point', usages, null), ('usage_failure', usages, null), ('usage_audit', usages, null),
      ('batch', readings, null), ('correction', readings, null), ('manual_reading', readings, null),
      ('reading_photo', array['readings.read', 'readings.write', 'readings.correct', 'leases.manage'], null),
      ('import_mapping', imports, null), ('import_run', imports, null), ('import_fault', imports, null),
      ('webhook_source', sources, null), ('webhook_secret', sources, null)
    ) as t (name, permissions, own)
  loop
    execute format('create policy extent on %I as restrictive for select to meterline_app using ((select app_whole(%s))%s)',
                   one.name, (select string_agg(quote_literal(p), ', ') from unnest(one.permissions) p), coalesce(' or ' || one.own, ''));
  end loop;
end
$$;

-- What the policies of places and meters leave to leases.
create policy own_leases on building for select to meterline_app
  using (organisation_id = (select app_org()) and id = any ((select app_own('building'))::uuid[]));
create policy own_leases on place for select to meterline_app
  using (organisation_id = (select app_org()) and id = any ((select app_own('place'))::uuid[]));
create policy own_leases on meter for select to meterline_app
  using (organisation_id = (select app_org()) and id = any ((select app_own('meter'))::uuid[]));
create policy own_leases on point for select to meterline_app
  using (organisation_id = (select app_org()) and id = any ((select app_own('point'))::uuid[]));
create policy own_leases on installation for select to meterline_app
  using (organisation_id = (select app_org()) and id = any ((select app_own('installation'))::uuid[]));

-- Raw readings have no policy. A person who speaks for nobody but themselves gets those of the own windows, whatever is
-- asked for; the reading at which a window ends belongs to both sides.
create schema beyond_extent;
alter function readings_billable(integer[], timestamptz, timestamptz, integer) set schema beyond_extent;
alter function readings_raw(integer[], timestamptz, timestamptz, text, integer, integer, timestamptz) set schema beyond_extent;
alter function readings_latest(integer[], timestamptz) set schema beyond_extent;
alter function ledger_readings(integer[], timestamptz[], timestamptz[], integer) set schema beyond_extent;
revoke execute on all functions in schema beyond_extent from meterline_app, meterline_worker;

create function app_limited() returns boolean
  language sql stable parallel safe
  return app_person() is not null
    and not app_whole('usage.read', 'usage.decide', 'readings.read', 'readings.write', 'readings.correct');
grant execute on function app_limited() to meterline_app, meterline_worker;

create function readings_billable(points integer[], from_at timestamptz, to_at timestamptz, neighbours integer)
  returns table (point integer, at timestamptz, count bigint, quality smallint, source smallint, origin text,
                 batch bigint, sequence bigint, register integer, boundary_at timestamptz, correction uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
begin
  if not public.app_limited() then
    return query select * from beyond_extent.readings_billable(points, readings_billable.from_at, readings_billable.to_at, neighbours);
    return;
  end if;
  return query
  select r.* from public.app_own_windows() w
   cross join lateral beyond_extent.readings_billable(array[w.point], greatest(readings_billable.from_at, w.from_at),
     least(readings_billable.to_at, w.to_at + interval '1 us'), neighbours) r
   where w.point = any (points) and w.from_at <= readings_billable.to_at and w.to_at >= readings_billable.from_at
     and r.at between w.from_at and w.to_at
   order by r.point, r.at;
end
$$;

create function readings_raw(points integer[], from_at timestamptz, to_at timestamptz, class text, max_rows integer,
                             after_point integer default null, after_at timestamptz default null)
  returns table (point integer, at timestamptz, value bigint, quality smallint, source smallint, batch bigint,
                 sequence bigint, register integer, raw bytea, boundary_at timestamptz, bracket_at timestamptz,
                 bracket_count bigint, correction uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
begin
  if not public.app_limited() then
    return query select * from beyond_extent.readings_raw(points, readings_raw.from_at, readings_raw.to_at, readings_raw.class,
      max_rows, after_point, after_at);
    return;
  end if;
  return query
  select r.* from public.app_own_windows() w
   cross join lateral beyond_extent.readings_raw(array[w.point], greatest(readings_raw.from_at, w.from_at),
     least(readings_raw.to_at, w.to_at + interval '1 us'), readings_raw.class, max_rows, after_point, after_at) r
   where w.point = any (points) and w.from_at <= readings_raw.to_at and w.to_at >= readings_raw.from_at
     and (after_point is null or w.point >= after_point)
   order by r.point, r.at limit max_rows;
end
$$;

create function readings_latest(points integer[], until timestamptz)
  returns table (point integer, at timestamptz, value bigint, quality smallint, source smallint, class text)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
begin
  if not public.app_limited() then
    return query select * from beyond_extent.readings_latest(points, readings_latest.until);
    return;
  end if;
  -- What is newest of a lease that has ended is nobody's present.
  return query
  select r.* from public.app_own_windows() w
   cross join lateral beyond_extent.readings_latest(array[w.point], readings_latest.until) r
   where w.point = any (points) and readings_latest.until between w.from_at and w.to_at and r.at >= w.from_at
   order by r.point;
end
$$;

create function ledger_readings(points integer[], from_at timestamptz[], to_at timestamptz[], neighbours integer)
  returns table (point integer, reach_back boolean, reach_end boolean, readings bytea, contradicted timestamptz[])
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  if not public.app_limited() then
    return query select * from beyond_extent.ledger_readings(points, ledger_readings.from_at, ledger_readings.to_at, neighbours);
    return;
  end if;
  return query
  select p.point, bool_or(p.from_at <= w.from_at), bool_or(p.to_at >= w.to_at), string_agg(r.readings, ''::bytea order by w.from_at),
         -- Contradictions are for whoever works usage out, not for whoever looks.
         null::timestamptz[]
    from unnest(points, ledger_readings.from_at, ledger_readings.to_at) p (point, from_at, to_at)
    join public.app_own_windows() w on w.point = p.point and w.from_at <= p.to_at and w.to_at >= p.from_at
   cross join lateral beyond_extent.ledger_readings(array[p.point], array[greatest(p.from_at, w.from_at)],
     array[least(p.to_at, w.to_at)], 0) r
   group by p.point;
end
$$;

grant execute on function readings_billable(integer[], timestamptz, timestamptz, integer),
  readings_raw(integer[], timestamptz, timestamptz, text, integer, integer, timestamptz),
  readings_latest(integer[], timestamptz) to meterline_app, meterline_worker;
grant execute on function ledger_readings(integer[], timestamptz[], timestamptz[], integer) to meterline_app;
