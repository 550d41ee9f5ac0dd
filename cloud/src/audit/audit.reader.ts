import type { Database, TransactionOptions } from '../platform/db/index.ts';
import { type AuditFilter, type Outcome, outcomeOf, type Place } from './audit.filter.ts';
import type { AuditLog } from './audit.store.ts';
import type { Entry } from './domain/entry.ts';
import type { RevealedValue } from './personal.ts';

/** An entry for whoever may read it. */
export interface ShownEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string | null; readonly address: string | null };
  readonly action: string;
  readonly outcome: Outcome;
  readonly subject: { readonly type: string; readonly id: string };
  readonly fields: readonly string[];
  /** Of persons; each `forgotten` where nobody can read it any more. */
  readonly values: readonly RevealedValue[];
  readonly reason: string | null;
  readonly requestId: string | null;
}

export interface ShownPage {
  readonly items: readonly ShownEntry[];
  /** From where to go on; none when this was all. */
  readonly next: Place | undefined;
}

const ADDRESS = 'actor.address';
const PORTION = 500;
/** Addresses of persons are opened one by one: a page that finds little stops here, and says from where to go on. */
const MOST_LOOKED_AT = 5_000;

/** The audit for people: entries with what is encrypted in them, in pages or as one long table. */
export class AuditReader {
  readonly #db: Database<{ readonly audit: AuditLog }>;

  constructor(db: Database<{ readonly audit: AuditLog }>) {
    this.#db = db;
  }

  async page(
    who: TransactionOptions,
    filter: AuditFilter,
    { limit, after }: { readonly limit: number; readonly after?: Place | undefined },
  ): Promise<ShownPage> {
    const items: ShownEntry[] = [];
    let place = after;
    for (let looked = 0; looked < MOST_LOOKED_AT; ) {
      const wanted = filter.address === undefined ? limit - items.length + 1 : PORTION;
      const found = await this.#portion(who, filter, wanted, place);
      looked += found.length;
      for (const entry of found) {
        if (items.length === limit) return { items, next: place };
        place = { at: entry.at, id: entry.id };
        if (filter.address === undefined || entry.actor.address === filter.address) items.push(entry);
      }
      if (found.length < wanted) return { items, next: undefined };
    }
    return { items, next: place };
  }

  /** All of it, newest first, read while it is written: each portion in a transaction of its own. */
  async *all(who: TransactionOptions, filter: AuditFilter): AsyncGenerator<readonly ShownEntry[]> {
    for (let after: Place | undefined; ; ) {
      const { items, next }: ShownPage = await this.page(who, filter, { limit: PORTION, after });
      if (items.length > 0) yield items;
      if (next === undefined) return;
      after = next;
    }
  }

  #portion(who: TransactionOptions, filter: AuditFilter, limit: number, after: Place | undefined) {
    return this.#db.transaction({ ...who, readOnly: true }, async (tx) => {
      const entries = await tx.audit.list({ ...filter, limit, ...(after && { after }) });
      const values = await tx.audit.reveal(entries);
      return entries.map((entry, i) => shownEntry(entry, values[i] ?? []));
    });
  }
}

function shownEntry(entry: Entry, values: readonly RevealedValue[]): ShownEntry {
  const { id, at, action, fields, reason, requestId } = entry;
  const from = values.find(({ field, person }) => field === ADDRESS && person === entry.actorId);
  return {
    id,
    at,
    actor: { kind: entry.actorKind, id: entry.actorId, address: entry.address ?? from?.after ?? null },
    action,
    outcome: outcomeOf(entry),
    subject: { type: entry.subjectType, id: entry.subjectId },
    fields,
    values: values.filter((value) => value !== from),
    reason,
    requestId,
  };
}
