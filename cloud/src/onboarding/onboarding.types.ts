import type { Temporal } from 'temporal-polyfill';
import type { DateOrder } from '../kernel/tables/date.ts';
import type { TransactionOptions } from '../platform/db/index.ts';
import type { TableFacts } from '../platform/tables/index.ts';
import type { LineChange } from './domain/change.ts';
import type { Fault } from './domain/faults.ts';
import type { ListKind } from './domain/list-columns.ts';
import type { ListMapping } from './domain/list-mapping.ts';

/** Who asks, and for which organisation: decided by the guard of a route, or by the command line. */
export type Asked = Pick<TransactionOptions, 'actor' | 'requestId' | 'may' | 'person'> & {
  readonly organisation: string;
};

export interface ListOptions {
  /** As the person knows the file. */
  readonly fileName: string;
  /** Judge all, store nothing. */
  readonly dryRun: boolean;
  /** Proposed from the words above the columns, if it is not said. */
  readonly mapping?: ListMapping | undefined;
  /** Of the dates of the file: day, month, year if nobody says another one. Goes before what the mapping says. */
  readonly dateOrder?: DateOrder | undefined;
  /** Of meters whose line does not say: since which local day they hang there. Today, if it is not said. */
  readonly since?: string | undefined;
  /** The plan that was looked at: another one is refused. */
  readonly plan?: string | undefined;
}

/** `refused`: there are faults, and nothing was stored. */
export const LIST_STATES = ['checked', 'refused', 'done'] as const;

export interface ListResult {
  readonly state: (typeof LIST_STATES)[number];
  readonly kind: ListKind;
  readonly building: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly size: number;
  readonly facts: TableFacts;
  readonly mapping: ListMapping;
  readonly proposed: boolean;
  /** What was assumed, in words. */
  readonly notes: readonly string[];
  /** What the mapping lacks for this file: as long as there is any, no line can be read. */
  readonly problems: readonly string[];
  /** Lines that hold something, below the header. */
  readonly lines: number;
  readonly added: number;
  readonly changed: number;
  readonly same: number;
  readonly changes: readonly LineChange[];
  readonly faults: readonly Fault[];
  /** What would be done, as a digest: the same one is the same plan. */
  readonly plan: string;
  /** When this very file came in before, if it did. */
  readonly earlier: Temporal.Instant | undefined;
}

export interface OnboardingRun {
  readonly id: string;
  readonly building: string;
  readonly kind: ListKind;
  readonly fileName: string;
  readonly sha256: string;
  readonly size: bigint;
  readonly lines: number;
  readonly added: number;
  readonly changed: number;
  readonly same: number;
  readonly author: string;
  readonly createdAt: Temporal.Instant;
}
