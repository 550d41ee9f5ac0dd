-- The hub's own small certification authority, its server certificates and its signing keys. Private keys are sealed
-- under a key derived from keys.master, which no database holds.
create table hub_key (
  id uuid primary key,
  purpose text not null check (purpose in ('authority', 'server', 'signing')),
  -- X.509, DER.
  certificate bytea not null check (length(certificate) between 100 and 4096),
  -- PKCS#8, sealed.
  sealed bytea not null check (length(sealed) between 60 and 1024),
  sealed_by text not null check (sealed_by ~ '^[0-9a-f]{16}$'),
  not_before timestamptz not null,
  not_after timestamptz not null,
  created_at timestamptz not null,
  check (not_before < not_after)
);
-- Gateways pin it at enrolment: there is one, whoever comes second takes it.
create unique index hub_key_authority on hub_key (purpose) where purpose = 'authority';

alter table hub_key enable row level security;
create policy of_the_platform on hub_key to meterline_app using (true) with check (true);
grant select, insert on hub_key to meterline_app;
-- What has run out goes; an authority never.
create policy what_has_run_out on hub_key for delete to meterline_app using (purpose <> 'authority' and not_after < now());
grant delete on hub_key to meterline_app;

-- The door needs its own keys and the certificate of the authority, not the authority's key: it cannot vouch for anybody.
create function door_keys()
  returns table (id uuid, purpose text, certificate bytea, sealed bytea, sealed_by text, not_before timestamptz,
                 not_after timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select k.id, k.purpose, k.certificate, case when k.purpose <> 'authority' then k.sealed end, k.sealed_by,
         k.not_before, k.not_after
    from public.hub_key k order by k.created_at desc, k.id desc
$$;
grant execute on function door_keys() to meterline_ingest;
