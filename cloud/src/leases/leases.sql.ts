const LEASE = `l.id, l.building_id as building, b.zone, l.number, l.state, l.start_day::text as "startDay",
  l.end_day::text as "endDay", l.cycle_day as "cycleDay", l.currency, l.deposit_minor as "depositMinor",
  l.deposit_handling as "depositHandling", l.billing_address as "billingAddress", l.notice_days as "noticeDays",
  lease_note(l.id) as note, l.version, l.created_at as "createdAt"
  from lease l join building b on b.id = l.building_id`;
const LEASE_COLUMNS = LEASE.slice(0, LEASE.indexOf('from lease'));
const LEASE_TABLES = LEASE.slice(LEASE.indexOf('from lease'));

export const LEASE_SQL = `select ${LEASE} where l.organisation_id = $1 and l.id = $2`;
/** Whoever moves a lease holds its row: two moves at once would each see what was before. */
export const LOCK_LEASE_SQL = `${LEASE_SQL} for no key update of l`;
export const LEASES_SQL = `select ${LEASE_COLUMNS}, r.place, r."placeName",
    array(select p.name from lease_person x join party p on p.id = x.party_id
           where x.lease_id = l.id and x.role in ('tenant', 'co-tenant') order by x.role desc, p.sort_key, p.id) as tenants
  ${LEASE_TABLES}
  left join lateral (select s.place_id as place, p.name as "placeName" from lease_room s join place p on p.id = s.place_id
                      where s.lease_id = l.id order by s.from_at desc limit 1) r on true
  where l.organisation_id = $1 and ($2::uuid is null or l.building_id = $2) and ($3::text is null or l.state = $3)
    and ($4::uuid is null or exists (select from lease_room s where s.lease_id = l.id and s.place_id = $4))
    and ($5::uuid is null or exists (select from lease_person x where x.lease_id = l.id and x.party_id = $5))
    and ($6::text is null or name_key(l.number) = name_key($6))
    and ($7::uuid is null or (l.sort_key, l.id) > (select c.sort_key, c.id from lease c where c.organisation_id = $1 and c.id = $7))
  order by l.sort_key, l.id limit $8`;

export const STAYS_SQL = `select s.place_id as place, p.name, (extract(epoch from s.from_at) * 1000)::float8 as "from",
    (extract(epoch from s.to_at) * 1000)::float8 as "to"
  from lease_room s join place p on p.id = s.place_id where s.lease_id = $1 order by s.from_at`;
/** A tenant sees the own party, and so the own row. */
export const PEOPLE_SQL = `select x.id, x.party_id as party, p.name, x.role, x.from_day::text as "fromDay", x.to_day::text as "toDay"
  from lease_person x join party p on p.id = x.party_id where x.lease_id = $1 order by x.role desc, p.sort_key, x.id`;
export const SERVICES_SQL = `select id, kind, label, amount_minor as minor, per, from_day::text as "fromDay", to_day::text as "toDay"
  from lease_service where lease_id = $1 order by kind, label, id`;
export const RENTS_SQL = `select from_day::text as "fromDay", amount_minor as minor from lease_rent where lease_id = $1 order by from_day`;

export const ADD_LEASE_SQL = `insert into lease (id, organisation_id, building_id, number, state, start_day, end_day, cycle_day,
    currency, deposit_minor, deposit_handling, billing_address, notice_days, note, created_at)
  select $2, $1, b.id, $4, 'draft', $5, $6, $7, coalesce($8, b.currency), $9, $10, $11, $12, $13, $14
    from building b where b.organisation_id = $1 and b.id = $3`;
export const SAVE_LEASE_SQL = `update lease set number = $3, state = $4, start_day = $5, end_day = $6, cycle_day = $7,
    deposit_minor = $8, deposit_handling = $9, billing_address = $10, notice_days = $11, note = $12, version = version + 1
  where organisation_id = $1 and id = $2`;
export const CURRENCY_SQL = 'select currency from building where organisation_id = $1 and id = $2';

export const DROP_STAYS_SQL = 'delete from lease_room where organisation_id = $1 and lease_id = $2';
export const ADD_STAYS_SQL = `insert into lease_room (id, organisation_id, building_id, lease_id, place_id, from_at, to_at)
  select x.id, $1, l.building_id, l.id, x.place, x.from_at, x.to_at
    from unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[]) x (id, place, from_at, to_at)
    join lease l on l.organisation_id = $1 and l.id = $2`;
/** Who has the room at that time: asked before it is taken, so that whoever asks is told. */
export const TAKEN_SQL = `select l.number, p.name, s.from_at as "from", s.to_at as "to"
  from unnest($3::uuid[], $4::timestamptz[], $5::timestamptz[]) x (place, from_at, to_at)
  join lease_room s on s.place_id = x.place and s.lease_id <> $2 and tstzrange(s.from_at, s.to_at) && tstzrange(x.from_at, x.to_at)
  join lease l on l.id = s.lease_id
  join place p on p.id = s.place_id
  where s.organisation_id = $1 order by s.from_at limit 1`;
export const ROOM_SQL = `select id from place where organisation_id = $1 and building_id = $2 and id = $3 and kind = 'room'`;

export const DROP_PEOPLE_SQL = 'delete from lease_person where organisation_id = $1 and lease_id = $2';
export const ADD_PEOPLE_SQL = `insert into lease_person (id, organisation_id, lease_id, party_id, role, from_day, to_day)
  select x.id, $1, $2, x.party, x.role, x.from_day, x.to_day
    from unnest($3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::date[]) x (id, party, role, from_day, to_day)`;
export const DROP_SERVICES_SQL = 'delete from lease_service where organisation_id = $1 and lease_id = $2';
export const ADD_SERVICES_SQL = `insert into lease_service (id, organisation_id, lease_id, kind, label, amount_minor, per, from_day, to_day)
  select x.id, $1, $2, x.kind, x.label, x.minor, x.per, x.from_day, x.to_day
    from unnest($3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::date[], $9::date[])
      x (id, kind, label, minor, per, from_day, to_day)`;
export const DROP_RENTS_SQL = 'delete from lease_rent where organisation_id = $1 and lease_id = $2';
export const ADD_RENTS_SQL = `insert into lease_rent (organisation_id, lease_id, from_day, amount_minor)
  select $1, $2, x.from_day, x.minor from unnest($3::date[], $4::bigint[]) x (from_day, minor)`;

const PARTY = `id, kind, name, other_name as "otherName", phone, email, tax_id as "taxId", id_document_tail as "idDocumentTail",
  language, person_id as person, invitation_id as invitation, created_at as "createdAt" from party`;
export const PARTY_SQL = `select ${PARTY} where organisation_id = $1 and id = $2`;
export const PARTIES_SQL = `select ${PARTY} where organisation_id = $1
    and ($2::text is null or search_key like '%' || fold_text($2) || '%')
    and ($3::uuid is null or (sort_key, id) > (select c.sort_key, c.id from party c where c.organisation_id = $1 and c.id = $3))
  order by sort_key, id limit $4`;
export const ADD_PARTY_SQL = `insert into party (organisation_id, id, kind, name, other_name, phone, email, tax_id,
    id_document_tail, language, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
export const SAVE_PARTY_SQL = `update party set kind = $3, name = $4, other_name = $5, phone = $6, email = $7, tax_id = $8,
    id_document_tail = $9, language = $10
  where organisation_id = $1 and id = $2`;
export const INVITED_SQL =
  'update party set invitation_id = $3 where organisation_id = $1 and id = $2 and person_id is null';
/** Whoever accepted the invitation is the party from then on. */
export const JOINED_SQL = `update party set person_id = $3 where organisation_id = $1 and invitation_id = $2
  and person_id is null returning id`;

export const ROOM_POINTS_SQL = `select i.point_id as point, m.label as meter, p.gateway_id is not null as gateway
  from installation i join point p on p.id = i.point_id join meter m on m.id = i.meter_id
  where i.organisation_id = $1 and i.place_id = $2 and i.from_at <= $3 and (i.to_at is null or i.to_at >= $3)
    and p.class = 'billing'
  order by m.label, i.point_id`;

export const ADD_HANDOVER_SQL = `insert into handover (organisation_id, id, lease_id, kind, at, from_place_id, to_place_id,
    protocol, before, author, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
export const ADD_READINGS_SQL = `insert into handover_reading (id, organisation_id, handover_id, point_id, side, at, count,
    photo_id, note, state)
  select x.id, $1, $2, x.point, x.side, x.at, x.count, x.photo, x.note, x.state
    from unnest($3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bigint[], $8::uuid[], $9::text[], $10::text[])
      x (id, point, side, at, count, photo, note, state)`;
const HANDOVER = `h.id, h.lease_id as lease, h.kind, h.at, h.from_place_id as "fromPlace", h.to_place_id as "toPlace",
  h.protocol, h.author, h.created_at as "createdAt", h.undone_at as "undoneAt", h.undone_reason as "undoneReason"
  from handover h`;
export const HANDOVERS_SQL = `select ${HANDOVER} where h.organisation_id = $1 and h.lease_id = $2 order by h.created_at, h.id`;
export const HANDOVER_SQL = `select ${HANDOVER} where h.organisation_id = $1 and h.id = $2`;
export const MISSING_PHOTOS_SQL = `select x.id as photo from unnest($2::uuid[]) x (id)
  where not exists (select from reading_photo p where p.organisation_id = $1 and p.id = x.id) limit 1`;
export const BEFORE_SQL = 'select before from handover where organisation_id = $1 and id = $2';
export const HANDOVER_READINGS_SQL = `select id, handover_id as handover, point_id as point, side, at, count, photo_id as photo,
    note, state, refusal
  from handover_reading where organisation_id = $1 and handover_id = any($2::uuid[]) order by side desc, point_id`;
export const UNDO_HANDOVER_SQL = `update handover set undone_at = $3, undone_by = $4, undone_reason = $5
  where organisation_id = $1 and id = $2 and undone_at is null`;
export const SETTLE_READING_SQL = `update handover_reading set state = $3, refusal = $4
  where organisation_id = $1 and id = $2 and state = 'pending'`;

export const BUILDING_SQL = 'select zone from building where organisation_id = $1 and id = $2';
export const ROOMS_SQL = `select id as place, name from place
  where organisation_id = $1 and building_id = $2 and kind = 'room' order by sort_key, id`;
export const LET_SQL = `select s.place_id as place, s.lease_id as lease, l.number, l.state,
    (extract(epoch from s.from_at) * 1000)::float8 as "from", (extract(epoch from s.to_at) * 1000)::float8 as "to"
  from lease_room s join lease l on l.id = s.lease_id
  where s.organisation_id = $1 and s.building_id = $2 and (s.to_at is null or s.to_at > $3) order by s.from_at`;
export const OUTAGES_SQL = `select o.place_id as place, o.from_day::text as "fromDay", o.to_day::text as "toDay"
  from place_outage o join place p on p.id = o.place_id where o.organisation_id = $1 and p.building_id = $2`;

/** Whom somebody with an account is here. The rest goes by parties, so that it is the same for those without. */
export const PARTIES_OF_PERSON_SQL =
  'select id from party where organisation_id = $1 and person_id = $2 order by id';
export const OWN_PARTIES_SQL = `select ${PARTY} where organisation_id = $1 and id = any($2::uuid[]) order by created_at, id`;
/** With what was agreed and handed over while they were part of it. The note is told: it may be about them. */
export const OWN_LEASES_SQL = `select l.number, l.state, l.start_day::text as "startDay", l.end_day::text as "endDay", x.role,
    x.from_day::text as "fromDay", x.to_day::text as "toDay", l.billing_address as "billingAddress", l.currency,
    l.deposit_minor::text as "depositMinor", l.deposit_handling as "depositHandling", l.notice_days as "noticeDays",
    case when x.role in ('tenant', 'co-tenant', 'payer') then lease_note(l.id) end as note,
    (select coalesce(jsonb_agg(jsonb_build_object('room', p.name, 'from', s.from_at, 'to', s.to_at) order by s.from_at), '[]')
       from lease_room s join place p on p.id = s.place_id where s.lease_id = l.id) as rooms,
    (select coalesce(jsonb_agg(jsonb_build_object('fromDay', r.from_day, 'amountMinor', r.amount_minor::text) order by r.from_day), '[]')
       from lease_rent r where r.lease_id = l.id and (x.to_day is null or r.from_day < x.to_day)) as rents,
    (select coalesce(jsonb_agg(jsonb_build_object('kind', v.kind, 'label', v.label, 'amountMinor', v.amount_minor::text,
         'per', v.per, 'fromDay', v.from_day, 'toDay', v.to_day) order by v.id), '[]')
       from lease_service v where v.lease_id = l.id
        and (v.from_day is null or x.to_day is null or v.from_day < x.to_day)
        and (v.to_day is null or x.from_day is null or v.to_day > x.from_day)) as services,
    (select coalesce(jsonb_agg(jsonb_build_object('kind', h.kind, 'at', h.at, 'protocol', h.protocol, 'undoneAt', h.undone_at,
         'readings', (select coalesce(jsonb_agg(jsonb_build_object('point', g.point_id, 'side', g.side, 'at', g.at,
             'count', g.count::text, 'photo', g.photo_id, 'note', g.note) order by g.side desc, g.point_id), '[]')
           from handover_reading g where g.handover_id = h.id)) order by h.created_at, h.id), '[]')
       from handover h where h.lease_id = l.id
        and (x.from_day is null or h.at >= x.from_day::timestamp at time zone b.zone)
        and (x.to_day is null or h.at <= x.to_day::timestamp at time zone b.zone)) as handovers
  from lease_person x join lease l on l.id = x.lease_id join building b on b.id = l.building_id
  where x.organisation_id = $1 and x.party_id = any($2::uuid[]) order by l.sort_key, x.id`;
/** While somebody lives there, or is to, it must be known who. */
export const OPEN_LEASES_SQL = `select distinct l.number, l.end_day::text as "endDay"
  from lease_person x join lease l on l.id = x.lease_id and l.state in ('draft', 'active')
  where x.organisation_id = $1 and x.party_id = any($2::uuid[]) order by l.number`;
const THEIR_LEASES = `(select x.lease_id from lease_person x where x.organisation_id = $1 and x.party_id = any($2::uuid[]))`;
export const FORGET_ADDRESSES_SQL = `update lease set billing_address = null, version = version + 1
  where organisation_id = $1 and billing_address is not null and id in (select x.lease_id from lease_person x
    where x.organisation_id = $1 and x.party_id = any($2::uuid[]) and x.role in ('tenant', 'payer'))`;
/** What was written about them in words; counts, rooms and amounts stay. */
export const FORGET_NOTES_SQL = `update lease set note = null, version = version + 1
  where organisation_id = $1 and lease_note(id) is not null and id in ${THEIR_LEASES}`;
export const FORGET_PROTOCOLS_SQL = `update handover set protocol = protocol - 'notes'
  where organisation_id = $1 and protocol ? 'notes' and lease_id in ${THEIR_LEASES}`;
export const FORGET_READING_NOTES_SQL = `update handover_reading set note = null
  where organisation_id = $1 and note is not null
    and handover_id in (select h.id from handover h where h.lease_id in ${THEIR_LEASES})`;
/** A link that is out for them opens nothing any more. */
export const FORGET_INVITATIONS_SQL = `update invitation set name = '–', sent_at = null, contact_kind = null, contact_value = null,
    revoked_at = case when used_at is null then coalesce(revoked_at, $3) else revoked_at end
  where organisation_id = $1 and id in (select p.invitation_id from party p where p.organisation_id = $1 and p.id = any($2::uuid[]))`;
export const FORGET_PARTIES_SQL = `update party set name = '–', other_name = null, phone = null, email = null, tax_id = null,
    id_document_tail = null
  where organisation_id = $1 and id = any($2::uuid[])`;
