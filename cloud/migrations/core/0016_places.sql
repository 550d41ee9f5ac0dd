-- What a building is to the law and to its bills, how its rooms are called and found, and what a main meter sums.

-- Text as it is compared, in four forms. src/kernel/plain-text.ts and natural-text.ts say the same in the program, and a
-- test compares the two. The parts that both leave out or put in another order are those that a keyboard and a file do
-- not agree on.

-- Names that differ in this alone are one name: form, case, kind of digits, zero-width characters, the order of a tone
-- and the dot of am, and spaces where no digits meet.
create function name_key(given text) returns text
  language sql immutable strict parallel safe set search_path = pg_catalog
as $$
  select regexp_replace(regexp_replace(btrim(regexp_replace(regexp_replace(translate(
           lower(normalize(given, nfkc)), '๐๑๒๓๔๕๖๗๘๙ς', '0123456789σ'),
           '[\u00ad\u200b-\u200f\u2060\ufeff]', '', 'g'),
           '\s+', ' ', 'g'), ' '),
           '([\u0e48-\u0e4b])\u0e4d', E'\u0e4d\\1', 'g'),
           '([^0-9]) | (?=[^0-9])', '\1', 'g')
$$;

-- Words as a search compares them: no diacritics, no tones, no punctuation; digits are words of their own, so that
-- "A-101", "A101" and "a ๑๐๑" are the same two words.
create function fold_text(given text) returns text
  language sql immutable strict parallel safe set search_path = pg_catalog
as $$
  select btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(
           normalize(lower(normalize(given, nfkc)), nfkd), '๐๑๒๓๔๕๖๗๘๙ς', '0123456789σ'),
           '[\u00ad\u0300-\u036f\u0e47-\u0e4e\u200b-\u200f\u2060\ufeff]', '', 'g'),
           '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u0e3f\u0e4f\u0e5a\u0e5b\u2000-\u206f\u3000-\u303f]+', ' ', 'g'),
           '([0-9])(?=[^0-9 ])', '\1 ', 'g'),
           '([^0-9 ])(?=[0-9])', '\1 ', 'g'), ' ')
$$;

-- What is looked through: each name on a line of its own, and once more without the spaces within Thai, which come and go.
create function search_key(one text, other text) returns text
  language sql immutable parallel safe set search_path = pg_catalog
as $$
  select E'\n' || coalesce(public.fold_text(one) || E'\n', '') || coalesce(public.fold_text(other) || E'\n', '')
    || regexp_replace(coalesce(public.fold_text(one) || E'\n', '') || coalesce(public.fold_text(other) || E'\n', ''),
                      '([\u0e01-\u0e46]) (?=[\u0e01-\u0e46])', '\1', 'g')
$$;

-- Numbers by their value, and a vowel that is written before its consonant after it, as a Thai dictionary sorts.
create function sort_key(given text) returns text
  language sql immutable strict parallel safe set search_path = pg_catalog
as $$
  select regexp_replace(regexp_replace(regexp_replace(public.fold_text(given),
           '([\u0e40-\u0e44])([\u0e01-\u0e2e])', '\2\1', 'g'),
           '([0-9]+)', '000000000000\1', 'g'),
           '[0-9]*([0-9]{12})', '\1', 'g')
$$;

-- How well a key answers a whole query whose words it has: called so, begins so, a word of it does, contains it, or only
-- the words apart. Inlined, since it is asked for each row that was found.
create function search_rank(key text, whole text) returns integer
  language sql immutable parallel safe
  return case when position(E'\n' || whole || E'\n' in key) > 0 then 0
              when position(E'\n' || whole in key) > 0 then 1
              when position(' ' || whole in key) > 0 then 2
              when position(whole in key) > 0 then 3
              else 4 end;

grant execute on function name_key(text), fold_text(text), search_key(text, text), sort_key(text), search_rank(text, text)
  to meterline_app, meterline_worker, meterline_readonly;

alter table building
  -- The same name in the other script.
  add column other_name text check (length(other_name) between 1 and 120),
  add column address text check (length(address) between 1 and 500),
  -- Of new leases and tariffs; what was written in another keeps it.
  add column currency text not null default 'THB' check (currency ~ '^[A-Z]{3}$'),
  -- On which day of the month a billing cycle begins where a lease says nothing else; a shorter month's last day.
  add column cycle_day smallint not null default 1 check (cycle_day between 1 and 31),
  -- Goes up with every change: who changes what somebody else has changed meanwhile is told.
  add column version integer not null default 1,
  add column sort_key text collate "C" not null generated always as (sort_key(name)) stored,
  add column search_key text collate "C" not null generated always as (search_key(name, other_name)) stored;

-- Under which rules a building lets, from a day on: caps on what may be asked for electricity and water follow from it.
-- Nothing here is changed: a later row about the same day stands for it, and one without a regime takes it back.
create table building_regime (
  id uuid primary key,
  organisation_id uuid not null,
  building_id uuid not null,
  from_day date not null,
  regime text check (regime in ('contract-controlled', 'licensed-dormitory', 'hotel', 'other')),
  reason text not null check (length(reason) between 3 and 500),
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  foreign key (organisation_id, building_id) references building (organisation_id, id)
);
-- "Which rules held on that day?": the last word about each day.
create index building_regime_day on building_regime (organisation_id, building_id, from_day, id desc);
create trigger append_only before update or delete or truncate on building_regime
  for each statement execute function refuse_change();

alter table place
  add column other_name text check (length(other_name) between 1 and 120),
  -- Of a floor: 0 is the ground, below it is negative. Sorts before the name.
  add column level smallint check (level between -20 and 200),
  add column area_m2 numeric(10, 2) check (area_m2 > 0),
  -- How many people may live in it.
  add column capacity smallint check (capacity between 1 and 1000),
  add column version integer not null default 1,
  add column sort_key text collate "C" not null generated always as (sort_key(name)) stored,
  add column search_key text collate "C" not null generated always as (search_key(name, other_name)) stored,
  add column parent_kind text generated always as (case when parent_id is not null then 'floor' end) stored,
  add check (level is null or kind = 'floor'),
  add check ((area_m2 is null and capacity is null) or kind <> 'floor'),
  -- For whoever refers to a place of this building, or to a room of it.
  add unique (organisation_id, building_id, id),
  add unique (organisation_id, building_id, id, kind),
  -- What stands in something stands on a floor of the same building, and a floor in nothing: no cycle can be written.
  add check (parent_id is null or kind <> 'floor'),
  add constraint place_floor foreign key (organisation_id, building_id, parent_id, parent_kind)
    references place (organisation_id, building_id, id, kind);
-- A name is said once in a building; a floor may be called as a room is.
create unique index place_name on place (organisation_id, building_id, (kind = 'floor'), name_key(name));

-- A room that cannot be let, by local days; half-open, without an end while nobody knows it.
create table place_outage (
  id uuid primary key,
  organisation_id uuid not null,
  place_id uuid not null,
  from_day date not null,
  -- The first day on which it is in use again.
  to_day date,
  reason text not null check (length(reason) between 3 and 500),
  author text not null check (length(author) between 1 and 200),
  created_at timestamptz not null,
  check (from_day < to_day),
  foreign key (organisation_id, place_id) references place (organisation_id, id),
  constraint place_outage_once exclude using gist (place_id with =, daterange(from_day, to_day) with &&)
);
create index place_outage_place on place_outage (organisation_id, place_id, from_day);

alter table meter
  -- Null: nobody has said. Bills, and what a main meter may sum, go by it.
  add column measures text check (measures in ('electricity', 'water')),
  add column version integer not null default 1,
  add column sort_key text collate "C" not null generated always as (sort_key(label)) stored,
  add column search_key text collate "C" not null generated always as (search_key(label, serial)) stored,
  add column parent_role text generated always as (case when parent_meter_id is not null then 'main' end) stored,
  add unique (organisation_id, building_id, id),
  add unique (organisation_id, building_id, id, role),
  -- What sums others is a main meter of the same building, and stays one while it does.
  add constraint meter_main foreign key (organisation_id, building_id, parent_meter_id, parent_role)
    references meter (organisation_id, building_id, id, role);

-- A foreign key cannot see a circle. Whoever links two meters of a building waits for whoever else does.
create function refuse_meter_circle() returns trigger
  language plpgsql set search_path = pg_catalog, public
as $$
begin
  perform from building b where b.organisation_id = new.organisation_id and b.id = new.building_id for no key update;
  if exists (
    with recursive above (id) as (
      select new.parent_meter_id
      union
      select m.parent_meter_id from meter m join above a on m.id = a.id
       where m.organisation_id = new.organisation_id and m.parent_meter_id is not null
    ) select from above a where a.id = new.id
  ) then
    raise exception 'meter % would sum itself', new.id using errcode = 'integrity_constraint_violation', constraint = 'meter_circle';
  end if;
  return new;
end
$$;
create trigger no_circle before update of parent_meter_id on meter for each row
  when (new.parent_meter_id is not null and new.parent_meter_id is distinct from old.parent_meter_id)
  execute function refuse_meter_circle();

alter table building_regime enable row level security;
alter table place_outage enable row level security;

create policy own_organisation on building_regime to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()))
  with check (organisation_id = (select app_org()));
create policy own_organisation on place_outage to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()))
  with check (organisation_id = (select app_org()));

grant select, insert on building_regime, place_outage to meterline_app;
grant update (from_day, to_day, reason) on place_outage to meterline_app;
-- What was entered by mistake and nothing has come to depend on: the audit keeps that it was there.
grant delete on place, place_outage, installation to meterline_app;
grant update (other_name, address, currency, cycle_day, version) on building to meterline_app;
grant update (other_name, level, area_m2, capacity, version) on place to meterline_app;
grant update (measures, version) on meter to meterline_app;
grant select on building_regime, place_outage to meterline_readonly;
