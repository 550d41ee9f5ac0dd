import type { AuditLog } from '../../audit/index.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Database, Outbox } from '../../platform/db/index.ts';
import type { FileStore } from '../../platform/files/index.ts';
import type { Profiles } from '../domain/decode-check.ts';
import type { Intake } from '../intake.ts';

export interface DoorStores {
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}

/** What the file door needs of the hub. */
export interface ImportParts {
  readonly db: Database<DoorStores>;
  readonly files: FileStore;
  readonly intake: Pick<Intake, 'readings'>;
  readonly profiles: Profiles;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** Who works when no person does. */
export const IMPORTER = { kind: 'system', id: 'import' } as const;
