import { type SearchSource, sqlSource } from '../sites/index.ts';

/**
 * By name in either script, or by the digits of the telephone, however they are parted, from abroad or as dialled here. The phone patterns are made
 * once: folding each number would take longer than all the rest.
 */
const FIND_PARTIES_SQL = `with asked as (
    select array(select replace(w, ' ', '') from unnest($2::text[]) w) as patterns)
  select 'party' as kind, a.id, a.name, a.other_name as "otherName", a.phone as detail, null as building,
    case when a.search_key like all ($2::text[]) then search_rank(a.search_key, $3) else 3 end as rank
  from party a
  where a.organisation_id = $1 and (a.search_key like all ($2::text[])
    or regexp_replace(a.phone, '[^0-9]', '', 'g') like all ((select patterns from asked)::text[])
    or regexp_replace(regexp_replace(a.phone, '^[+](66|62)[^0-9]*0?', '0'), '[^0-9]', '', 'g')
       like all ((select patterns from asked)::text[]))
  order by rank, a.sort_key, a.id limit $4`;

/** By number; by who is part of it as well, though they answer better themselves. */
const FIND_LEASES_SQL = `with found as (
    select l.id, l.number, l.building_id, l.start_day,
      case when l.search_key like all ($2::text[]) then search_rank(l.search_key, $3) else 5 end as rank
    from lease l
    where l.organisation_id = $1 and (l.search_key like all ($2::text[]) or l.id in (
      select p.lease_id from lease_person p join party a on a.id = p.party_id
       where p.organisation_id = $1 and a.organisation_id = $1 and a.search_key like all ($2::text[])))
    order by rank, l.start_day desc, l.id limit $4)
  select 'lease' as kind, f.id, f.number as name, null as "otherName", f.building_id as building, f.rank, (
      select string_agg(a.name, ', ' order by p.role <> 'tenant', a.sort_key)
        from lease_person p join party a on a.id = p.party_id where p.lease_id = f.id) as detail
  from found f order by f.rank, f.start_day desc, f.id`;

export const leaseSources: readonly SearchSource[] = [
  sqlSource('leases.read', true, FIND_PARTIES_SQL),
  sqlSource('leases.read', true, FIND_LEASES_SQL),
];
