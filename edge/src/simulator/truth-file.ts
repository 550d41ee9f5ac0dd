import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
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
export function digestOf(config: BuildingConfig): string {
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
    const known = goesOn && existsSync(path) ? readTruth(path) : [];
    if (known.length > 0) {
      const [head] = known;
      if (head?.kind !== 'building' || head.digest !== digest) {
        throw new TruthFileError(
          `${path} is the truth of another building; move it away, or name another file`,
        );
      }
      const last = known.reduce((latest, line) => Math.max(latest, timeOf(line)), 0);
      if (last > from) {
        throw new TruthFileError(`${path} is ahead of the clock; set the clock, or move the file away`);
      }
      restore(building, known);
      const file = new TruthFile(path, building, last);
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

  write(lines: readonly TruthLine[]): void {
    if (lines.length > 0)
      appendFileSync(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Everything up to a time, in order. Returns what happened to counters. */
  advance(to: number): TruthLine[] {
    if (to <= this.#until) return [];
    const events = counterLines(this.#building, this.#until, to);
    const quarters = quartersIn(this.#until, to).flatMap((at) =>
      this.#building.points
        .filter((point) => point.from <= at && at < point.to)
        .map((point) => quarterLine(this.#building, point, at)),
    );
    this.write([...events, ...quarters].toSorted((a, b) => timeOf(a) - timeOf(b)));
    this.#until = to;
    return events;
  }
}

/** The lines of a truth file; a last line that a power cut tore is left out. */
export function readTruth(path: string): TruthLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text): TruthLine[] => {
      try {
        return text === '' ? [] : [JSON.parse(text) as TruthLine];
      } catch {
        return [];
      }
    });
}

/** When the first run of a building that goes on began; undefined where there was none. */
export function firstBegin(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const begin = readTruth(path).find(({ kind }) => kind === 'begin');
  return begin && timeOf(begin);
}

/** Breakers stand where they stood, and what was erased stays erased. */
function restore(building: Building, lines: readonly TruthLine[]): void {
  for (const line of lines) {
    if (line.kind === 'switch') {
      const { control, state, moved } = line;
      const isOn = state === 'on' || state === 'open';
      const kind = state === 'on' || state === 'off' ? 'relay' : 'valve';
      building.switch(building.meter(line.meter), { control, kind, state, isOn, at: moved });
    }
    if (line.kind === 'harm' && line.effect === 'erased') building.meter(line.meter).reset(line.at);
  }
}
