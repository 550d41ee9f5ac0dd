import type { Temporal } from 'temporal-polyfill';
import type { Format } from '../../platform/tables/index.ts';
import type { ImportState } from './domain/import-state.ts';
import type { Mapping } from './domain/mapping.ts';

export interface ImportRun {
  readonly id: string;
  readonly building: string;
  readonly zone: string;
  readonly state: ImportState;
  readonly fileKey: string;
  readonly fileName: string;
  readonly format: Format;
  readonly sha256: string;
  readonly size: bigint;
  readonly mapping: Mapping | null;
  /** Everything is judged, nothing is stored. */
  readonly dryRun: boolean;
  /** Lines with faults are left out instead of keeping all others out. */
  readonly keepGood: boolean;
  readonly cancelRequested: boolean;
  readonly totalLines: number | null;
  readonly lines: number;
  readonly readings: number;
  readonly faults: number;
  readonly stored: number;
  readonly repeats: number;
  readonly conflicts: number;
  readonly held: number;
  readonly stagedKey: string | null;
  readonly chunks: number;
  readonly error: string | null;
  readonly author: string;
  readonly createdAt: Temporal.Instant;
  readonly touchedAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant | null;
}

export interface SavedMapping {
  readonly name: string;
  readonly mapping: Mapping;
  readonly updatedAt: Temporal.Instant;
}
