import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { KeyRing } from '@meterline/contracts';
import { InvalidArgumentError } from 'commander';
import { CommissionedStore } from '../commission/index.ts';
import { ConfigStore } from '../desired/index.ts';
import type { ExportRange, JournalReader, JournalReading } from '../store/index.ts';
import { EXIT, Failure, type Io } from './io.ts';

export interface ExportOptions {
  readonly state: string;
  readonly format: 'csv' | 'jsonl' | 'evidence';
  readonly from?: number;
  readonly to?: number;
  readonly sequence?: ExportRange;
  readonly out?: string;
}

const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/;

/** UTC where no zone is given: what a script means must not depend on the machine. */
export function timeOption(text: string): number {
  const match = TIME.exec(text);
  const bare = match && text.includes('T') && match.groups?.zone === undefined;
  const ms = match ? Date.parse(bare ? `${text}Z` : text) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError(
    'a time is such as 2026-11-01, 2026-11-01T07:00 (UTC) or 2026-11-01T07:00+07:00.',
  );
}

export function sequenceOption(text: string): ExportRange {
  const [, from = '', to] = /^(\d{1,15})(?:-(\d{1,15})?)?$/.exec(text) ?? [];
  const range = {
    from: Number(from),
    to: to === undefined ? (text.endsWith('-') ? undefined : Number(from)) : Number(to),
  };
  if (from !== '' && range.from >= 1 && (range.to === undefined || range.to >= range.from)) {
    return range.to === undefined ? { from: range.from } : { from: range.from, to: range.to };
  }
  throw new InvalidArgumentError('a range of numbers is such as 1200, 1200-1300 or 1200-.');
}

interface Told {
  lines: number;
  faults: number;
}

/** Streams: what is written never waits in memory, and nobody who has stopped reading is written to. */
export async function exportJournal(
  reader: JournalReader,
  keys: KeyRing,
  options: ExportOptions,
  io: Io,
): Promise<void> {
  const { format, from, to, sequence = {} } = options;
  if (format === 'evidence' && (from !== undefined || to !== undefined)) {
    throw new Failure('a range of evidence is one of numbers: --sequence', EXIT.usage);
  }
  const told: Told = { lines: 0, faults: 0 };
  const lines =
    format === 'evidence' ? reader.evidence(sequence) : readingLines({ reader, keys, options, io, told });
  const sink = options.out === undefined ? outputOf(io) : await fileOf(options.out);
  const progress = options.out === undefined ? undefined : io.progress;
  try {
    for (const chunk of chunks(lines, told)) {
      progress?.(`${told.lines} lines`);
      if (!(await sink.write(chunk))) return;
    }
    await sink.end();
  } catch (error) {
    await sink.discard();
    throw error;
  } finally {
    progress?.('');
  }
  if (options.out !== undefined) io.err(`${told.lines} lines in ${options.out}`);
  if (told.faults > 0)
    throw new Failure(`${told.faults} parts of the journal are damaged and were left out`, EXIT.faulty);
}

const CHUNK = 64 << 10;

function* chunks(lines: Iterable<string>, told: Told): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    told.lines += 1;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

interface Sink {
  /** False: nobody takes any more. */
  write(text: string): Promise<boolean>;
  end(): Promise<void>;
  /** Half an export looks like a whole one, and takes the room of what has to be kept. */
  discard(): Promise<void>;
}

function outputOf(io: Io): Sink {
  return {
    write: async (text) => {
      io.out(text.slice(0, -1));
      await io.taken?.();
      return !io.gone?.aborted;
    },
    end: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

/** Never over a file that is there: it might be the journal. */
async function fileOf(path: string): Promise<Sink> {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  let fault: Error | undefined;
  stream.on('error', (error) => {
    fault ??= error;
  });
  await opened(stream).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  return {
    write: async (text) => {
      if (!stream.write(text))
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined);
      if (fault) throw cannotWrite(path, fault);
      return true;
    },
    end: async () => {
      if (!stream.closed) {
        const closed = once(stream, 'close').catch(() => undefined);
        stream.end();
        await closed;
      }
      if (fault) throw cannotWrite(path, fault);
    },
    discard: async () => {
      stream.destroy();
      await rm(path, { force: true });
    },
  };
}

const opened = (stream: WriteStream): Promise<unknown> => once(stream, 'open');

function cannotWrite(path: string, error: unknown): Failure {
  const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
  const why = exists
    ? 'exists already'
    : `cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  return new Failure(`${path} ${why}`, EXIT.unavailable, { cause: error });
}

interface Lines {
  readonly reader: JournalReader;
  readonly keys: KeyRing;
  readonly options: ExportOptions;
  readonly io: Io;
  readonly told: Told;
}

function* readingLines({ reader, keys, options, io, told }: Lines): Generator<string> {
  const { format, from: since, to: until, sequence = {}, state } = options;
  const range = { ...sequence, ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const names = namesOf(state);
  if (format === 'csv') yield COLUMNS.join(',');
  for (const reading of reader.readings(keys, range)) {
    if ('fault' in reading) {
      told.faults += 1;
      io.err(reading.fault);
      continue;
    }
    const shown = shownReading(reading, names);
    yield format === 'csv' ? COLUMNS.map((name) => csvCell(shown[name])).join(',') : jsonLine(shown);
  }
}

const COLUMNS = [
  'time',
  'class',
  'meter',
  'register',
  'value',
  'unit',
  'quality',
  'boundary',
  'boundary_value',
  'raw',
  'note',
  'point',
  'journal',
  'sequence',
  'batch',
] as const;
type Shown = Readonly<Record<(typeof COLUMNS)[number], string | number | object | null>>;

type Names = ReadonlyMap<string, { readonly meter: string; readonly register: string }>;

/** What this gateway calls its points now; of those it had before only the id is known. */
function namesOf(state: string): Names {
  const wallMs = () => 0;
  const configs = ['config.json', 'config.local.json'].flatMap((name) => {
    const { good, candidate } = new ConfigStore(state, wallMs, name, 'look').load();
    return [good, candidate].flatMap((held) => held?.config.meters ?? []);
  });
  const local = new CommissionedStore(state, wallMs, 'look')
    .all()
    .map(({ commissioned }) => commissioned.meter);
  const entries = [...local, ...configs].flatMap(({ label, profile, points }) =>
    points.map(({ id, register }) => [id, { meter: label, register: `${profile}/${register}` }] as const),
  );
  return new Map(entries);
}

const instant = (ms: number): string => new Date(ms).toISOString();

/** An interval of ISO 8601 where only bounds are known. */
function timeText(time: JournalReading['time']): string | null {
  if (!time) return null;
  const [earliest, latest] = time;
  return earliest === latest ? instant(earliest) : `${instant(earliest)}/${instant(latest)}`;
}

function shownReading(reading: JournalReading, names: Names): Shown {
  const named = reading.point === null ? undefined : names.get(reading.point);
  const { boundary, boundaryValue, time, unit, register, value } = reading;
  const { class: kind, quality, raw, note, point, journal, sequence, batch } = reading;
  return {
    ...{ time: timeText(time), class: kind, meter: named?.meter ?? null, value, quality, raw, note, point },
    register: register ?? named?.register ?? null,
    unit: unit ?? (kind === 'record' ? null : 'count'),
    boundary: boundary === null ? null : instant(boundary),
    boundary_value: boundaryValue,
    ...{ journal, sequence, batch },
  };
}

const jsonLine = (shown: Shown): string =>
  JSON.stringify(
    Object.fromEntries(COLUMNS.flatMap((name) => (shown[name] === null ? [] : [[name, shown[name]]]))),
  );

/** RFC 4180. A name that a spreadsheet would take for a formula is made a text. */
export function csvCell(value: string | number | object | null): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const inert = /^[=+@\t\r]|^-(?!\d+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
