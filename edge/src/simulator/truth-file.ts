import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import type { Building } from './building.ts';
import type { BuildingConfig } from './config.schema.ts';
import { counterLines, pointLine, quarterLine, quartersIn, type TruthLine, timeOf } from './truth-lines.ts';

/** Another building, or another story of the same one. */
export class TruthFileError extends Error {
  readonly code = 'truth_file_unfit';
  readonly retryable = false;
  override readonly name = 'TruthFileError';
}

/** Of what decides the truth; ports, paths and turnaround do not. */
function digestOf(config: BuildingConfig): string {
  const { name, utcOffset, since, seed, places, faults } = config;
  const meters = config.buses.flatMap(({ id, meters: own }) =>
    own.map(({ turnaroundMs: _, ...meter }) => ({ bus: id, ...meter })),
  );
  const counting = faults.filter(({ kind }) => ['reset', 'swap', 'frozen', 'rollover'].includes(kind));
  return createHash('sha256')
    .update(JSON.stringify([name, utcOffset, since, seed, places, meters, counting]))
    .digest('hex');
}

/** Writes the truth as time goes by; what has been done by hand in an earlier run is taken up again. */
export class TruthFile {
  readonly #path: string;
  readonly #building: Building;
  #until: number;

  private constructor(path: string, building: Building, until: number) {
    this.#path = path;
    this.#building = building;
    this.#until = until;
  }

  /** `goesOn`: the building lives in real time, so that a second run continues the first. */
  static open(path: string, building: Building, from: number, goesOn: boolean): TruthFile {
    const digest = digestOf(building.config);
    const done: TruthLine[] = [];
    const told = goesOn
      ? toldBy(path, (line) => {
          if (line.kind === 'switch' || line.kind === 'harm') done.push(line);
        })
      : undefined;
    if (told) {
      if (told.digest !== digest) {
        throw new TruthFileError(
          `${path} is the truth of another building; move it away, or name another file`,
        );
      }
      if (told.until > from) {
        throw new TruthFileError(`${path} is ahead of the clock; set the clock, or move the file away`);
      }
      restore(building, done);
      const file = new TruthFile(path, building, told.until);
      file.#endTornLine();
      file.write([{ kind: 'begin', at: from }]);
      return file;
    }
    // What is true at the very beginning belongs to it.
    const file = new TruthFile(path, building, from - 1);
    const { name, seed, utcOffset } = building.config;
    const head = {
      kind: 'building',
      format: 1,
      name,
      seed,
      since: building.since,
      utcOffset,
      digest,
    } as const;
    writeFileSync(path, '');
    file.write([head, ...building.points.map(pointLine), { kind: 'begin', at: from }]);
    return file;
  }

  get until(): number {
    return this.#until;
  }

  /** So that the next line does not stand behind half of another. */
  #endTornLine(): void {
    const file = openSync(this.#path, 'r');
    const last = Buffer.alloc(1);
    const { size } = fstatSync(file);
    readSync(file, last, 0, 1, Math.max(0, size - 1));
    closeSync(file);
    if (size > 0 && last[0] !== 0x0a) appendFileSync(this.#path, '\n');
  }

  write(lines: readonly TruthLine[]): void {
    if (lines.length > 0)
      appendFileSync(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Everything up to a time, in order; `others` happened meanwhile. */
  advance(to: number, others: readonly TruthLine[]): void {
    if (to <= this.#until) return;
    const events = counterLines(this.#building, this.#until, to);
    const quarters = quartersIn(this.#until, to).flatMap((at) =>
      this.#building.points
        .filter((point) => point.from <= at && at < point.to)
        .map((point) => quarterLine(this.#building, point, at)),
    );
    this.write([...others, ...events, ...quarters].toSorted((a, b) => timeOf(a) - timeOf(b)));
    this.#until = to;
  }
}

const PIECE = 1 << 20;

/** The lines of a truth file, in pieces: years make gigabytes. A last line that a power cut tore is left out. */
export function* truthLines(path: string): Generator<TruthLine> {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(PIECE);
    let rest: Buffer = Buffer.alloc(0);
    for (let count = readSync(file, piece); count > 0; count = readSync(file, piece)) {
      const bytes = Buffer.concat([rest, piece.subarray(0, count)]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      rest = Buffer.from(bytes.subarray(end));
      for (const text of bytes.toString('utf8', 0, end).split('\n')) {
        const line = text === '' ? undefined : parsed(text);
        if (line) yield line;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** A line that a power cut tore in the middle of the file, before the next run went on behind it. */
function parsed(text: string): TruthLine | undefined {
  try {
    return JSON.parse(text) as TruthLine;
  } catch {
    return undefined;
  }
}

export const readTruth = (path: string): TruthLine[] => [...truthLines(path)];

export interface Told {
  readonly digest: string | undefined;
  /** When the first run began, and how far the last one came. */
  readonly begun: number;
  readonly until: number;
}

/** What an earlier run has left; undefined where there was none. */
export function toldBy(path: string, heard: (line: TruthLine) => void = () => {}): Told | undefined {
  if (!existsSync(path)) return undefined;
  let told: Told | undefined;
  for (const line of truthLines(path)) {
    told ??= { digest: line.kind === 'building' ? line.digest : undefined, begun: Number.NaN, until: 0 };
    const at = timeOf(line);
    const begun = Number.isNaN(told.begun) && line.kind === 'begin' ? at : told.begun;
    told = { digest: told.digest, begun, until: Math.max(told.until, at) };
    heard(line);
  }
  return told;
}

/** Breakers stand where they stood, and what was erased or lost stays so. */
function restore(building: Building, lines: readonly TruthLine[]): void {
  for (const line of lines) {
    if (line.kind === 'switch') {
      const { control, state, moved } = line;
      const isOn = state === 'on' || state === 'open';
      const kind = state === 'on' || state === 'off' ? 'relay' : 'valve';
      building.switch(building.meter(line.meter), { control, kind, state, isOn, at: moved });
    }
    if (line.kind === 'harm') {
      const meter = building.meter(line.meter);
      if (line.effect === 'erased') meter.erase(line.at);
      else meter.isLost = true;
    }
  }
}
