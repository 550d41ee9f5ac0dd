import type { PersonRecords } from '../identity/index.ts';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './leases.sql.ts';

type Row<T> = T & Record<string, unknown>;

const rowsOf = async <T extends object>(tx: Transaction, text: string, subject: unknown) =>
  (await tx.query<Row<T>>(text, [tx.organisation, subject])).rows;

const partiesOf = async (tx: Transaction, person: string): Promise<readonly string[]> =>
  (await rowsOf<{ id: string }>(tx, sql.PARTIES_OF_PERSON_SQL, person)).map(({ id }) => id);

/** What leases keep about parties: whom they are, what they rent on what terms, and what was handed over. */
export const collectParties = async (tx: Transaction, parties: readonly string[]) => ({
  parties: await rowsOf(tx, sql.OWN_PARTIES_SQL, parties),
  leases: await rowsOf(tx, sql.OWN_LEASES_SQL, parties),
});

/** Until when it must be known who they are. */
export async function partyHolds(tx: Transaction, parties: readonly string[]) {
  const open = await rowsOf<{ number: string; endDay: string | null }>(tx, sql.OPEN_LEASES_SQL, parties);
  return open.map(({ number, endDay }) => ({
    reason: `lease ${number} has not ended`,
    ...(endDay !== null && { until: endDay }),
  }));
}

/** Ids, days, amounts and counts stay; names, contacts and words go. */
export async function forgetParties(tx: Transaction, parties: readonly string[]): Promise<void> {
  for (const text of [
    sql.FORGET_ADDRESSES_SQL,
    sql.FORGET_NOTES_SQL,
    sql.FORGET_PROTOCOLS_SQL,
    sql.FORGET_READING_NOTES_SQL,
    sql.FORGET_PARTIES_SQL,
  ])
    await tx.query(text, [tx.organisation, parties]);
}

/** Of somebody with an account, for whoever asks by it. */
export const leaseRecords: PersonRecords = {
  name: 'leases',
  collect: async (tx, person) => collectParties(tx, await partiesOf(tx, person)),
  holds: async (tx, person) => partyHolds(tx, await partiesOf(tx, person)),
  forget: async (tx, person) => forgetParties(tx, await partiesOf(tx, person)),
};
