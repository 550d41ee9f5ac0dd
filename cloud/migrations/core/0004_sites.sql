-- Who and what readings belong to: organisation → building → gateway, meter, place; a point is one register of a meter.
-- A reference carries the organisation along, since a foreign key is checked by the owner, whom no policy stops: so
-- no row of one organisation can name a row of another.
create extension if not exists btree_gist;

create table organisation (
  id uuid primary key,
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default now()
);

create table building (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  name text not null check (length(name) between 1 and 120),
  -- IANA name: its days and months are cut by it. Changing it would move days that were billed.
  zone text not null check (length(zone) between 1 and 60),
  created_at timestamptz not null default now(),
  unique (organisation_id, id)
);

-- A floor, a room, a common area. Rooms are what leases are about later.
create table place (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  parent_id uuid,
  name text not null check (length(name) between 1 and 120),
  kind text not null check (kind in ('floor', 'room', 'common')),
  created_at timestamptz not null default now(),
  unique (organisation_id, id),
  foreign key (organisation_id, building_id) references building (organisation_id, id),
  foreign key (organisation_id, parent_id) references place (organisation_id, id)
);
create index place_building on place (organisation_id, building_id);
create index place_parent on place (organisation_id, parent_id) where parent_id is not null;

create table gateway (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  -- `signed` speaks the contract; `simple` is a device that signs nothing, a weaker class of evidence.
  kind text not null check (kind in ('signed', 'simple')),
  state text not null default 'active' check (state in ('active', 'revoked')),
  -- Whose place it took: only then may a new journal tell what became of the old gateway's.
  replaces_id uuid,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  unique (organisation_id, id),
  check ((state = 'revoked') = (revoked_at is not null)),
  check (replaces_id <> id),
  foreign key (organisation_id, building_id) references building (organisation_id, id),
  foreign key (organisation_id, replaces_id) references gateway (organisation_id, id)
);
create index gateway_building on gateway (organisation_id, building_id);

-- Public keys only: the gateway makes its own pair, and the hub never holds the other half.
create table gateway_key (
  -- First 16 hex digits of the SHA-256 of the key, as envelopes name it.
  key_id text primary key check (key_id ~ '^[0-9a-f]{16}$'),
  organisation_id uuid not null,
  gateway_id uuid not null,
  public_key bytea not null check (length(public_key) = 32),
  added_at timestamptz not null default now(),
  -- Batches that were sealed before still verify; what is signed by it afterwards does not.
  retired_at timestamptz,
  check (key_id = left(encode(sha256(public_key), 'hex'), 16)),
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);
create index gateway_key_gateway on gateway_key (organisation_id, gateway_id);

-- For brokers without client certificates, and for simple devices. 256 random bits, so a plain hash is enough.
create table gateway_token (
  id uuid primary key,
  organisation_id uuid not null,
  gateway_id uuid not null,
  hash bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);
create index gateway_token_gateway on gateway_token (organisation_id, gateway_id);

create table gateway_certificate (
  -- SHA-256 of the certificate as it goes over the wire (DER).
  fingerprint bytea primary key check (length(fingerprint) = 32),
  organisation_id uuid not null,
  gateway_id uuid not null,
  serial text not null check (serial ~ '^[0-9a-f]{1,40}$'),
  issued_at timestamptz not null default now(),
  not_after timestamptz not null,
  revoked_at timestamptz,
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);
create index gateway_certificate_gateway on gateway_certificate (organisation_id, gateway_id);
-- The revocation list that a broker is given.
create index gateway_certificate_revoked on gateway_certificate (not_after) where revoked_at is not null;

-- When it was last heard. Written every minute, so it stands beside the gateway: no listener is woken by it.
create table gateway_contact (
  gateway_id uuid primary key,
  organisation_id uuid not null,
  seen_at timestamptz not null,
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);

create table meter (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  -- `profile@version`; null for a meter that somebody reads by eye.
  profile text check (profile ~ '^[a-z0-9]+(-[a-z0-9]+)*@[1-9][0-9]{0,5}$'),
  serial text check (length(serial) between 1 and 64),
  role text not null check (role in ('main', 'sub', 'common')),
  label text not null check (length(label) between 1 and 80),
  -- The main meter that measures what this one measures as well.
  parent_meter_id uuid,
  created_at timestamptz not null default now(),
  unique (organisation_id, id),
  check (parent_meter_id <> id),
  foreign key (organisation_id, building_id) references building (organisation_id, id),
  foreign key (organisation_id, parent_meter_id) references meter (organisation_id, id)
);
create index meter_building on meter (organisation_id, building_id);
-- The loss of a main meter asks for its sub-meters.
create index meter_parent on meter (organisation_id, parent_meter_id) where parent_meter_id is not null;

-- One register of one physical meter, for ever: a new meter has new points. `no` is its short name in the tables of
-- readings, which are narrow.
create table point (
  id uuid primary key,
  no integer generated always as identity unique,
  organisation_id uuid not null references organisation,
  -- Who sends it now; null for a meter that no gateway reads. Who did before stands in point_source.
  gateway_id uuid,
  -- Null until somebody assigns it: its readings are stored all the same.
  meter_id uuid,
  -- `profile@version/register`, as its readings name it.
  register text check (register ~ '^[a-z0-9]+(-[a-z0-9]+)*@[1-9][0-9]{0,5}/[a-z][a-z0-9_]*$'),
  -- What is measured (`active-energy-import`), in words of the profile.
  quantity text check (quantity ~ '^[a-z][a-z0-9-]{0,63}$'),
  -- Of a gauge, whose values are whole numbers of it.
  unit text check (length(unit) between 1 and 16),
  -- A billing register is read every five minutes as well: `billing` says that a bill may rest on it.
  class text not null check (class in ('billing', 'counter', 'gauge')),
  created_at timestamptz not null default now(),
  -- When its first reading came.
  seen_at timestamptz,
  unique (organisation_id, id),
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id),
  foreign key (organisation_id, meter_id) references meter (organisation_id, id)
);
create index point_gateway on point (organisation_id, gateway_id);
create index point_meter on point (organisation_id, meter_id);

-- Every gateway that has read the point. What a gateway sends of a point that never was its own is held.
create table point_source (
  point_id uuid not null,
  gateway_id uuid not null,
  organisation_id uuid not null,
  from_at timestamptz not null default now(),
  primary key (point_id, gateway_id),
  foreign key (organisation_id, point_id) references point (organisation_id, id),
  foreign key (organisation_id, gateway_id) references gateway (organisation_id, id)
);

-- Which meter the point was a register of, and where that meter hung, over time; half-open.
create table installation (
  id uuid primary key,
  organisation_id uuid not null,
  point_id uuid not null,
  meter_id uuid not null,
  place_id uuid,
  from_at timestamptz not null,
  to_at timestamptz,
  check (from_at < to_at),
  foreign key (organisation_id, point_id) references point (organisation_id, id),
  foreign key (organisation_id, meter_id) references meter (organisation_id, id),
  foreign key (organisation_id, place_id) references place (organisation_id, id),
  -- A point is in one place at a time.
  constraint installation_once exclude using gist (point_id with =, tstzrange(from_at, to_at) with &&)
);
create index installation_place on installation (organisation_id, place_id, from_at);
create index installation_meter on installation (organisation_id, meter_id);

alter table organisation enable row level security;
alter table building enable row level security;
alter table place enable row level security;
alter table gateway enable row level security;
alter table gateway_key enable row level security;
alter table gateway_token enable row level security;
alter table gateway_certificate enable row level security;
alter table gateway_contact enable row level security;
alter table meter enable row level security;
alter table point enable row level security;
alter table point_source enable row level security;
alter table installation enable row level security;

create policy own_organisation on organisation to meterline_app, meterline_readonly
  using (id = (select app_org())) with check (id = (select app_org()));
create policy own_organisation on building to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on place to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on gateway to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on gateway_key to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on gateway_token to meterline_app
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on gateway_certificate to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on gateway_contact for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy own_organisation on meter to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on point to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on point_source to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
create policy own_organisation on installation to meterline_app, meterline_readonly
  using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));

-- Jobs that serve everybody ask whose a point is, and in which zone its days are.
create policy all_organisations on organisation for select to meterline_worker using (true);
create policy all_organisations on building for select to meterline_worker using (true);
create policy all_organisations on gateway for select to meterline_worker using (true);
create policy all_organisations on gateway_certificate for select to meterline_worker using (true);
create policy all_organisations on gateway_contact for select to meterline_worker using (true);
create policy all_organisations on meter for select to meterline_worker using (true);
create policy all_organisations on point for select to meterline_worker using (true);
create policy all_organisations on installation for select to meterline_worker using (true);

grant select, insert on organisation, building, place, gateway, gateway_key, gateway_token, gateway_certificate,
  meter, point, point_source, installation to meterline_app;
grant update (name) on organisation, building to meterline_app;
grant update (name, parent_id) on place to meterline_app;
grant update (name, state, revoked_at) on gateway to meterline_app;
grant update (retired_at) on gateway_key to meterline_app;
grant update (revoked_at) on gateway_token, gateway_certificate to meterline_app;
grant update (profile, serial, role, label, parent_meter_id) on meter to meterline_app;
grant update (gateway_id, meter_id, register, quantity, unit, class) on point to meterline_app;
grant update (to_at) on installation to meterline_app;
grant select on gateway_contact to meterline_app;
grant select on organisation, building, place, gateway, gateway_key, gateway_certificate, gateway_contact, meter, point,
  point_source, installation to meterline_readonly;
grant select on organisation, building, gateway, gateway_certificate, gateway_contact, meter, point, installation
  to meterline_worker;

-- Who keeps a copy of gateways and points hears of every change, whoever made it. It comes with the commit, and so
-- never before what it tells of can be seen. New points need no telling: nobody keeps that a point is unknown.
create function sites_changed() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('meterline_sites', '');
  return null;
end
$$;
create trigger tell after insert or update or delete or truncate on gateway
  for each statement execute function sites_changed();
create trigger tell after insert or update or delete or truncate on gateway_key
  for each statement execute function sites_changed();
create trigger tell after insert or update or delete or truncate on gateway_token
  for each statement execute function sites_changed();
create trigger tell after insert or update or delete or truncate on gateway_certificate
  for each statement execute function sites_changed();
-- Who sends a point stands in the point as well, so that its history need not tell when it begins.
create trigger tell after update or delete or truncate on point_source
  for each statement execute function sites_changed();
create trigger tell after delete or truncate on point for each statement execute function sites_changed();
create trigger tell_change after update on point for each row
  when ((old.organisation_id, old.gateway_id, old.meter_id, old.register, old.unit, old.class)
        is distinct from (new.organisation_id, new.gateway_id, new.meter_id, new.register, new.unit, new.class))
  execute function sites_changed();

-- The role of the ingest reads no table; these answer what a door and the pipeline must know, by id and not by list.

-- Null arrays never, empty ones where there is nothing.
create function directory_gateways(ids uuid[])
  returns table (id uuid, organisation_id uuid, building_id uuid, kind text, state text, replaces_id uuid,
                 public_keys bytea[], retired_keys bytea[], token_hashes bytea[], certificates bytea[])
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select g.id, g.organisation_id, g.building_id, g.kind, g.state, g.replaces_id,
         array(select k.public_key from public.gateway_key k
                where k.organisation_id = g.organisation_id and k.gateway_id = g.id and k.retired_at is null),
         array(select k.public_key from public.gateway_key k
                where k.organisation_id = g.organisation_id and k.gateway_id = g.id and k.retired_at is not null),
         array(select t.hash from public.gateway_token t
                where t.organisation_id = g.organisation_id and t.gateway_id = g.id and t.revoked_at is null),
         array(select c.fingerprint from public.gateway_certificate c
                where c.organisation_id = g.organisation_id and c.gateway_id = g.id and c.revoked_at is null)
    from public.gateway g
   where g.id = any(ids)
$$;

create function directory_points(ids uuid[])
  returns table (id uuid, no integer, organisation_id uuid, gateway_id uuid, gateways uuid[], meter_id uuid, class text,
                 register text, unit text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select p.id, p.no, p.organisation_id, p.gateway_id,
         array(select s.gateway_id from public.point_source s where s.point_id = p.id order by s.from_at),
         p.meter_id, p.class, p.register, p.unit
    from public.point p
   where p.id = any(ids)
$$;

-- Points that a gateway names for the first time: they get a row, unassigned, of the organisation of the gateway.
-- A point that exists stays as it is, whoever names it; what it lacks (register, unit) is filled in by its own gateway.
create function register_points(gateway uuid, ids uuid[], classes text[], registers text[], units text[], now timestamptz)
  returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  -- 500 meters with 64 points each: a gateway that names more is broken, or not what it says.
  most constant integer := 32000;
begin
  return query
  with given as (
    select u.*, row_number() over (order by u.id) as n
      from unnest(ids, classes, registers, units) as u (id, class, register, unit)
     where not exists (select from public.point p where p.id = u.id)
  ), room as (
    select g.id, g.organisation_id,
           most - (select count(*) from public.point p where p.organisation_id = g.organisation_id and p.gateway_id = g.id) as left
      from public.gateway g where g.id = register_points.gateway and g.state = 'active'
  ), added as (
    insert into public.point (id, organisation_id, gateway_id, register, unit, class, created_at, seen_at)
    select u.id, r.organisation_id, r.id, u.register, u.unit, u.class, register_points.now, register_points.now
      from given u join room r on u.n <= r.left
     order by u.id
    on conflict do nothing
    returning point.id, point.organisation_id, point.gateway_id
  ), sourced as (
    insert into public.point_source (point_id, gateway_id, organisation_id, from_at)
    select a.id, a.gateway_id, a.organisation_id, register_points.now from added a
  )
  select a.id from added a;
  update public.point p
     set register = coalesce(p.register, u.register), unit = coalesce(p.unit, u.unit),
         class = case when u.class = 'billing' and p.class = 'counter' then 'billing' else p.class end,
         seen_at = coalesce(p.seen_at, register_points.now)
    from unnest(ids, classes, registers, units) as u (id, class, register, unit)
   where p.id = u.id and p.gateway_id = register_points.gateway
     and (p.register is null and u.register is not null or p.unit is null and u.unit is not null
          or u.class = 'billing' and p.class = 'counter' or p.seen_at is null);
end
$$;

create function gateways_seen(ids uuid[], times timestamptz[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into public.gateway_contact as c (gateway_id, organisation_id, seen_at)
  select g.id, g.organisation_id, max(u.at)
    from unnest(ids, times) as u (id, at) join public.gateway g on g.id = u.id
   group by g.id, g.organisation_id order by g.id
  on conflict (gateway_id) do update set seen_at = excluded.seen_at where c.seen_at < excluded.seen_at
$$;

grant execute on function directory_gateways(uuid[]), directory_points(uuid[]),
  register_points(uuid, uuid[], text[], text[], text[], timestamptz), gateways_seen(uuid[], timestamptz[])
  to meterline_ingest;
