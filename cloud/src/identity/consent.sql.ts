const DOCUMENT = `id, organisation_id as organisation, kind, version, texts, encode(digest, 'hex') as digest, required,
  published_at as "publishedAt"`;
export const IN_FORCE_SQL = `select ${DOCUMENT} from consent_documents_in_force($1) order by organisation_id, kind`;
export const DOCUMENT_SQL = `select ${DOCUMENT} from consent_document_by_id($1)`;
export const DOCUMENTS_SQL = `select ${DOCUMENT} from consent_document where organisation_id = $1 order by kind, version desc`;
/** Two who publish at once: the second finds the number taken, and is told so. */
export const PUBLISH_SQL = `insert into consent_document (id, organisation_id, kind, version, texts, digest, required, published_at, published_by)
  select $2, $1, $3, coalesce(max(version), 0) + 1, $4::jsonb, decode($5, 'hex'), $6, $7, $8 from consent_document
   where organisation_id = $1 and kind = $3
  on conflict do nothing returning version`;

const CONSENT = `c.document_id as document, c.organisation_id as organisation, d.kind, d.version, c.locale,
  c.given_at as "givenAt", c.withdrawn_at as "withdrawnAt"`;
/** A person's own, whichever organisation's: what they agreed to is looked up by its id. */
export const OWN_CONSENTS_SQL = `select ${CONSENT} from consent c cross join lateral consent_document_by_id(c.document_id) d
  where c.person_id = $1 order by c.given_at desc, c.id`;
export const CONSENTS_SQL = `select c.person_id as person, ${CONSENT} from consent c
  join consent_document d on d.id = c.document_id
  where c.organisation_id = $1 and ($2::uuid is null or c.person_id = $2) order by c.given_at desc, c.id limit 5000`;
export const GIVE_SQL = `insert into consent (id, organisation_id, person_id, document_id, locale, given_at)
  values ($1, $2, $3, $4, $5, $6) on conflict do nothing`;
export const WITHDRAW_SQL =
  'update consent set withdrawn_at = $3 where person_id = $1 and document_id = $2 and withdrawn_at is null';
