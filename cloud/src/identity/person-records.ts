import type { Transaction } from '../platform/db/index.ts';

/** Why somebody cannot be forgotten yet; with the day on which that ends, where it is known. */
export interface Hold {
  readonly reason: string;
  readonly until?: string | undefined;
}

/**
 * What a feature keeps about people. Each call is in a transaction of one organisation (never the platform), which may do
 * everything there and sees the person's own rows. A repeat must be harmless: forgetting goes on where it broke off.
 */
export interface PersonRecords {
  /** As the export calls it: `leases`. */
  readonly name: string;
  /** Everything about the person, as JSON has it; nothing of others. */
  collect(tx: Transaction, person: string): Promise<unknown>;
  holds(tx: Transaction, person: string): Promise<readonly Hold[]>;
  /** Ids and amounts stay where documents and accounts need them; names, contacts and the like go. */
  forget(tx: Transaction, person: string): Promise<void>;
}
