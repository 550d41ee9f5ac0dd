import type { Transaction } from '../../platform/db/index.ts';
import type { RegisterEpoch } from './domain/register-epoch.ts';

/**
 * What was declared about the registers of points, by their numbers, ascending. It is kept downstream, by the ledger;
 * whoever puts the hub together hands it in.
 */
export type EpochsOf = (
  tx: Transaction,
  points: readonly number[],
) => Promise<ReadonlyMap<number, readonly RegisterEpoch[]>>;
