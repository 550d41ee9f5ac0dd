import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './consent.sql.ts';
import type { DocumentKind, DocumentTexts } from './domain/consent-document.ts';
import type { Person } from './identity.types.ts';

type Instant = Temporal.Instant;

export interface ConsentDocument {
  readonly id: string;
  readonly organisation: string;
  readonly kind: DocumentKind;
  readonly version: number;
  readonly texts: DocumentTexts;
  readonly digest: string;
  readonly required: boolean;
  readonly publishedAt: Instant;
}

export interface Consent {
  readonly document: string;
  readonly organisation: string;
  readonly kind: DocumentKind;
  readonly version: number;
  readonly locale: Person['locale'];
  readonly givenAt: Instant;
  readonly withdrawnAt: Instant | null;
}

export interface NewConsent {
  readonly id: string;
  readonly person: string;
  readonly document: Pick<ConsentDocument, 'id' | 'organisation'>;
  readonly locale: Person['locale'];
  readonly at: Instant;
}

/** Notices as they were published, and who agreed to them. */
export const consentStore = (tx: Transaction): ConsentStore => new ConsentStore(tx);

export class ConsentStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<T & Record<string, unknown>>(text, values)).rows;
  }

  inForce(organisations: readonly string[]): Promise<readonly ConsentDocument[]> {
    return this.#all(sql.IN_FORCE_SQL, organisations);
  }

  async document(id: string): Promise<ConsentDocument | undefined> {
    return (await this.#all<ConsentDocument>(sql.DOCUMENT_SQL, id))[0];
  }

  documents(): Promise<readonly ConsentDocument[]> {
    return this.#all(sql.DOCUMENTS_SQL, this.#tx.organisation);
  }

  /** The version that it became; none when somebody else was first. */
  async publish(
    given: Pick<ConsentDocument, 'id' | 'kind' | 'texts' | 'digest' | 'required' | 'publishedAt'>,
    by: string | null,
  ): Promise<number | undefined> {
    const { id, kind, texts, digest, required, publishedAt } = given;
    const values = [id, kind, JSON.stringify(texts), digest, required, publishedAt, by];
    return (await this.#all<{ version: number }>(sql.PUBLISH_SQL, this.#tx.organisation, ...values))[0]
      ?.version;
  }

  own(person: string): Promise<readonly Consent[]> {
    return this.#all(sql.OWN_CONSENTS_SQL, person);
  }

  ofOrganisation(person?: string): Promise<readonly (Consent & { readonly person: string })[]> {
    return this.#all(sql.CONSENTS_SQL, this.#tx.organisation, person ?? null);
  }

  /** Says whether it is new. */
  async give({ id, person, document, locale, at }: NewConsent): Promise<boolean> {
    const values = [id, document.organisation, person, document.id, locale, at];
    return (await this.#tx.query(sql.GIVE_SQL, values)).rowCount === 1;
  }

  async withdraw(person: string, document: string, at: Instant): Promise<boolean> {
    return (await this.#tx.query(sql.WITHDRAW_SQL, [person, document, at])).rowCount === 1;
  }
}
