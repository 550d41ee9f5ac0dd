/**
 * Members by their name or by what they sign in with; a phone number also as it is dialled at home. `$1` the
 * organisation, `$2` a pattern for each word, `$3` all of the query, `$4` how many.
 */
export const FIND_PEOPLE_SQL = `select 'person' as kind, p.id, p.name, null as "otherName", array_to_string(m.roles, ', ') as detail,
    null as building, search_rank(k.key, $3) as rank
  from membership m join person p on p.id = m.person_id
  cross join lateral (select search_key(p.name, (
    select string_agg(c.value || case c.kind when 'phone' then ' ' || regexp_replace(c.value, '^[+]6[26]', '0') else '' end, ' ')
      from person_contact c where c.person_id = p.id)) as key) k
  where m.organisation_id = $1 and m.state = 'active' and k.key like all ($2::text[])
  order by rank, sort_key(p.name), p.id limit $4`;
