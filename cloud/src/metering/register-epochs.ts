import type { Transaction } from '../platform/db/index.ts';
import { ledgerStore } from './ledger.store.ts';
import type { StoredEpoch } from './ledger.types.ts';

/** What holds of one point, ascending: for the doors, which judge what a person types in. */
export async function registerEpochs(tx: Transaction, point: number): Promise<readonly StoredEpoch[]> {
  const epochs = (await tx.bind(ledgerStore).epochs([point])).get(point) ?? [];
  // Where another version of a profile begins is known; only the first one moves with the first reading.
  return epochs.map((epoch) => ({ ...epoch, automatic: epoch.automatic && epoch.kind === 'installed' }));
}
