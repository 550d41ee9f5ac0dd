import type { AuditLog } from '../audit/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database, Outbox, TransactionOptions } from '../platform/db/index.ts';
import type { Intake } from './intake.ts';

export interface DoorStores {
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}

/** What every door for people and other systems needs of the hub. */
export interface DoorParts {
  readonly db: Database<DoorStores>;
  readonly intake: Pick<Intake, 'readings'>;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** Who asks, and for which organisation: decided by the guard of a route, or by the command line. */
export type Asked = Pick<TransactionOptions, 'actor' | 'requestId' | 'may'> & {
  readonly organisation: string;
};

export const authorOf = ({ actor }: Asked): string => (actor.id ? `${actor.kind} ${actor.id}` : actor.kind);
