import { nameKey } from '../../kernel/plain-text.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { differing, type FieldChange, merged } from './change.ts';
import type { PersonSaid, TenantLine } from './tenant-lines.ts';
import type { KnownLease, KnownParty } from './tenants.ts';

interface FoundParty {
  readonly party: KnownParty;
  readonly fields: readonly FieldChange[];
  readonly isNew: boolean;
}

/**
 * The people whom leases name. Whoever has the same name within a lease is the same; elsewhere a name alone is not
 * enough, and a telephone number, an e-mail address or a tax number must be the same as well.
 */
export class PartyBook {
  readonly added: KnownParty[] = [];
  readonly #language: KnownParty['language'];
  readonly #nextId: () => string;
  readonly #byId = new Map<string, KnownParty>();
  readonly #byName = new Map<string, KnownParty[]>();
  readonly #changed = new Map<string, KnownParty>();
  /** Whom the file has named of a lease so far, and on which line. */
  readonly #ofLease = new Map<string, Map<string, number>>();

  constructor(parties: readonly KnownParty[], language: KnownParty['language'], nextId: () => string) {
    this.#language = language;
    this.#nextId = nextId;
    for (const party of parties) this.#know(party);
  }

  get changed(): readonly KnownParty[] {
    return [...this.#changed.values()];
  }

  find(line: TenantLine, lease: KnownLease): Result<FoundParty, 'noted'> {
    const { person } = line;
    const key = nameKey(person.name);
    const inFile = this.#ofLease.get(lease.id) ?? new Map<string, number>();
    this.#ofLease.set(lease.id, inFile);
    const there = new Set([...lease.people.map(({ party }) => party), ...inFile.keys()]);
    const within = [...there]
      .flatMap((id) => this.#byId.get(id) ?? [])
      .filter((party) => nameKey(party.name) === key);
    const named = within.length > 1 ? within.filter((party) => sameContact(party, person)) : within;
    if (within.length > 0 && named.length !== 1) {
      line.cells.fault('name', 'person_ambiguous');
      return err('noted');
    }
    const before = named[0] && inFile.get(named[0].id);
    if (before !== undefined) {
      line.cells.fault('name', 'twice', String(before));
      return err('noted');
    }
    const elsewhere = this.#byName.get(key)?.filter((party) => sameContact(party, person)) ?? [];
    const party = named[0] ?? (elsewhere.length === 1 ? elsewhere[0] : undefined);
    const found = party ? this.#change(party, person) : this.#add(person);
    inFile.set(found.party.id, line.cells.line);
    return ok(found);
  }

  #change(party: KnownParty, { name: _name, role: _role, ...said }: PersonSaid): FoundParty {
    const fields = differing<KnownParty>(party, said);
    if (fields.length === 0) return { party, fields, isNew: false };
    const changed = merged<KnownParty>(party, said);
    this.#byId.set(party.id, changed);
    const isNew = this.added.indexOf(party);
    if (isNew >= 0) this.added[isNew] = changed;
    else this.#changed.set(party.id, changed);
    return { party: changed, fields, isNew: false };
  }

  #add({ role: _role, name, ...said }: PersonSaid): FoundParty {
    const nothing = { otherName: null, phone: null, email: null, taxId: null, idDocument: null };
    const party = merged<KnownParty>(
      { id: this.#nextId(), name, ...nothing, language: this.#language },
      said,
    );
    this.added.push(party);
    this.#know(party);
    return { party, fields: [], isNew: true };
  }

  #know(party: KnownParty): void {
    const key = nameKey(party.name);
    this.#byId.set(party.id, party);
    this.#byName.set(key, [...(this.#byName.get(key) ?? []), party]);
  }
}

const sameContact = (party: KnownParty, said: PersonSaid): boolean =>
  (said.phone !== undefined && said.phone === party.phone) ||
  (said.email !== undefined && said.email === party.email) ||
  (said.taxId !== undefined && said.taxId === party.taxId);
