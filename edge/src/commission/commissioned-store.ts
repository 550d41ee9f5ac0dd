import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CommissionedMeter,
  type Config,
  journalRecordSchema,
  type MeterId,
  meterId,
} from '@meterline/contracts';
import { z } from 'zod';
import { isStillLocal, type LocalMeter } from '../desired/adopt.ts';
import { quarantine, readIfThere, writeDurably } from '../durable-file.ts';

const FOLDER = 'commissioned';

const stored = z.strictObject({
  v: z.literal(1),
  id: meterId,
  commissioned: z.unknown(),
  /** Of its record in the journal; null: not journalled yet. */
  sequence: z.int().nullable(),
  receiptedAt: z.int().nullable(),
});

export interface StoredMeter extends LocalMeter {
  readonly sequence: number | null;
}

/**
 * Meters that were commissioned on this gateway, one file each, so that a meter is there whole or not at all. The agent
 * journals them, and forgets them when the hub's configuration speaks of them.
 */
export class CommissionedStore {
  private readonly folder: string;
  private readonly wallMs: () => number;

  private readonly how: 'use' | 'look';

  /** `look`: a damaged file stays where it is. */
  constructor(folder: string, wallMs: () => number, how: 'use' | 'look' = 'use') {
    this.folder = join(folder, FOLDER);
    this.wallMs = wallMs;
    this.how = how;
  }

  all(): StoredMeter[] {
    return this.files().flatMap((file) => this.read(file) ?? []);
  }

  add(commissioned: CommissionedMeter): void {
    this.write({ commissioned, sequence: null, receiptedAt: null });
  }

  /** Writes a record for each that has none yet. `append` returns its sequence; null when the journal has no room. */
  journal(append: (commissioned: CommissionedMeter) => number | null): number {
    let done = 0;
    for (const meter of this.all()) {
      if (meter.sequence !== null) continue;
      const sequence = append(meter.commissioned);
      if (sequence === null) continue;
      this.write({ ...meter, sequence });
      done += 1;
    }
    return done;
  }

  /** The hub has everything up to this record. */
  receipted(watermark: number, utc: number): void {
    for (const meter of this.all()) {
      if (meter.sequence === null || meter.receiptedAt !== null || meter.sequence > watermark) continue;
      this.write({ ...meter, receiptedAt: Math.trunc(utc) });
    }
  }

  /** Forgets those of which this configuration of the hub speaks, or should. */
  settle(config: Config): MeterId[] {
    return this.all().flatMap((meter) => {
      if (isStillLocal(config, meter)) return [];
      const { id } = meter.commissioned.meter;
      rmSync(this.path(id), { force: true });
      return [id];
    });
  }

  private write({ commissioned, sequence, receiptedAt }: StoredMeter): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const { id } = commissioned.meter;
    writeDurably(this.path(id), `${JSON.stringify({ v: 1, id, commissioned, sequence, receiptedAt })}\n`);
  }

  private read(file: string): StoredMeter | undefined {
    const path = join(this.folder, file);
    const bytes = readIfThere(path);
    if (!bytes) return undefined;
    try {
      const read = stored.parse(JSON.parse(bytes.toString('utf8')));
      const record = journalRecordSchema.parse({ kind: 'commission', t: TIME, meter: read.commissioned });
      if (record.kind === 'commission') {
        return { commissioned: record.meter, sequence: read.sequence, receiptedAt: read.receiptedAt };
      }
    } catch {
      // A damaged file must not keep the others, nor the agent, from working.
    }
    if (this.how === 'use') quarantine(path, this.wallMs());
    return undefined;
  }

  private files(): string[] {
    try {
      return readdirSync(this.folder)
        .filter((file) => file.endsWith('.json'))
        .toSorted();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }

  private path(id: MeterId): string {
    return join(this.folder, `${id}.json`);
  }
}

const TIME = Date.UTC(2030, 0, 1);
