-- Who signs in, and what they are to an organisation. A person belongs to no organisation; memberships say where they
-- are what. Rows of a person are seen by that person (app.person), rows of an organisation by the organisation (app.org).
-- Whoever is not known yet asks functions by a hash, and gets one row or none.

-- The person of the transaction, or null.
create function app_person() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.person', true), '')::uuid;

-- May the transaction do this to the whole organisation? `*` is the hub itself: its jobs, and its operator. What is set
-- comes from the matrix of permissions (src/identity/domain/permissions.ts); what is not set may nothing.
create function app_may(permission text) returns boolean
  language sql stable parallel safe
  return string_to_array(coalesce(current_setting('app.may', true), ''), ' ') && array['*', permission];

-- The same, for what the person's own leases cover.
create function app_may_own(permission text) returns boolean
  language sql stable parallel safe
  return string_to_array(coalesce(current_setting('app.may', true), ''), ' ') && array[permission || ':own'];

grant execute on function app_person(), app_may(text), app_may_own(text) to meterline_app, meterline_worker, meterline_readonly;

create table person (
  id uuid primary key,
  name text not null check (length(name) between 1 and 120),
  locale text not null default 'th' check (locale in ('th', 'en', 'id')),
  state text not null default 'active' check (state in ('active', 'disabled')),
  created_at timestamptz not null,
  disabled_at timestamptz,
  check ((state = 'disabled') = (disabled_at is not null))
);

-- What somebody signs in with, in one spelling. Unverified until its owner has used a link that was sent there.
create table person_contact (
  kind text not null check (kind in ('email', 'phone')),
  value text not null check (length(value) between 5 and 254),
  person_id uuid not null references person,
  added_at timestamptz not null,
  verified_at timestamptz,
  primary key (kind, value)
);
-- "How do I reach this person?"
create index person_contact_person on person_contact (person_id);

-- Never read with a person's name: another table, so that no list of people can carry it along.
create table person_credential (
  person_id uuid primary key references person,
  -- argon2id, PHC string with its parameters.
  password text check (password like '$argon2id$%' and length(password) between 60 and 300),
  password_at timestamptz,
  -- TOTP secret, sealed under a key derived from keys.master. Counts once it is confirmed.
  totp bytea check (length(totp) between 28 and 200),
  totp_at timestamptz,
  -- The highest counter that was accepted: a code counts once, and takes those before it along.
  totp_counter bigint check (totp_counter >= 0),
  -- HMAC of the codes that are left.
  recovery bytea[] not null default '{}' check (cardinality(recovery) <= 20),
  check ((password is null) = (password_at is null)),
  check (totp is not null or (totp_at is null and totp_counter is null))
);

create table membership (
  organisation_id uuid not null,
  person_id uuid not null references person,
  roles text[] not null check (cardinality(roles) between 1 and 7 and roles <@ array['platform_admin', 'owner',
    'manager', 'staff', 'technician', 'auditor', 'tenant']),
  state text not null default 'active' check (state in ('active', 'ended')),
  since timestamptz not null,
  ended_at timestamptz,
  -- The platform is an organisation without a row of its own.
  customer_id uuid generated always as (nullif(organisation_id, '00000000-0000-0000-0000-000000000000'::uuid)) stored
    references organisation,
  primary key (organisation_id, person_id),
  check ((state = 'ended') = (ended_at is not null)),
  check ((organisation_id = '00000000-0000-0000-0000-000000000000') = ('platform_admin' = any (roles))),
  check (customer_id is null or not 'platform_admin' = any (roles))
);
-- "Where is this person what?", at every request.
create index membership_person on membership (person_id);

create table invitation (
  id uuid primary key,
  organisation_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  contact_kind text check (contact_kind in ('email', 'phone')),
  contact_value text check (length(contact_value) between 5 and 254),
  roles text[] not null check (cardinality(roles) between 1 and 7),
  hash bytea not null unique check (length(hash) = 32),
  invited_by uuid,
  created_at timestamptz not null,
  ends_at timestamptz not null,
  used_at timestamptz,
  used_by uuid references person,
  revoked_at timestamptz,
  customer_id uuid generated always as (nullif(organisation_id, '00000000-0000-0000-0000-000000000000'::uuid)) stored
    references organisation,
  check ((contact_kind is null) = (contact_value is null)),
  check ((used_at is null) = (used_by is null))
);
-- The page of those that are out.
create index invitation_organisation on invitation (organisation_id, created_at desc);

create table person_link (
  id uuid primary key,
  person_id uuid not null references person,
  purpose text not null check (purpose in ('contact', 'reset')),
  contact_kind text check (contact_kind in ('email', 'phone')),
  contact_value text check (length(contact_value) between 5 and 254),
  hash bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null,
  ends_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  check ((purpose = 'contact') = (contact_kind is not null)),
  check ((contact_kind is null) = (contact_value is null))
);
create index person_link_person on person_link (person_id);

-- One device. A browser holds an opaque token; a client without cookies a family of refresh tokens.
create table session (
  id uuid primary key,
  person_id uuid not null references person,
  kind text not null check (kind in ('browser', 'client')),
  device text not null check (length(device) between 1 and 120),
  -- Whether the second factor was shown.
  level smallint not null check (level in (1, 2)),
  -- SHA-256 of the tokens; a client's stand in refresh_token.
  hash bytea unique check (length(hash) = 32),
  offered bytea unique check (length(offered) = 32),
  previous bytea unique check (length(previous) = 32),
  token_at timestamptz not null,
  offered_at timestamptz,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null,
  revoked_at timestamptz,
  revoked_why text check (revoked_why in ('signed_out', 'by_person', 'by_operator', 'reuse', 'password', 'disabled')),
  check ((kind = 'browser') = (hash is not null)),
  check (kind = 'browser' or (offered is null and previous is null)),
  check ((offered is null) = (offered_at is null)),
  check ((revoked_at is null) = (revoked_why is null))
);
create index session_person on session (person_id, created_at desc);

create table refresh_token (
  hash bytea primary key check (length(hash) = 32),
  session_id uuid not null references session on delete cascade,
  person_id uuid not null references person,
  issued_at timestamptz not null,
  used_at timestamptz
);
create index refresh_token_session on refresh_token (session_id);
-- One good token a family: whoever rotates at the same time loses against this.
create unique index refresh_token_good on refresh_token (session_id) where used_at is null;

create table api_key (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  name text not null check (length(name) between 1 and 120),
  scopes text[] not null check (cardinality(scopes) between 1 and 60),
  hash bytea not null unique check (length(hash) = 32),
  -- What is shown of it, to tell keys apart.
  hint text not null check (length(hint) = 8),
  created_by uuid references person,
  created_at timestamptz not null,
  ends_at timestamptz,
  seen_at timestamptz,
  revoked_at timestamptz
);
create index api_key_organisation on api_key (organisation_id, created_at desc);

-- Tries that are left: HMAC of an account, an address, a device; the time at which all will be there again.
create table sign_in_limit (
  name text not null check (name ~ '^[a-z][A-Za-z]{1,19}$'),
  subject bytea not null check (length(subject) = 32),
  full_at timestamptz not null,
  primary key (name, subject)
);
-- What is full again says nothing and goes.
create index sign_in_limit_full on sign_in_limit (full_at);

-- Keys that sign access tokens; the private half sealed under a key derived from keys.master.
create table access_key (
  id text primary key check (id ~ '^[A-Za-z0-9_-]{43}$'),
  public_key bytea not null check (length(public_key) between 32 and 200),
  sealed bytea not null check (length(sealed) between 60 and 1024),
  sealed_by text not null check (sealed_by ~ '^[0-9a-f]{16}$'),
  created_at timestamptz not null
);

alter table person enable row level security;
alter table person_contact enable row level security;
alter table person_credential enable row level security;
alter table membership enable row level security;
alter table invitation enable row level security;
alter table person_link enable row level security;
alter table session enable row level security;
alter table refresh_token enable row level security;
alter table api_key enable row level security;
alter table sign_in_limit enable row level security;
alter table access_key enable row level security;

-- Memberships: one's own, and those of the organisation, to whoever may read who is in it.
create policy own on membership for select to meterline_app, meterline_readonly using (person_id = (select app_person()));
create policy of_organisation on membership for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()) and (select app_may('people.read')));
-- Also whoever accepts an invitation: the invitation is what allows it, so the service says so for that transaction.
create policy joins on membership for insert to meterline_app
  with check (organisation_id = (select app_org()) and (select app_may('people.manage')));
create policy changes on membership for update to meterline_app
  using (organisation_id = (select app_org()) and (select app_may('people.manage')))
  with check (organisation_id = (select app_org()));

create policy own on person for all to meterline_app using (id = (select app_person())) with check (id = (select app_person()));
create policy of_organisation on person for select to meterline_app, meterline_readonly
  using ((select app_may('people.read')) and exists (select from membership m where m.organisation_id = (select app_org()) and m.person_id = id));
create policy own on person_contact for all to meterline_app
  using (person_id = (select app_person())) with check (person_id = (select app_person()));
create policy of_organisation on person_contact for select to meterline_app, meterline_readonly
  using ((select app_may('people.read')) and exists (select from membership m where m.organisation_id = (select app_org()) and m.person_id = person_contact.person_id));
create policy own on person_credential for all to meterline_app
  using (person_id = (select app_person())) with check (person_id = (select app_person()));
create policy own on person_link for all to meterline_app
  using (person_id = (select app_person())) with check (person_id = (select app_person()));
create policy own on session for all to meterline_app
  using (person_id = (select app_person())) with check (person_id = (select app_person()));
create policy own on refresh_token for all to meterline_app
  using (person_id = (select app_person())) with check (person_id = (select app_person()));
create policy of_organisation on invitation for all to meterline_app
  using (organisation_id = (select app_org()) and (select app_may('people.invite')))
  with check (organisation_id = (select app_org()) and (select app_may('people.invite')));
create policy of_organisation on api_key for all to meterline_app
  using (organisation_id = (select app_org()) and (select app_may('keys.manage')))
  with check (organisation_id = (select app_org()) and (select app_may('keys.manage')));
-- Neither belongs to anybody: hashes under a key that is not here, and keys that are sealed.
create policy of_the_platform on sign_in_limit to meterline_app using (true) with check (true);
create policy of_the_platform on access_key to meterline_app using (true) with check (true);

grant select, insert, update (name, locale, state, disabled_at) on person to meterline_app;
grant select, insert, delete, update (verified_at) on person_contact to meterline_app;
grant select, insert, update on person_credential to meterline_app;
grant select, insert, update (roles, state, since, ended_at) on membership to meterline_app;
grant select, insert, update (hash, ends_at, used_at, used_by, revoked_at) on invitation to meterline_app;
grant select, insert, update (hash, ends_at, used_at, revoked_at) on person_link to meterline_app;
grant select, insert, delete on session to meterline_app;
grant update (level, hash, offered, previous, token_at, offered_at, seen_at, revoked_at, revoked_why) on session to meterline_app;
grant select, insert, update (used_at) on refresh_token to meterline_app;
grant select, insert, update (seen_at, revoked_at) on api_key to meterline_app;
grant select, insert, update, delete on sign_in_limit to meterline_app;
grant select, insert, delete on access_key to meterline_app;
grant select on person, person_contact, membership to meterline_readonly;

-- From here on: what may be asked by whoever is not known yet.

create function person_by_contact(kind text, value text) returns uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select c.person_id from public.person_contact c
   where c.kind = person_by_contact.kind and c.value = person_by_contact.value
$$;

-- Everything that a request needs to know of a session, in one row. By the hash of a token, or by id for those that an
-- access token names.
create function session_view(token bytea, session uuid)
  returns table (id uuid, person_id uuid, kind text, level smallint, presented text, token_at timestamptz,
                 offered_at timestamptz, seen_at timestamptz, ends_at timestamptz, revoked_at timestamptz,
                 person_state text, memberships jsonb)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with found as (
    select s.*, 'current' as presented from public.session s where s.hash = session_view.token
    union all
    select s.*, 'offered' from public.session s where s.offered = session_view.token
    union all
    select s.*, 'previous' from public.session s where s.previous = session_view.token
    union all
    select s.*, 'current' from public.session s where s.id = session_view.session and s.kind = 'client'
  )
  select f.id, f.person_id, f.kind, f.level, f.presented, f.token_at, f.offered_at, f.seen_at, f.ends_at, f.revoked_at,
         p.state,
         coalesce((select jsonb_agg(jsonb_build_object('organisation', m.organisation_id, 'roles', m.roles)
                                    order by m.organisation_id)
                     from public.membership m where m.person_id = f.person_id and m.state = 'active'), '[]')
    from found f join public.person p on p.id = f.person_id
   limit 1
$$;

create function session_by_refresh(token bytea) returns table (id uuid, person_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select r.session_id, r.person_id from public.refresh_token r where r.hash = session_by_refresh.token
$$;

create function api_key_by_hash(token bytea)
  returns table (id uuid, organisation_id uuid, scopes text[], ends_at timestamptz, seen_at timestamptz,
                 revoked_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.id, k.organisation_id, k.scopes, k.ends_at, k.seen_at, k.revoked_at
    from public.api_key k where k.hash = api_key_by_hash.token
$$;

create function invitation_by_hash(token bytea) returns table (id uuid, organisation_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select i.id, i.organisation_id from public.invitation i where i.hash = invitation_by_hash.token
$$;

create function person_link_by_hash(token bytea) returns table (id uuid, person_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select l.id, l.person_id from public.person_link l where l.hash = person_link_by_hash.token
$$;

-- Is this member of ours somebody in another organisation? Where is not said.
create function person_elsewhere(person uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (select from public.membership m where m.person_id = person_elsewhere.person and m.state = 'active'
                    and m.organisation_id is distinct from public.app_org())
$$;

-- What somebody is here now, with what the platform's people are everywhere: nothing of who is let in no more.
create function roles_here(person uuid) returns text[]
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct role), '{}')
    from public.membership m join public.person p on p.id = m.person_id, unnest(m.roles) as role
   where m.person_id = roles_here.person and m.state = 'active' and p.state = 'active'
     and m.organisation_id in (public.app_org(), '00000000-0000-0000-0000-000000000000')
$$;

-- Who has proven that a contact is theirs takes it from whoever only claimed it.
create function release_unverified_contact(kind text, value text) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
as $$
  delete from public.person_contact c
   where c.kind = release_unverified_contact.kind and c.value = release_unverified_contact.value
     and c.verified_at is null and c.person_id is distinct from public.app_person()
$$;

grant execute on function person_by_contact(text, text), session_view(bytea, uuid), session_by_refresh(bytea),
  api_key_by_hash(bytea), invitation_by_hash(bytea), person_link_by_hash(bytea), person_elsewhere(uuid),
  roles_here(uuid), release_unverified_contact(text, text) to meterline_app;
