/** Sets of a lease come as JSON with amounts as text. */
export const LEASES_SQL = `select l.id, l.number, l.building_id as building, l.state, l.start_day::text as start,
  l.end_day::text as end, l.deposit_minor as deposit, l.cycle_day as "cycleDay", l.billing_address as address,
  lease_note(l.id) as note,
  coalesce(r.rents, '[]') as rents, coalesce(o.rooms, '[]') as rooms, coalesce(p.people, '[]') as people,
  coalesce(s.services, '[]') as services
  from lease l
  left join (select lease_id, jsonb_agg(amount_minor::text order by from_day) as rents
               from lease_rent where organisation_id = $1 group by lease_id) r on r.lease_id = l.id
  left join (select lease_id, jsonb_agg(place_id order by from_at) as rooms
               from lease_room where organisation_id = $1 group by lease_id) o on o.lease_id = l.id
  left join (select lease_id, jsonb_agg(jsonb_build_object('party', party_id, 'role', role) order by id) as people
               from lease_person where organisation_id = $1 group by lease_id) p on p.lease_id = l.id
  left join (select lease_id, jsonb_agg(jsonb_build_object('kind', kind, 'amount', amount_minor::text)) as services
               from lease_service where organisation_id = $1 and per = 'month' and to_day is null group by lease_id
            ) s on s.lease_id = l.id
  where l.organisation_id = $1 order by l.id`;
export const STAYS_SQL = `select r.place_id as place, r.lease_id as lease,
  (extract(epoch from r.from_at) * 1000)::float8 as from, (extract(epoch from r.to_at) * 1000)::float8 as to
  from lease_room r join place p on p.organisation_id = r.organisation_id and p.id = r.place_id
  where r.organisation_id = $1 and p.building_id = $2`;
export const PARTIES_SQL = `select id, name, other_name as "otherName", phone, email, tax_id as "taxId",
  id_document_tail as "idDocument", language from party where organisation_id = $1 order by id`;

const PARTY_ROWS = `jsonb_to_recordset($2::jsonb) as x (id uuid, name text, "otherName" text, phone text, email text,
  "taxId" text, "idDocument" text, language text)`;
export const ADD_PARTIES_SQL = `insert into party (id, organisation_id, name, other_name, phone, email, tax_id,
    id_document_tail, language, created_at)
  select x.id, $1, x.name, x."otherName", x.phone, x.email, x."taxId", x."idDocument", x.language, $3 from ${PARTY_ROWS}`;
export const CHANGE_PARTIES_SQL = `update party p set other_name = x."otherName", phone = x.phone, email = x.email,
  tax_id = x."taxId", id_document_tail = x."idDocument", language = x.language
  from ${PARTY_ROWS} where p.organisation_id = $1 and p.id = x.id`;

const LEASE_ROWS = `jsonb_to_recordset($2::jsonb) as x (id uuid, number text, building uuid, state text, start date,
  "end" date, deposit bigint, "cycleDay" smallint, address text, note text)`;
export const ADD_LEASES_SQL = `insert into lease (id, organisation_id, building_id, number, state, start_day, end_day,
    cycle_day, currency, deposit_minor, billing_address, note, created_at)
  select x.id, $1, x.building, x.number, x.state, x.start, x."end", x."cycleDay", $3, x.deposit, x.address, x.note, $4
    from ${LEASE_ROWS}`;
export const CHANGE_LEASES_SQL = `update lease l set end_day = x."end", cycle_day = x."cycleDay",
  deposit_minor = x.deposit, billing_address = x.address, note = x.note, version = l.version + 1
  from ${LEASE_ROWS} where l.organisation_id = $1 and l.id = x.id`;
export const ADD_RENTS_SQL = `insert into lease_rent (lease_id, from_day, organisation_id, amount_minor)
  select x.lease, x.start, $1, x.amount from jsonb_to_recordset($2::jsonb) as x (lease uuid, start date, amount bigint)`;
export const END_STAYS_SQL = `update lease_room r set to_at = x."end"::timestamp at time zone b.zone
  from ${LEASE_ROWS} join building b on b.id = x.building
  where r.organisation_id = $1 and r.lease_id = x.id and r.to_at is null and x."end" is not null`;
export const ADD_STAYS_SQL = `insert into lease_room (id, organisation_id, building_id, lease_id, place_id, from_at, to_at)
  select x.id, $1, $3, x.lease, x.place, to_timestamp(x."from" / 1000), to_timestamp(x."to" / 1000)
    from jsonb_to_recordset($2::jsonb) as x (id uuid, lease uuid, place uuid, "from" float8, "to" float8)`;
export const ADD_PEOPLE_SQL = `insert into lease_person (id, organisation_id, lease_id, party_id, role)
  select x.id, $1, x.lease, x.party, x.role
    from jsonb_to_recordset($2::jsonb) as x (id uuid, lease uuid, party uuid, role text)`;
export const ADD_SERVICES_SQL = `insert into lease_service (id, organisation_id, lease_id, kind, label, amount_minor, per)
  select x.id, $1, x.lease, x.kind, x.label, x.amount, 'month'
    from jsonb_to_recordset($2::jsonb) as x (id uuid, lease uuid, kind text, label text, amount bigint)`;
