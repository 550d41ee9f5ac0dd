import { isUuid } from '../kernel/ids.ts';
import type { Transaction } from '../platform/db/index.ts';
import { change, type LeaseTx, tell } from './lease-change.ts';
import { collectParties, forgetParties, partyHolds } from './lease-records.ts';
import { leasesError } from './leases.errors.ts';
import { FORGET_INVITATIONS_SQL } from './leases.sql.ts';
import type { Acting, LeasesParts, Party } from './leases.types.ts';
import { partiesStore } from './parties.store.ts';
import { reasonOf } from './text-rules.ts';

/**
 * What is owed to whom leases name and who has no account to ask by: a copy, and to be forgotten. Whoever has one asks as
 * a person (identity), and leases are part of that.
 */
export class PartyDataService {
  readonly #parts: LeasesParts;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
  }

  export(by: Acting, id: string): Promise<object> {
    return this.#asHub(by, async (tx) => {
      await demandParty(tx, id);
      await tell(tx, { action: 'party.exported', subject: { type: 'party', id } });
      return {
        ...{ format: 'meterline party 1', party: id },
        exportedAt: this.#parts.clock.now().toString({ smallestUnit: 'millisecond' }),
        ...(await collectParties(tx, [id])),
      };
    });
  }

  /** Names, contacts and words go, and the link that is out for them; ids stay where accounts need them. */
  forget(by: Acting, id: string, reason: string): Promise<{ readonly party: string }> {
    const because = reasonOf(reason);
    return this.#asHub(by, async (tx) => {
      const { person } = await demandParty(tx, id);
      if (person !== null)
        throw leasesError('party_joined', {
          message: `the party has an account: forget the person ${person}`,
        });
      const holds = await partyHolds(tx, [id]);
      if (holds.length > 0) throw held(holds);
      await tx.query(FORGET_INVITATIONS_SQL, [tx.organisation, [id], this.#parts.clock.now()]);
      await forgetParties(tx, [id]);
      await tell(tx, { action: 'party.forgotten', subject: { type: 'party', id }, reason: because });
      return { party: id };
    });
  }

  /** Whoever manages people need not manage leases: what they ask for here is the hub's to do, and is audited as theirs. */
  #asHub<T>(by: Acting, work: (tx: LeaseTx) => Promise<T>): Promise<T> {
    return change(this.#parts, { ...by, may: '*' }, work);
  }
}

async function demandParty(tx: Transaction, id: string): Promise<Party> {
  const found = isUuid(id) ? await tx.bind(partiesStore).find(id) : undefined;
  if (!found) throw leasesError('party_not_found');
  return found;
}

function held(holds: Awaited<ReturnType<typeof partyHolds>>) {
  const reasons = holds.map(({ reason, until }) =>
    until === undefined ? reason : `${reason}, until ${until}`,
  );
  return leasesError('party_held', {
    message: `cannot be forgotten yet: ${reasons.join('; ')}`,
    details: { holds },
  });
}
