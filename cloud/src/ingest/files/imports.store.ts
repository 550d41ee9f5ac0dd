import type { Temporal } from 'temporal-polyfill';
import { tableError } from '../../kernel/tables/table.errors.ts';
import type { Transaction } from '../../platform/db/index.ts';
import type { Profiles } from '../domain/decode-check.ts';
import type { RegisterEpoch } from '../manual/domain/register-epoch.ts';
import { Directory, type KnownMeter, type KnownPlace, type KnownPoint } from './domain/directory.ts';
import type { Fault } from './domain/faults.ts';
import { importError } from './domain/file.errors.ts';
import type { ImportState } from './domain/import-state.ts';
import type { Mapping } from './domain/mapping.ts';
import type { ImportParts } from './import-parts.ts';
import * as sql from './imports.sql.ts';
import type { ImportRun, SavedMapping } from './imports.types.ts';
import { registerFacts } from './known-registers.ts';

type Instant = Temporal.Instant;
/** Of one building; beyond, a file is imported building part by building part. */
const MOST_POINTS = 100_000;

export interface NewRun {
  readonly id: string;
  readonly building: string;
  readonly fileKey: string;
  readonly fileName: string;
  readonly format: string;
  readonly sha256: string;
  readonly size: number;
  readonly author: string;
  readonly at: Instant;
}

export interface CheckTotals {
  readonly lines: number;
  readonly readings: number;
  readonly faults: number;
  readonly stored: number;
  readonly repeats: number;
  readonly conflicts: number;
  readonly held: number;
}

interface PointRow {
  readonly id: string;
  readonly no: number;
  readonly class: KnownPoint['class'];
  readonly register: string | null;
  readonly unit: string | null;
  readonly meter: string | null;
  readonly installations: readonly { meter: string; place: string | null; from: number; to: number | null }[];
}

/** To be bound: `tx.bind(importsStore)`. The organisation is the transaction's. */
export const importsStore = (tx: Transaction): ImportsStore => new ImportsStore(tx);

export class ImportsStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    const { rows } = await this.#tx.query<T & Record<string, unknown>>(text, [
      this.#tx.organisation,
      ...values,
    ]);
    return rows;
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<boolean> {
    return ((await this.#tx.query(text, [this.#tx.organisation, ...values])).rowCount ?? 0) > 0;
  }

  async building(id: string): Promise<{ readonly id: string; readonly zone: string } | undefined> {
    return (await this.#all<{ id: string; zone: string }>(sql.BUILDING_SQL, id))[0];
  }

  async directory(
    building: string,
    { profiles, epochsOf }: Pick<ImportParts, 'profiles' | 'epochsOf'>,
  ): Promise<Directory> {
    const points = await this.#all<PointRow>(sql.POINTS_SQL, building, MOST_POINTS + 1);
    const meters = await this.#all<KnownMeter>(sql.METERS_SQL, building, MOST_POINTS + 1);
    const places = await this.#all<KnownPlace>(sql.PLACES_SQL, building, MOST_POINTS + 1);
    if (Math.max(points.length, meters.length, places.length) > MOST_POINTS) {
      throw tableError('import_file_too_large', {
        message: `the building has more than ${MOST_POINTS} points, meters or rooms`,
      });
    }
    const epochs = await epochsOf(
      this.#tx,
      points.map(({ no }) => no),
    );
    return new Directory(
      points.map((row) => knownPoint(row, profiles, epochs.get(row.no))),
      meters,
      places,
    );
  }

  addRun(run: NewRun): Promise<boolean> {
    const { id, building, fileKey, fileName, format, sha256, size, author, at } = run;
    return this.#run(sql.ADD_RUN_SQL, id, building, fileKey, fileName, format, sha256, size, author, at);
  }

  async run(id: string): Promise<ImportRun> {
    return found((await this.#all<ImportRun>(sql.RUN_SQL, id))[0]);
  }

  async lockRun(id: string): Promise<ImportRun> {
    return found((await this.#all<ImportRun>(sql.LOCK_RUN_SQL, id))[0]);
  }

  runs(before: string | undefined, limit: number): Promise<readonly ImportRun[]> {
    return this.#all<ImportRun>(sql.RUNS_SQL, before ?? null, limit);
  }

  async earlier({ id, sha256 }: Pick<ImportRun, 'id' | 'sha256'>): Promise<string | undefined> {
    return (await this.#all<{ id: string }>(sql.SAME_FILE_SQL, sha256, id))[0]?.id;
  }

  async unfinished(building: string, sha256: string, mapping: Mapping, keepGood: boolean) {
    const text = JSON.stringify(mapping);
    return (await this.#all<ImportRun>(sql.UNFINISHED_SQL, building, sha256, text, keepGood))[0];
  }

  queue(
    id: string,
    mapping: Mapping,
    options: { dryRun: boolean; keepGood: boolean },
    at: Instant,
  ): Promise<boolean> {
    return this.#run(sql.QUEUE_RUN_SQL, id, JSON.stringify(mapping), options.dryRun, options.keepGood, at);
  }

  /** `false`: another process has it. */
  claim(id: string, silentSince: Instant, at: Instant): Promise<boolean> {
    return this.#run(sql.CLAIM_SQL, id, silentSince, at);
  }

  async beginCheck(id: string, lines: number, at: Instant): Promise<boolean> {
    await this.#run(sql.CLEAR_FAULTS_SQL, id);
    return this.#run(sql.BEGIN_CHECK_SQL, id, lines, at);
  }

  /** Says whether somebody asked to stop; undefined: the run is somewhere else by now. */
  async checkedSoFar(id: string, totals: CheckTotals, at: Instant): Promise<boolean | undefined> {
    const { lines, readings, faults, stored, repeats, conflicts, held } = totals;
    const values = [id, lines, readings, faults, stored, repeats, conflicts, held, at];
    return (await this.#all<{ cancelRequested: boolean }>(sql.CHECKED_SO_FAR_SQL, ...values))[0]
      ?.cancelRequested;
  }

  endCheck(
    id: string,
    state: ImportState,
    end: { stagedKey?: string; error?: string; repeatsInFile: number },
    at: Instant,
  ): Promise<boolean> {
    const { stagedKey = null, error = null, repeatsInFile } = end;
    return this.#run(
      sql.END_CHECK_SQL,
      id,
      state,
      stagedKey,
      error?.slice(0, 500) ?? null,
      at,
      repeatsInFile,
    );
  }

  storedChunk(
    id: string,
    chunk: number,
    settled: { stored: number; repeats: number; conflicts: number; held: number },
    at: Instant,
  ): Promise<boolean> {
    const { stored, repeats, conflicts, held } = settled;
    return this.#run(sql.STORED_CHUNK_SQL, id, chunk, stored, repeats, conflicts, held, at);
  }

  endStoring(id: string, at: Instant): Promise<boolean> {
    return this.#run(sql.END_STORING_SQL, id, at);
  }

  cancel(id: string, at: Instant): Promise<boolean> {
    return this.#run(sql.CANCEL_SQL, id, at);
  }

  /** `from` is the number of the first of them. */
  async addFaults(run: string, from: number, faults: readonly Fault[]): Promise<void> {
    if (faults.length === 0) return;
    await this.#run(
      sql.ADD_FAULTS_SQL,
      run,
      faults.map((_, i) => from + i),
      faults.map(({ line }) => line),
      faults.map(({ column }) => column ?? null),
      faults.map(({ columnName }) => storable(columnName ?? null)),
      faults.map(({ code }) => code),
      faults.map(({ value }) => storable(value)),
      faults.map(({ problem }) => storable(problem)),
      faults.map(({ remedy }) => remedy),
    );
  }

  faults(run: string, after: number, limit: number): Promise<readonly (Fault & { readonly no: number })[]> {
    return this.#all(sql.FAULTS_SQL, run, after, limit);
  }

  mappings(): Promise<readonly SavedMapping[]> {
    return this.#all<SavedMapping>(sql.MAPPINGS_SQL);
  }

  async mapping(name: string): Promise<SavedMapping> {
    const [saved] = await this.#all<SavedMapping>(sql.MAPPING_SQL, name);
    if (saved) return saved;
    throw importError('import_mapping_not_found', { message: `there is no mapping "${name.slice(0, 80)}"` });
  }

  saveMapping(id: string, name: string, mapping: Mapping, at: Instant): Promise<boolean> {
    return this.#run(sql.SAVE_MAPPING_SQL, id, name, JSON.stringify(mapping), at);
  }

  dropMapping(name: string): Promise<boolean> {
    return this.#run(sql.DROP_MAPPING_SQL, name);
  }
}

function found(run: ImportRun | undefined): ImportRun {
  if (run) return run;
  throw importError('import_not_found');
}

function knownPoint(row: PointRow, profiles: Profiles, epochs: readonly RegisterEpoch[] = []): KnownPoint {
  // Never installed by date: it has been what it is now for as long as anybody knows.
  const always = row.meter === null ? [] : [{ meter: row.meter, place: null, from: null, to: null }];
  return {
    id: row.id,
    class: row.class,
    bindings: row.installations.length > 0 ? row.installations : always,
    ...registerFacts(row, profiles),
    ...(epochs.some(({ register }) => (register ?? row.register) !== row.register) && {
      exchanged: epochs.map(({ from, register }) => ({
        from,
        counts: registerFacts({ ...row, register: register ?? row.register }, profiles).counts,
      })),
    }),
  };
}

/** PostgreSQL keeps no zero bytes in a text, and no halves of characters. */
function storable<T extends string | null>(text: T): T {
  return (text === null ? text : text.toWellFormed().replaceAll('\0', '')) as T;
}
