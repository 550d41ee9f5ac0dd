/**
 * `$1` the organisation, `$2` a pattern for each word, `$3` all of the query, `$4` how many. An index could not serve
 * them: under row-level security `like` is asked only after the policy. The rows of one organisation are few enough.
 */
export const FIND_BUILDINGS_SQL = `select 'building' as kind, b.id, b.name, b.other_name as "otherName", b.address as detail,
    b.id as building, search_rank(b.search_key, $3) as rank
  from building b where b.organisation_id = $1 and b.search_key like all ($2::text[])
  order by rank, b.sort_key, b.id limit $4`;

/** "ห้อง 201" and "kamar 201" find a room that is called 201: the words for its kind are its own, without a rank. */
const KIND_WORDS = `case p.kind when 'room' then fold_text('ห้อง room kamar unit')
  when 'floor' then fold_text('ชั้น floor lantai') else fold_text('ส่วนกลาง common area bersama') end`;
export const FIND_PLACES_SQL = `select p.kind, p.id, p.name, p.other_name as "otherName", f.name as detail,
    p.building_id as building, search_rank(p.search_key, $3) as rank
  from place p left join place f on f.organisation_id = p.organisation_id and f.id = p.parent_id
  where p.organisation_id = $1 and p.search_key || ${KIND_WORDS} like all ($2::text[])
  order by rank, p.sort_key, p.id limit $4`;

/** By its label or its serial number; a rank of the serial is as good as one of the label. */
export const FIND_METERS_SQL = `select 'meter' as kind, m.id, m.label as name, null as "otherName", m.serial as detail,
    m.building_id as building, search_rank(m.search_key, $3) as rank
  from meter m where m.organisation_id = $1 and m.search_key like all ($2::text[])
  order by rank, m.sort_key, m.id limit $4`;

/** An organisation has few of them: their keys are made when they are asked for. An id is found by how it begins. */
export const FIND_GATEWAYS_SQL = `select 'gateway' as kind, g.id, g.name, null as "otherName", g.state as detail,
    g.building_id as building, search_rank(k.key, $3) as rank
  from gateway g cross join lateral (select search_key(g.name, g.id::text) as key) k
  where g.organisation_id = $1 and k.key like all ($2::text[])
  order by rank, sort_key(g.name), g.id limit $4`;
