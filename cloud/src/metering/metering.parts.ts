import type { MeterProfile } from '@meterline/contracts';
import type { AuditLog } from '../audit/index.ts';
import type { Extent } from '../identity/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database, Outbox, TransactionOptions } from '../platform/db/index.ts';

/** What the feature needs of the hub; a role puts the real parts in. */
export interface MeteringParts {
  readonly db: Database<{ readonly audit: AuditLog; readonly outbox: Outbox }>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** By `profile@version`. */
  readonly profiles: ReadonlyMap<string, MeterProfile>;
}

/** Whose rows, and who asks: from the guard of a route, or from the command line. */
export type Asking = Pick<TransactionOptions, 'organisation' | 'actor' | 'requestId' | 'may'> & {
  /** `own`: only what the person's own leases cover, for their time. */
  readonly extent?: Extent;
};
