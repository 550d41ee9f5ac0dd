import type { PersonRecords } from '../identity/index.ts';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './leases.sql.ts';

type Row<T> = T & Record<string, unknown>;

const rowsOf = async <T extends object>(tx: Transaction, text: string, person: string) =>
  (await tx.query<Row<T>>(text, [tx.organisation, person])).rows;

/** What leases keep about somebody with an account: whom they are, what they rent, and until when that must be known. */
export const leaseRecords: PersonRecords = {
  name: 'leases',

  async collect(tx, person) {
    return {
      parties: await rowsOf(tx, sql.OWN_PARTIES_SQL, person),
      leases: await rowsOf(tx, sql.OWN_LEASES_SQL, person),
    };
  },

  async holds(tx, person) {
    const open = await rowsOf<{ number: string; endDay: string | null }>(tx, sql.OPEN_LEASES_SQL, person);
    return open.map(({ number, endDay }) => ({
      reason: `lease ${number} has not ended`,
      ...(endDay !== null && { until: endDay }),
    }));
  },

  async forget(tx, person) {
    await tx.query(sql.FORGET_ADDRESSES_SQL, [tx.organisation, person]);
    await tx.query(sql.FORGET_PARTIES_SQL, [tx.organisation, person]);
  },
};
