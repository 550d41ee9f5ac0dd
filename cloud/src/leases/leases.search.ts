import { type SearchSource, sqlSource } from '../sites/index.ts';

/** By name in either script, and by the phone number, with its digits parted as they were written or not at all. */
const FIND_PARTIES_SQL = `select 'party' as kind, a.id, a.name, a.other_name as "otherName", a.phone as detail, null as building,
    search_rank(k.key, $3) as rank
  from party a
  cross join lateral (
    select a.search_key || coalesce(search_key(a.phone, regexp_replace(a.phone, '[^0-9]', '', 'g')), '') as key) k
  where a.organisation_id = $1 and k.key like all ($2::text[])
  order by rank, a.sort_key, a.id limit $4`;

/** By number; by who is part of it as well, though they answer better themselves. */
const FIND_LEASES_SQL = `select 'lease' as kind, l.id, l.number as name, null as "otherName", n.names as detail,
    l.building_id as building,
    case when l.search_key like all ($2::text[]) then search_rank(l.search_key, $3) else 5 end as rank
  from lease l
  cross join lateral (select string_agg(a.name, ', ' order by p.role <> 'tenant', a.sort_key) as names, string_agg(a.search_key, '') as keys
    from lease_person p join party a on a.id = p.party_id where p.lease_id = l.id) n
  cross join lateral (select l.search_key || coalesce(n.keys, '') as key) k
  where l.organisation_id = $1 and k.key like all ($2::text[])
  order by rank, l.start_day desc, l.id limit $4`;

export const leaseSources: readonly SearchSource[] = [
  sqlSource('leases.read', true, FIND_PARTIES_SQL),
  sqlSource('leases.read', true, FIND_LEASES_SQL),
];
