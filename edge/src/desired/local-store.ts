import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Checked, faultLine, type GatewayId, idsFrom } from '@meterline/contracts';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { ProfileSet } from '../meters/profile-store.ts';
import { type LocalIds, type LocalRead, localIds, NO_IDS, readLocal } from './local-file.ts';

const FILE = 'local-ids.json';

export interface LocalFileOptions {
  /** Where the ids are remembered. */
  readonly folder: string;
  readonly gateway: GatewayId;
  readonly profiles: ProfileSet;
  readonly wallMs: () => number;
  readonly random?: (bytes: number) => Uint8Array;
}

/** A configuration written by a person, with ids that last. */
export class LocalFile {
  private readonly options: LocalFileOptions;
  private readonly path: string;

  constructor(options: LocalFileOptions) {
    this.options = options;
    this.path = join(options.folder, FILE);
  }

  /** The ids are on the medium before the configuration is handed out: a point that was used once is never lost. */
  read(text: string): Checked<LocalRead> {
    const { gateway, profiles, wallMs, random = randomBytes } = this.options;
    const known = this.known();
    const ids = idsFrom({ nowMs: wallMs, random });
    const read = readLocal(text, { gateway, profiles, ids, known, wallMs: wallMs() });
    if (read.ok && JSON.stringify(read.value.ids) !== JSON.stringify(known)) {
      writeDurably(this.path, `${JSON.stringify(read.value.ids)}\n`);
    }
    return read;
  }

  private known(): LocalIds {
    const bytes = readIfThere(this.path);
    if (!bytes) return NO_IDS;
    try {
      const parsed = localIds.safeParse(JSON.parse(bytes.toString('utf8')));
      if (parsed.success) return parsed.data;
    } catch {
      // Said below.
    }
    // It stays: new ids would begin new points, and that is for a person to want, not for whatever starts the agent again.
    throw new LocalIdsError(
      `${this.path} is damaged; put it back from a backup to keep the points, or remove it to begin new ones`,
    );
  }
}

export class LocalIdsError extends Error {
  readonly code = 'local_ids_damaged';
  readonly retryable = false;
  override readonly name = 'LocalIdsError';
}

/** `gateway.yaml: buses[0].url: …` */
export const localFaultLines = (file: string, read: Extract<Checked<LocalRead>, { ok: false }>): string[] =>
  read.faults.map((fault) => `${file}: ${faultLine(fault)}`);
