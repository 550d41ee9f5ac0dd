-- What is owed to the people themselves: notices that they agree to, forgetting, and an end to what is kept of them.

-- A notice as it was published: never changed, so that what somebody agreed to can be shown for ever.
create table consent_document (
  id uuid primary key,
  organisation_id uuid not null,
  kind text not null check (kind in ('privacy', 'terms')),
  version integer not null check (version between 1 and 100000),
  -- {"th": {"title": …, "text": …}, …}: one language at least.
  texts jsonb not null check (jsonb_typeof(texts) = 'object' and texts <> '{}' and pg_column_size(texts) <= 600000),
  -- SHA-256 of the texts, in the order of their languages.
  digest bytea not null check (length(digest) = 32),
  -- Who joins must agree.
  required boolean not null,
  published_at timestamptz not null,
  published_by uuid references person,
  -- The last one is in force.
  unique (organisation_id, kind, version)
);
create trigger append_only before update or delete on consent_document for each row execute function refuse_change();
create trigger never_truncated before truncate on consent_document for each statement execute function refuse_change();

create table consent (
  id uuid primary key,
  organisation_id uuid not null,
  person_id uuid not null references person,
  document_id uuid not null references consent_document,
  -- In which language it was read.
  locale text not null check (locale in ('th', 'en', 'id')),
  given_at timestamptz not null,
  withdrawn_at timestamptz,
  check (withdrawn_at >= given_at)
);
-- Given once, until it is withdrawn; "what did this person agree to?"
create unique index consent_given on consent (person_id, document_id) where withdrawn_at is null;
create index consent_person on consent (person_id, given_at desc);
-- "Who agreed to this?"
create index consent_document_given on consent (document_id, given_at);

alter table consent_document enable row level security;
alter table consent enable row level security;
create policy own_organisation on consent_document for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()));
create policy publishes on consent_document for insert to meterline_app
  with check (organisation_id = (select app_org()) and (select app_may('organisation.manage')));
create policy own on consent to meterline_app
  using (person_id = (select app_person())) with check (person_id = (select app_person()));
create policy of_organisation on consent for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()) and (select app_may('people.read')));
grant select, insert on consent_document to meterline_app;
grant select, insert, update (withdrawn_at) on consent to meterline_app;
grant select on consent_document, consent to meterline_readonly;

-- Notices are for everybody to read, also for whoever holds an invitation and nothing else yet. Whose are asked for is
-- said; what is in force is the last of its kind.
create function consent_documents_in_force(organisations uuid[])
  returns table (id uuid, organisation_id uuid, kind text, version integer, texts jsonb, digest bytea, required boolean,
                 published_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select distinct on (d.organisation_id, d.kind)
         d.id, d.organisation_id, d.kind, d.version, d.texts, d.digest, d.required, d.published_at
    from public.consent_document d
   where d.organisation_id = any (consent_documents_in_force.organisations)
   order by d.organisation_id, d.kind, d.version desc
$$;

create function consent_document_by_id(id uuid)
  returns table (id uuid, organisation_id uuid, kind text, version integer, texts jsonb, digest bytea, required boolean,
                 published_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select d.id, d.organisation_id, d.kind, d.version, d.texts, d.digest, d.required, d.published_at
    from public.consent_document d where d.id = consent_document_by_id.id
$$;

-- Whoever is forgotten stays as an id, to which entries and documents point, and is nobody.
alter table person drop constraint person_state_check;
alter table person add constraint person_state_check check (state in ('active', 'disabled', 'forgotten'));
alter table person add column forget_asked_at timestamptz, add column forgotten_at timestamptz;
alter table person add constraint person_forgotten
  check ((state = 'forgotten') = (forgotten_at is not null) and (forgotten_at is null or forget_asked_at is not null));
-- What was begun and has not come to its end: a handful, looked for once a night.
create index person_to_forget on person (forget_asked_at) where forget_asked_at is not null and forgotten_at is null;

-- Nobody comes back from it.
create function person_stays_forgotten() returns trigger
  language plpgsql set search_path = pg_catalog
as $$
begin
  if old.state = 'forgotten' then
    raise exception 'person % is forgotten for good', old.id using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger forgotten_for_good before update on person for each row execute function person_stays_forgotten();

grant update (forget_asked_at, forgotten_at) on person to meterline_app;
grant delete on person_credential, person_link to meterline_app;
grant update (name, contact_kind, contact_value) on invitation to meterline_app;

-- Who is forgotten by one organisation, and somebody in another, is nobody to the first.
alter table membership add column forgotten_at timestamptz;
alter table membership add constraint membership_forgotten check (forgotten_at is null or state = 'ended');
grant update (forgotten_at) on membership to meterline_app;
drop policy of_organisation on person;
create policy of_organisation on person for select to meterline_app, meterline_readonly
  using ((select app_may('people.read')) and exists (select from membership m where m.organisation_id = (select app_org())
                                                        and m.person_id = id and m.forgotten_at is null));
drop policy of_organisation on person_contact;
create policy of_organisation on person_contact for select to meterline_app, meterline_readonly
  using ((select app_may('people.read')) and exists (select from membership m where m.organisation_id = (select app_org())
                                                        and m.person_id = person_contact.person_id and m.forgotten_at is null));
-- What an invitation said of somebody goes with its row; the party that it was for stays.
alter table party drop constraint party_invitation_id_fkey;
alter table party add constraint party_invitation_id_fkey foreign key (invitation_id) references invitation on delete set null;

-- An invitation whose link went to its contact proves the contact when it comes back.
alter table invitation add column sent_at timestamptz;
alter table invitation add constraint invitation_sent check (sent_at is null or contact_kind is not null);
grant update (sent_at) on invitation to meterline_app;

-- Rows of identity that have served their time. Only the worker asks; less than a week is never kept, whatever is asked.
create function expire_sign_ins(before timestamptz, most integer)
  returns table (sessions bigint, refresh_tokens bigint, invitations bigint, links bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  latest constant timestamptz := least(expire_sign_ins.before, now() - interval '7 days');
begin
  with gone as (
    select s.id from public.session s where s.ends_at < latest or s.revoked_at < latest limit most
  ) delete from public.session s using gone where s.id = gone.id;
  get diagnostics sessions = row_count;
  -- Of families that live: a token that was used longer ago than a family may rest cannot come back to any.
  with gone as (
    select r.hash from public.refresh_token r where r.used_at < least(latest, now() - interval '31 days') limit most
  ) delete from public.refresh_token r using gone where r.hash = gone.hash;
  get diagnostics refresh_tokens = row_count;
  with gone as (
    select i.id from public.invitation i
     where i.used_at < latest or i.revoked_at < latest or i.ends_at < latest limit most
  ) delete from public.invitation i using gone where i.id = gone.id;
  get diagnostics invitations = row_count;
  with gone as (
    select l.id from public.person_link l
     where l.used_at < latest or l.revoked_at < latest or l.ends_at < latest limit most
  ) delete from public.person_link l using gone where l.id = gone.id;
  get diagnostics links = row_count;
  return next;
end
$$;
-- What the sweep looks for, so that it never reads what is in use.
create index session_ends on session (ends_at);
create index session_revoked on session (revoked_at) where revoked_at is not null;
create index refresh_token_used on refresh_token (used_at) where used_at is not null;
create index invitation_ends on invitation (ends_at);
create index person_link_ends on person_link (ends_at);

-- Whom to forget: who asked and was not done with, and who has been nowhere since `before`. Ids, and nothing else.
create function persons_to_forget(before timestamptz, most integer) returns table (person uuid, asked boolean)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  (select p.id, true from public.person p where p.forget_asked_at is not null and p.forgotten_at is null limit most)
  union all
  (select p.id, false from public.person p
    where p.forgotten_at is null and p.forget_asked_at is null and p.created_at < persons_to_forget.before
      and exists (select from public.membership m where m.person_id = p.id)
      and not exists (select from public.membership m where m.person_id = p.id
                         and (m.state = 'active' or m.ended_at >= persons_to_forget.before))
    order by p.created_at limit most)
$$;

grant execute on function consent_documents_in_force(uuid[]), consent_document_by_id(uuid) to meterline_app;
grant execute on function expire_sign_ins(timestamptz, integer), persons_to_forget(timestamptz, integer)
  to meterline_worker;

-- Who reads the audit needs the permission; whoever does something writes it.
drop policy own_organisation on audit_entry;
create policy writes on audit_entry for insert to meterline_app with check (organisation_id = (select app_org()));
create policy own_organisation on audit_entry for select to meterline_app, meterline_readonly
  using (organisation_id = (select app_org()) and (select app_may('audit.read')));
-- "What did this person do?" and "everything that was refused", newest first.
create index audit_entry_actor on audit_entry (organisation_id, actor_id, at desc, id desc);
create index audit_entry_action on audit_entry (organisation_id, action, at desc, id desc);
