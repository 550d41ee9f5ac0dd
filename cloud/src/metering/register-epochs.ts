import type { Transaction } from '../platform/db/index.ts';
import { ledgerStore } from './ledger.store.ts';
import type { StoredEpoch } from './ledger.types.ts';

/** What holds of points, ascending: for the doors, which judge what a person types in. */
export async function registerEpochs(
  tx: Transaction,
  points: readonly number[],
): Promise<ReadonlyMap<number, readonly StoredEpoch[]>> {
  const epochs = await tx.bind(ledgerStore).epochs(points);
  // Where another version of a profile begins is known; only the first one moves with the first reading.
  const told = (epoch: StoredEpoch) => ({
    ...epoch,
    automatic: epoch.automatic && epoch.kind === 'installed',
  });
  return new Map([...epochs].map(([point, list]) => [point, list.map(told)]));
}
