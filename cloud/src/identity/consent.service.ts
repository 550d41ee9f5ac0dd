import { isUuid } from '../kernel/ids.ts';
import { PLATFORM } from '../platform/db/index.ts';
import { type Consent, type ConsentDocument, type ConsentStore, consentStore } from './consent.store.ts';
import { type DocumentKind, type DocumentTexts, documentDigest } from './domain/consent-document.ts';
import { identityError } from './identity.errors.ts';
import type { By, IdentityParts, Person, SessionView, Visitor } from './identity.types.ts';
import { type IdentityTx, ofNobody, ofPerson, tell } from './identity-change.ts';

export interface NewDocument {
  readonly kind: DocumentKind;
  readonly texts: DocumentTexts;
  readonly required: boolean;
}

/** A notice in force, and whether the person agreed to it. */
export interface OwnDocument extends ConsentDocument {
  readonly givenAt: Consent['givenAt'] | null;
}

/** What people are told of the use of their data, and what they agreed to: both are kept as they were. */
export class ConsentService {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** The next version of its kind: whoever agreed to the one before is asked again. */
  async publish(organisation: string, given: NewDocument, by: By): Promise<ConsentDocument> {
    const { ids, clock, db } = this.#parts;
    const document = {
      ...given,
      id: ids.next(),
      digest: documentDigest(given.texts),
      publishedAt: clock.now(),
    };
    return db.transaction({ organisation, ...by }, async (tx) => {
      const version = await tx.bind(consentStore).publish(document, by.actor.person ?? null);
      if (version === undefined) throw identityError('consent_version_taken');
      await tell(tx, {
        action: 'consent_document.published',
        subject: { type: 'consent_document', id: document.id },
        fields: ['texts'],
        payload: { kind: given.kind, version },
      });
      return { ...document, organisation, version };
    });
  }

  documents(organisation: string, by: By): Promise<readonly ConsentDocument[]> {
    return this.#parts.db.transaction({ organisation, ...by, readOnly: true }, (tx) =>
      tx.bind(consentStore).documents(),
    );
  }

  consents(organisation: string, by: By) {
    return this.#parts.db.transaction({ organisation, ...by, readOnly: true }, (tx) =>
      tx.bind(consentStore).ofOrganisation(),
    );
  }

  /** For everybody: a notice is there to be read before anybody agrees to it. */
  async text(id: string, visitor: Visitor): Promise<ConsentDocument> {
    const found = isUuid(id)
      ? await this.#parts.db.transaction({ ...ofNobody(visitor), readOnly: true }, (tx) =>
          tx.bind(consentStore).document(id),
        )
      : undefined;
    if (!found) throw identityError('consent_document_not_found');
    return found;
  }

  /** What is in force for somebody: the hub's own notices, and those of the organisations that they are in. */
  own({ person, places }: Pick<SessionView, 'person' | 'places'>): Promise<readonly OwnDocument[]> {
    const organisations = [PLATFORM, ...places.map(({ organisation }) => organisation)];
    return this.#parts.db.transaction({ ...ofPerson(person), readOnly: true }, async (tx) => {
      const store = tx.bind(consentStore);
      const given = await givenBy(store, person);
      const inForce = await store.inForce(organisations);
      return inForce.map((document) => ({ ...document, givenAt: given.get(document.id)?.givenAt ?? null }));
    });
  }

  async give(session: SessionView, id: string, locale: Person['locale'], by: By): Promise<void> {
    const document = (await this.own(session)).find((each) => each.id === id);
    if (!document) throw identityError('consent_document_not_found');
    await this.#parts.db.transaction(within(document, session.person, by), (tx) =>
      agree(this.#parts, tx, session.person, [document], locale),
    );
  }

  /** Nothing is taken from anybody by it: what follows is for whoever runs the house to decide. */
  async withdraw(person: string, id: string, by: By): Promise<void> {
    const { db, clock } = this.#parts;
    const document = await this.text(id, NOBODY);
    await db.transaction(within(document, person, by), async (tx) => {
      if (!(await tx.bind(consentStore).withdraw(person, id, clock.now())))
        throw identityError('consent_document_not_found');
      await tell(tx, told('consent.withdrawn', person, document));
    });
  }
}

/** Within the transaction of a joining: what is demanded must be among what was agreed to, or have been before. */
export async function agreeAtJoining(
  parts: IdentityParts,
  tx: IdentityTx,
  person: string,
  given: { readonly consents?: readonly string[] | undefined; readonly locale: Person['locale'] },
): Promise<void> {
  const store = tx.bind(consentStore);
  const inForce = await store.inForce([PLATFORM, ...(tx.organisation === null ? [] : [tx.organisation])]);
  const before = await givenBy(store, person);
  const open = inForce.filter(({ id }) => !before.has(id));
  const missing = open.filter(({ id, required }) => required && !given.consents?.includes(id));
  if (missing.length > 0)
    throw identityError('consent_needed', { details: { documents: missing.map(({ id }) => id) } });
  const agreed = open.filter(({ id }) => given.consents?.includes(id));
  await agree(parts, tx, person, agreed, given.locale);
}

async function agree(
  { ids, clock }: IdentityParts,
  tx: IdentityTx,
  person: string,
  documents: readonly ConsentDocument[],
  locale: Person['locale'],
): Promise<void> {
  for (const document of documents) {
    const isNew = await tx
      .bind(consentStore)
      .give({ id: ids.next(), person, document, locale, at: clock.now() });
    if (isNew) await tell(tx, told('consent.given', person, document));
  }
}

const NOBODY: Visitor = {
  address: undefined,
  requestId: 'consent',
  deviceCookie: undefined,
  userAgent: undefined,
};

const within = ({ organisation }: ConsentDocument, person: string, by: By) => ({
  ...ofPerson(person, by),
  organisation,
});

const told = (
  action: 'consent.given' | 'consent.withdrawn',
  person: string,
  { id, kind, version }: ConsentDocument,
) => ({ action, subject: { type: 'consent_document', id }, payload: { person, kind, version } });

async function givenBy(store: ConsentStore, person: string): Promise<ReadonlyMap<string, Consent>> {
  const all = await store.own(person);
  return new Map(all.filter(({ withdrawnAt }) => withdrawnAt === null).map((each) => [each.document, each]));
}
