import type { Acting as ActingPerson } from '../identity/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { change, look, tell } from './lease-change.ts';
import { leasesError } from './leases.errors.ts';
import type { Acting, LANGUAGES, LeasesParts, PARTY_KINDS, Party, PartyFields } from './leases.types.ts';
import { type PartiesStore, type PartyQuery, partiesStore } from './parties.store.ts';
import { invalid, lineOf, optionalLine } from './text-rules.ts';

type Maybe = string | null | undefined;

export interface PartyGiven {
  readonly kind?: (typeof PARTY_KINDS)[number] | undefined;
  readonly name: string;
  readonly otherName?: Maybe;
  readonly phone?: Maybe;
  readonly email?: Maybe;
  readonly taxId?: Maybe;
  /** The last digits only: enough to tell two of one name apart. */
  readonly idDocumentTail?: Maybe;
  readonly language?: (typeof LANGUAGES)[number] | undefined;
}

/** What is left out stays; null takes a value back. */
type ChangedParty = { readonly [Key in keyof PartyGiven]?: PartyGiven[Key] | undefined };

export interface InvitedParty {
  readonly party: string;
  readonly invitation: string;
  /** Shown once; null when it was sent to them. */
  readonly address: string | null;
  readonly endsAt: string;
}

/** Whom leases name: persons and companies, with an account or without. */
export class PartiesService {
  readonly #parts: LeasesParts;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
  }

  list(by: Acting, query: PartyQuery): Promise<readonly Party[]> {
    return look(this.#parts, by, (tx) => tx.bind(partiesStore).list(query));
  }

  show(by: Acting, id: string): Promise<Party> {
    return look(this.#parts, by, (tx) => demandParty(tx.bind(partiesStore), id));
  }

  add(by: Acting, given: PartyGiven): Promise<Party> {
    const fields = partyFields(given);
    return change(this.#parts, by, async (tx) => {
      const id = this.#parts.ids.next();
      const store = tx.bind(partiesStore);
      await store.add(id, fields, this.#parts.clock.now());
      await tell(tx, { action: 'party.added', subject: { type: 'party', id }, fields: Object.keys(given) });
      return demandParty(store, id);
    });
  }

  change(by: Acting, id: string, given: ChangedParty): Promise<Party> {
    return change(this.#parts, by, async (tx) => {
      const store = tx.bind(partiesStore);
      const before = await demandParty(store, id);
      const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      await store.save(id, partyFields({ ...before, ...said }));
      await tell(tx, {
        action: 'party.changed',
        subject: { type: 'party', id },
        fields: Object.keys(said),
      });
      return demandParty(store, id);
    });
  }

  /** A link by which the party becomes a tenant with an account. Asked again, the link that is out opens nothing any more. */
  async invite(by: Acting & ActingPerson, id: string): Promise<InvitedParty> {
    const party = await this.show(by, id);
    if (party.person !== null) throw leasesError('party_joined');
    const { people } = this.#parts;
    const contact = party.email ?? party.phone ?? undefined;
    const made =
      party.invitation === null
        ? await people.invite(by.organisation, { name: party.name, contact, roles: ['tenant'] }, by)
        : await people.renew(by.organisation, party.invitation, by);
    // Nobody holds the link yet: it cannot be accepted before the party knows of it.
    await change(this.#parts, by, async (tx) => {
      await tx.bind(partiesStore).invited(id, made.id);
      const payload = { invitation: made.id };
      await tell(tx, { action: 'party.invited', subject: { type: 'party', id }, payload });
    });
    return { party: id, invitation: made.id, address: made.address, endsAt: made.endsAt };
  }
}

export function partyFields(given: PartyGiven): PartyFields {
  return {
    kind: given.kind ?? 'person',
    name: lineOf(given.name, 'the name', 120),
    otherName: optionalLine(given.otherName, 'the other name', 120),
    phone: optionalLine(given.phone, 'the phone number', 32, 5),
    email: optionalLine(given.email, 'the e-mail address', 254, 5),
    taxId: optionalLine(given.taxId, 'the tax id', 32, 5),
    idDocumentTail: tailOf(given.idDocumentTail),
    language: given.language ?? 'th',
  };
}

function tailOf(text: Maybe): string | null {
  const tail = text?.trim() ?? '';
  if (tail === '') return null;
  if (!/^[0-9A-Za-z]{1,4}$/.test(tail))
    throw invalid('of an identity document only the last four characters are kept');
  return tail;
}

async function demandParty(store: PartiesStore, id: string): Promise<Party> {
  const party = isUuid(id) ? await store.find(id) : undefined;
  if (!party) throw leasesError('party_not_found');
  return party;
}
