import type { Transaction } from '../../platform/db/index.ts';
import type { RegisterEpoch } from './domain/register-epoch.ts';

/**
 * What was declared about the register of a point, ascending. They are kept downstream, by the ledger; whoever puts the
 * hub together hands them in.
 */
export type EpochsOf = (tx: Transaction, point: number) => Promise<readonly RegisterEpoch[]>;
