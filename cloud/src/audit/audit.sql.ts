const TIME = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** An entry in the names of the code, its time as the digest covers it. */
const ENTRY = `
  e.id, e.organisation_id as organisation, ${TIME('e.at')} as at, e.actor_kind as "actorKind", e.actor_id as "actorId",
  e.address, e.action, e.subject_type as "subjectType", e.subject_id as "subjectId", e.fields, e.personal, e.reason,
  e.request_id as "requestId"`;

export const APPEND_SQL = `
  insert into audit_entry (id, organisation_id, at, actor_kind, actor_id, address, action, subject_type, subject_id,
                           fields, personal, reason, request_id)
  select r.id, $1, $2, $3, $4, $5, r.action, r.subject_type, r.subject_id,
         array(select jsonb_array_elements_text(r.fields)), r.personal, r.reason, $6
    from unnest($7::uuid[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::text[], $13::text[])
         with ordinality as r (id, action, subject_type, subject_id, fields, personal, reason, n)
   order by r.n`;

/** What a reader asks for: only these conditions are in the statement, so that each has the index that fits. */
const CONDITIONS = {
  after: (n: number) => `(e.at, e.id) < ($${n}::timestamptz, $${n + 1}::uuid)`,
  from: (n: number) => `e.at >= $${n}::timestamptz`,
  to: (n: number) => `e.at < $${n}::timestamptz`,
  actorKind: (n: number) => `e.actor_kind = $${n}`,
  actorId: (n: number) => `e.actor_id = $${n}`,
  action: (n: number) => `e.action = $${n}`,
  actionsOf: (n: number) => `starts_with(e.action, $${n})`,
  subject: (n: number) => `e.subject_type = $${n} and e.subject_id = $${n + 1}`,
  requestId: (n: number) => `e.request_id = $${n}`,
  refused: (n: number) => `(e.action ~ '[._](refused|limited)$') = $${n}::boolean`,
  /** A person's address is under their key: whoever asks looks into what is left. */
  address: (n: number) => `(e.address = $${n} or e.address is null and e.personal like '%"actor.address"%')`,
  about: (n: number) =>
    `(e.actor_id = $${n} or e.subject_type = 'person' and e.subject_id = $${n} or strpos(e.personal, $${n}) > 0)`,
} as const;
export type Condition = keyof typeof CONDITIONS;

/** One page, newest first; `$1` is how many. */
export function listStatement(
  asked: readonly (readonly [Condition, ...(readonly unknown[])])[],
  limit: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [limit];
  const conditions = asked.map(([name, ...given]) => {
    const condition = CONDITIONS[name](values.length + 1);
    values.push(...given);
    return `and ${condition}`;
  });
  const text = `
  select ${ENTRY} from audit_entry e
   where e.organisation_id = (select app_org()) ${conditions.join(' ')}
   order by e.at desc, e.id desc limit $1`;
  return { text, values };
}

export const PERSON_KEYS_SQL = `
  select person_id as person, wrapped, wrapped_by as "wrappedBy" from person_key
   where organisation_id = $1 and person_id = any($2)`;

export const NEW_PERSON_KEYS_SQL = `
  insert into person_key (organisation_id, person_id, wrapped, wrapped_by, created_at)
  select $1, person, wrapped, $4, $5 from unnest($2::uuid[], $3::bytea[]) as k (person, wrapped)
  on conflict (organisation_id, person_id) do nothing`;

/** A person without key gets a tombstone as well: nothing is to be written about them later. */
export const FORGET_SQL = `
  insert into person_key as k (organisation_id, person_id, wrapped, wrapped_by, created_at, forgotten_at, forgotten_by)
  values ($1, $2, null, $3, $4, $4, $5)
  on conflict (organisation_id, person_id) do update
     set wrapped = null, forgotten_at = excluded.forgotten_at, forgotten_by = excluded.forgotten_by
   where k.wrapped is not null`;

/** One sealer at a time in the database; the lock goes with the transaction, so a killed one blocks nobody. */
export const SEALER_LOCK_SQL = 'select from audit_sealer for update skip locked';

/** Who has entries in the queue, each once: one look into its index for each, however long the queue is. */
export const WAITING_SQL = `
  with recursive waiting (id) as (
    (select organisation_id from audit_pending order by organisation_id limit 1)
    union all
    select (select organisation_id from audit_pending where organisation_id > w.id order by organisation_id limit 1)
      from waiting w where w.id is not null)
  select id from waiting where id is not null limit 100000`;

/**
 * The oldest \`$2\` of each organisation of \`$1\`: a flood of one takes no place from another. A place in the queue whose
 * entry was removed by hand stays there as evidence, and takes no place either. Statistics of a queue are always wrong,
 * and a wrong guess would read the whole log for each batch: \`offset 0\` forces a look-up by key for each row.
 */
export const PENDING_SQL = `
  select p.*
    from unnest($1::uuid[]) as o (id)
   cross join lateral (
     select ${ENTRY}, q.position, s.entry_id is not null as sealed
       from (select entry_id, position from audit_pending where organisation_id = o.id order by position offset 0) q
      cross join lateral (select * from audit_entry where id = q.entry_id and organisation_id = o.id offset 0) e
       left join lateral (select entry_id from audit_seal where entry_id = q.entry_id offset 0) s on true
      limit $2) p`;

/** \`$1\`: the round that must be there; the last one beside it. */
export const ROUNDS_SQL = `
  select number, encode(digest, 'hex') as digest from audit_round
   where number = $1 or number = (select max(number) from audit_round) order by number`;

const SIGNED = `
  number, encode(digest, 'hex') as "signedDigest", ${TIME('signed_at')} as "signedAt", key_id as "keyId", signature`;

/** The last checkpoint of each organisation of \`$1\`. */
export const HEADS_SQL = `
  select o.id as organisation, c.*
    from unnest($1::uuid[]) as o (id)
   cross join lateral (select ${SIGNED} from audit_checkpoint where organisation_id = o.id
                        order by number desc limit 1) c`;

/** All of them, last first: for the chain whose last one is a forger's. */
export const HEADS_BEHIND_SQL = `
  select ${SIGNED} from audit_checkpoint where organisation_id = $1 and number < $2 order by number desc limit 100`;

export const SEAL_SQL = `
  insert into audit_seal (organisation_id, number, entry_id, entry_digest, digest, sealed_at)
  select organisation, number, entry, decode(entry_digest, 'hex'), decode(digest, 'hex'), $6
    from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[])
         as s (organisation, number, entry, entry_digest, digest)`;

/** Places of new checkpoints that a forger has taken. */
export const CHECKPOINTS_AT_SQL = `
  select from audit_checkpoint c
    join unnest($1::uuid[], $2::bigint[]) as h (organisation, number)
      on c.organisation_id = h.organisation and c.number = h.number limit 1`;

export const ROUND_SQL = `
  insert into audit_round (number, digest, signed_at, key_id, signature)
  values ($1, decode($2, 'hex'), $3, $4, $5)`;

export const CHECKPOINT_SQL = `
  insert into audit_checkpoint (organisation_id, number, digest, signed_at, key_id, signature, round)
  select organisation, number, decode(digest, 'hex'), $5, $6, signature, $7
    from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[]) as c (organisation, number, digest, signature)`;

export const SEALED_SQL = 'delete from audit_pending where entry_id = any($1)';

export const AUDIT_BACKLOG_SQL = `
  select count(*)::int as waiting,
         coalesce(extract(epoch from clock_timestamp() - min(e.at)), 0)::float8 as "oldestSeconds"
    from audit_pending p join audit_entry e on e.id = p.entry_id`;

/** The chains, one after the other; `$1`, `$2`: the last one seen. */
export const WALK_SQL = `
  select s.organisation_id as "sealOrganisation", s.number, s.entry_id as "entryId",
         encode(s.entry_digest, 'hex') as "entryDigest", encode(s.digest, 'hex') as digest,
         ${TIME('s.sealed_at')} as "sealedAt",
         encode(c.digest, 'hex') as "signedDigest", ${TIME('c.signed_at')} as "signedAt", c.key_id as "keyId", c.signature,
         ${ENTRY}
    from (select * from audit_seal where (organisation_id, number) > ($1::uuid, $2::bigint)
           order by organisation_id, number limit $3) s
    left join audit_checkpoint c on c.organisation_id = s.organisation_id and c.number = s.number
    left join audit_entry e on e.id = s.entry_id
   order by s.organisation_id, s.number`;

export const LOOSE_CHECKPOINTS_SQL = `
  select c.organisation_id as organisation, c.number, encode(c.digest, 'hex') as "signedDigest",
         ${TIME('c.signed_at')} as "signedAt", c.key_id as "keyId", c.signature
    from audit_checkpoint c
    left join audit_seal s on s.organisation_id = c.organisation_id and s.number = c.number
   where s.number is null order by c.organisation_id, c.number limit $1`;

export const UNSEALED_SQL = `
  select e.id, e.organisation_id as organisation from audit_entry e
    left join audit_seal s on s.entry_id = e.id
   where s.entry_id is null order by e.id limit $1`;

export const STILL_UNSEALED_SQL = `
  select e.id, e.organisation_id as organisation from audit_entry e
   where e.id = any($1) and not exists (select from audit_seal s where s.entry_id = e.id) order by e.id`;

export const REMOVED_UNSEALED_SQL = `
  select p.entry_id as id, p.organisation_id as organisation
    from audit_pending p left join audit_entry e on e.id = p.entry_id
   where e.id is null order by p.position limit $1`;

export const SEAL_AT_SQL = `
  select encode(digest, 'hex') as digest from audit_seal where organisation_id = $1 and number = $2`;

/** Rounds from `$1` on, each with the checkpoints that its digest covers. */
export const ROUND_WALK_SQL = `
  select r.number, encode(r.digest, 'hex') as "signedDigest", ${TIME('r.signed_at')} as "signedAt", r.key_id as "keyId",
         r.signature,
         (select coalesce(jsonb_agg(jsonb_build_array(c.organisation_id, c.number::text, encode(c.digest, 'hex'))), '[]')
            from audit_checkpoint c where c.round = r.number) as heads
    from audit_round r where r.number > $1 order by r.number limit $2`;

export const LAST_NAMED_ROUND_SQL = 'select coalesce(max(round), 0) as number from audit_checkpoint';

export const ROUNDS_AT_SQL = `
  select number, encode(digest, 'hex') as digest from audit_round where number = any($1)`;

/** Of persons who were forgotten, those for whom there is a key again, or no tombstone. `$1`, `$2`: who, where. */
export const NOT_FORGOTTEN_SQL = `
  select f.organisation, f.person
    from unnest($1::uuid[], $2::text[]) as f (organisation, person)
    left join person_key k on k.organisation_id = f.organisation and k.person_id::text = f.person
   where k.person_id is null or k.wrapped is not null`;
