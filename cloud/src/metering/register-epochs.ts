import type { Transaction } from '../platform/db/index.ts';
import { ledgerStore } from './ledger.store.ts';
import type { StoredEpoch } from './ledger.types.ts';

/** What holds of one point, ascending: for the doors, which judge what a person types in. */
export async function registerEpochs(tx: Transaction, point: number): Promise<readonly StoredEpoch[]> {
  return (await tx.bind(ledgerStore).epochs([point])).get(point) ?? [];
}
