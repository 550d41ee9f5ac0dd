import { tableError } from '../../kernel/tables/table.errors.ts';
import type { Table } from '../../platform/tables/index.ts';
import { bodyOf } from '../../platform/tables/index.ts';
import type { Conflict, DirectSettled, Intake } from '../intake.ts';
import { type Fault, faultAt } from './domain/faults.ts';
import type { Mapping } from './domain/mapping.ts';
import type { RowReader, RowReading } from './domain/row-reader.ts';
import { SeenReadings } from './domain/seen-readings.ts';
import type { CheckTotals } from './imports.store.ts';
import { directReading, stagedLine } from './staged-lines.ts';

/** Of one file; what is beyond is refused by name, never cut. */
const MOST_READINGS = 1_000_000;
/** Readings judged at once. */
const CHUNK = 2_000;
/** A file with more is another kind of file than the mapping says. */
export const MOST_FAULTS = 20_000;

export interface CheckOptions {
  readonly organisation: string;
  readonly run: string;
  readonly intake: Pick<Intake, 'readings'>;
  readonly signal: AbortSignal;
  /** Those of these openings that cannot be, with the reason. */
  readonly badOpenings: (
    openings: readonly RowReading[],
  ) => Promise<readonly { readonly reading: RowReading; readonly why: string }[]>;
  /** Keeps what was found so far; `false`: somebody asked to stop. */
  readonly progress: (totals: CheckTotals, faults: readonly Fault[]) => Promise<boolean>;
}

/** The first half of an import: every line is judged against the mapping, the rest of the file and the database. */
export class ImportCheck {
  readonly #options: CheckOptions;
  readonly #seen = new SeenReadings();
  /** The earliest of each meter. */
  readonly #openings = new Map<string, RowReading>();
  #totals: { -readonly [Key in keyof CheckTotals]: number } = {
    lines: 0,
    readings: 0,
    faults: 0,
    stored: 0,
    repeats: 0,
    conflicts: 0,
    held: 0,
  };
  #faults: Fault[] = [];
  #repeatsInFile = 0;
  #stopped: 'cancelled' | 'too-many-faults' | undefined;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  get totals(): CheckTotals {
    return this.#totals;
  }

  /** The same reading on two lines: harmless, and stored once. */
  get repeatsInFile(): number {
    return this.#repeatsInFile;
  }

  get stopped(): 'cancelled' | 'too-many-faults' | undefined {
    return this.#stopped;
  }

  /** Good readings as staged lines, in the order of the file. */
  async *staged(table: Table, mapping: Mapping, reader: RowReader): AsyncGenerator<string> {
    let waiting: RowReading[] = [];
    let rows = 0;
    for await (const row of bodyOf(table, mapping.headerLine)) {
      const { readings, faults } = reader.read(row);
      this.#note(faults);
      for (const reading of readings) if (this.#isNew(reading)) waiting.push(reading);
      this.#totals.lines = row.line;
      rows += 1;
      if (waiting.length < CHUNK && rows % CHUNK !== 0) continue;
      yield* await this.#judge(waiting);
      waiting = [];
      if (!(await this.#goOn())) return;
    }
    yield* await this.#judge(waiting);
    for (const { reading, why } of await this.#options.badOpenings([...this.#openings.values()]))
      this.#note([faultAt(reading, 'opening_refused', reading.text, why)]);
    this.#totals.lines = Math.max(this.#totals.lines, table.lines);
    await this.#goOn();
  }

  #note(faults: readonly Fault[]): void {
    this.#totals.faults += faults.length;
    this.#faults.push(...faults);
  }

  #isNew(reading: RowReading): boolean {
    const before = this.#seen.add(reading.point, reading.at, reading.count, reading.line);
    if (before === undefined) {
      const first = this.#openings.get(reading.point);
      if (reading.opening && reading.at < (first?.at ?? Infinity)) this.#openings.set(reading.point, reading);
      if (this.#seen.size > MOST_READINGS) {
        throw tableError('import_file_too_large', {
          message: `the file holds more than ${MOST_READINGS} readings; split it`,
        });
      }
      return true;
    }
    if (before.same) {
      this.#repeatsInFile += 1;
      this.#totals.repeats += 1;
    } else this.#note([faultAt(reading, 'twice', reading.text, String(before.line))]);
    return false;
  }

  async #judge(readings: readonly RowReading[]): Promise<string[]> {
    let left = readings;
    let settled = await this.#dryRun(left);
    if (settled.refused.length > 0) {
      this.#note(
        settled.refused.flatMap(({ index, reason }) => {
          const reading = left[index];
          return reading ? [faultAt(reading, 'refused', reading.text, reason.replaceAll('-', ' '))] : [];
        }),
      );
      const bad = new Set(settled.refused.map(({ index }) => index));
      left = left.filter((_, index) => !bad.has(index));
      settled = await this.#dryRun(left);
    }
    this.#note(settled.conflicts.flatMap((conflict) => conflictFault(left, conflict)));
    const contradicted = new Set(settled.conflicts.map(({ index }) => index));
    const good = left.filter((_, index) => !contradicted.has(index));
    this.#totals.readings += good.length;
    this.#totals.stored += settled.stored;
    this.#totals.repeats += settled.repeats;
    this.#totals.conflicts += settled.conflicts.length;
    this.#totals.held += settled.held;
    return good.map(stagedLine);
  }

  async #dryRun(readings: readonly RowReading[]): Promise<DirectSettled> {
    if (readings.length === 0) return { stored: 0, repeats: 0, conflicts: [], held: 0, refused: [] };
    const { organisation, run, intake } = this.#options;
    return intake.readings({
      organisation,
      source: 5,
      reference: `${run}/check`,
      readings: readings.map(directReading),
      dryRun: true,
    });
  }

  async #goOn(): Promise<boolean> {
    const { progress, signal } = this.#options;
    signal.throwIfAborted();
    const faults = this.#faults;
    this.#faults = [];
    if (!(await progress(this.#totals, faults))) this.#stopped = 'cancelled';
    else if (this.#totals.faults > MOST_FAULTS) this.#stopped = 'too-many-faults';
    return this.#stopped === undefined;
  }
}

function conflictFault(readings: readonly RowReading[], { index, stored }: Conflict): Fault[] {
  const reading = readings[index];
  return reading ? [faultAt(reading, 'conflict', reading.text, stored ?? 'none')] : [];
}
