import type { FileStore } from '../../platform/files/index.ts';
import type { Profiles } from '../domain/decode-check.ts';
import type { DoorParts } from '../door-parts.ts';
import type { EpochsOf } from '../manual/register-epochs.ts';

/** What the file door needs of the hub. */
export interface ImportParts extends DoorParts {
  readonly files: FileStore;
  readonly profiles: Profiles;
  readonly epochsOf: EpochsOf;
}

/** Who works when no person does. */
export const IMPORTER = { kind: 'system', id: 'import' } as const;
