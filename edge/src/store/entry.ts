import {
  type BoundaryLeaf,
  type CommandId,
  commandId,
  countSchema,
  GAUGE_UNITS,
  isEpochMs,
  journalRecordSchema,
  LIMITS,
  leafLine,
  type PointId,
  parseLeaf,
  pointId,
  QUALITY,
  type Quality,
} from '@meterline/contracts';
import type { Anchor } from '../clock.ts';
import type {
  BillingEntry,
  BoundaryEntry,
  CountAt,
  Entry,
  EventBody,
  EventEntry,
  Evidence,
  Mark,
  Occasion,
  Pass,
  ReadingEntry,
} from '../entry.ts';
import type { ReadingTable, Table } from './schema.ts';

/** An entry in the form in which it is stored; only the numbers of row, boot and series are still missing. */
export interface Draft {
  readonly table: Table;
  readonly mono: number;
  readonly wall: number;
  readonly series: SeriesKey | null;
  readonly value: number | bigint | null;
  /** Note of a reading, body of a record. */
  readonly text: string | null;
  readonly anchor?: Anchor;
}
export interface SeriesKey {
  readonly class: ReadingTable;
  readonly point: string;
  /** Unit of a gauge, register of a billing count. */
  readonly detail: string;
}

/** `note` of a billing row that belongs to a sweep. */
export interface SweepNote {
  readonly boundary: number;
  readonly occasion: Occasion;
  readonly command?: CommandId;
  readonly pass: Pass;
  readonly bracket: CountAt | null;
  readonly quality: Quality;
  readonly rereads: readonly string[];
}
export interface Note {
  readonly raw?: string;
  readonly mark?: Mark;
  readonly sweep?: SweepNote;
}

export type Drafted =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly detail: string };

class Invalid extends Error {}

/**
 * Whatever could make a batch unsealable is refused here, by name. Gauges come 50 000 a second in the worst case,
 * so plain checks; the schemas of the contract judge only what is rare.
 */
export function draftOf(entry: Entry): Drafted {
  try {
    return { ok: true, draft: entry.kind === 'event' ? eventDraft(entry) : readingDraft(entry) };
  } catch (error) {
    if (error instanceof Invalid) return { ok: false, detail: error.message };
    throw error;
  }
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Invalid(what);
}

const knownPoints = new Set<string>();
const KNOWN_MAX = 50_000;

function isKnown(key: string, test: () => boolean): boolean {
  if (knownPoints.has(key)) return true;
  if (!test()) return false;
  if (knownPoints.size >= KNOWN_MAX) knownPoints.clear();
  knownPoints.add(key);
  return true;
}

function readingDraft(entry: ReadingEntry): Draft {
  const { mono, wall } = entry.at;
  must(isMono(mono) && Number.isSafeInteger(wall), 'at is no instant');
  must(
    isKnown(entry.point, () => pointId.safeParse(entry.point).success),
    'point is no point id',
  );
  const shared = { mono, wall };
  if (entry.kind === 'gauge') {
    must(entry.value === null || Number.isSafeInteger(entry.value), 'value is no whole number');
    must(Object.hasOwn(GAUGE_UNITS, entry.unit), 'unit is no gauge unit');
    const note = entry.mark ? noteOf({ mark: checkedMark(entry.mark, entry.value) }) : unmarked(entry.value);
    const series: SeriesKey = { class: 'gauge', point: entry.point, detail: entry.unit };
    return { ...shared, table: 'gauge', series, value: entry.value, text: note };
  }
  const value = entry.value === null ? null : int64(entry.value);
  if (entry.kind === 'counter') {
    const note = entry.mark ? noteOf({ mark: checkedMark(entry.mark, value) }) : unmarked(value);
    const series: SeriesKey = { class: 'counter', point: entry.point, detail: '' };
    return { ...shared, table: 'counter', series, value, text: note };
  }
  mustBeLeaf(entry);
  const series: SeriesKey = { class: 'billing', point: entry.point, detail: entry.register };
  if (entry.kind === 'boundary') {
    return { ...shared, table: 'billing', series, value, text: noteOf(sweepNote(entry)) };
  }
  if (!entry.mark) unmarked(value);
  const mark = entry.mark ? { mark: checkedMark(entry.mark, value) } : {};
  return { ...shared, table: 'billing', series, value, text: noteOf({ raw: entry.raw, ...mark }) };
}

const noteOf = (note: Note): string => JSON.stringify(note);

function unmarked(value: unknown): null {
  must(value !== null, 'null goes with the mark no-value');
  return null;
}

function checkedMark(mark: Mark, value: unknown): Mark {
  must(Object.hasOwn(QUALITY, mark.code) && String(mark.code) !== 'good', 'mark.code is no quality');
  must((mark.code === 'no-value') === (value === null), 'null goes with the mark no-value');
  if (mark.evidence) must(isEvidence(mark.evidence), 'mark.evidence is not as in the contract');
  return mark;
}

function isEvidence({ previous, rereads = [], limit }: Evidence): boolean {
  const counts = [previous?.value, limit, ...rereads.map(({ value }) => value)];
  return (
    counts.every((value) => value === undefined || value === null || countSchema.safeParse(value).success) &&
    isMono(previous?.at ?? 0) &&
    rereads.length <= 4 &&
    rereads.every(({ raw }) => raw === undefined || leafFaultOf({ raw }) === undefined)
  );
}

/** Ten years: no boot of the contract is longer. */
const LONGEST_BOOT_MS = 315_576_000_000;
const isMono = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= LONGEST_BOOT_MS;

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const COUNT = /^(?:0|-?[1-9][0-9]{0,18})$/;

function int64(text: string): bigint {
  must(COUNT.test(text), 'value is no count');
  const value = BigInt(text);
  must(value >= INT64.min && value <= INT64.max, 'value does not fit 64 bits');
  return value;
}

const NOON = Date.UTC(2030, 0, 1);
const MODEL: BoundaryLeaf = {
  salt: '00'.repeat(16),
  sequence: LIMITS.sequence,
  point: '019c0fd8-ea80-7682-93cf-f366eb6441a5' as PointId,
  pass: 'only',
  register: 'model@1/register',
  read: NOON,
  count: null,
  raw: '0000',
  bracket: null,
  value: null,
  method: 'none',
  quality: 'good',
  rereads: [],
};

/** What the line of a leaf cannot say, a boundary reading cannot hold: the contract's own reader is the judge. */
function leafFaultOf(part: Partial<BoundaryLeaf>): string | undefined {
  const read = parseLeaf(leafLine({ ...MODEL, ...part }));
  return read.ok ? undefined : read.detail.slice(0, 200);
}

function mustBeLeaf(entry: BillingEntry | BoundaryEntry): void {
  const { raw, register, value: count } = entry;
  const sweep =
    entry.kind === 'boundary'
      ? {
          pass: entry.pass,
          quality: entry.quality,
          rereads: [...entry.rereads],
          bracket: entry.bracket && { at: NOON, count: entry.bracket.count },
        }
      : {};
  const fault = leafFaultOf({ raw, register, count, ...sweep });
  if (fault) throw new Invalid(fault);
}

function sweepNote(entry: BoundaryEntry): Note {
  const { raw, boundary, occasion, command, pass, bracket, quality, rereads, value } = entry;
  must(isEpochMs(boundary), 'boundary is no time');
  must(
    occasion === 'quarter' || occasion === 'period-end' || occasion === 'on-demand',
    'occasion is unknown',
  );
  must(occasion !== 'quarter' || boundary % 900_000 === 0, 'boundary is no quarter hour');
  must(command === undefined || occasion === 'on-demand', 'a command asks for a reading on demand only');
  must(command === undefined || commandId.safeParse(command).success, 'command is no command id');
  must((quality === 'no-value') === (value === null), 'null goes with the quality no-value');
  must(bracket === null || isMono(bracket.at), 'bracket.at is no instant');
  const asked = command === undefined ? {} : { command };
  return { raw, sweep: { boundary, occasion, ...asked, pass, bracket, quality, rereads } };
}

function eventDraft({ at, event }: EventEntry): Draft {
  const { mono, wall } = at;
  must(isMono(mono) && Number.isSafeInteger(wall), 'at is no instant');
  const shared = { table: 'record', mono, wall, series: null, value: null } as const;
  if (event.kind === 'clock') {
    const { kind: _, ...anchor } = event;
    const sound = isMono(anchor.mono) && Number.isSafeInteger(anchor.utc) && isMono(anchor.uncertainty);
    must(sound && isEpochMs(anchor.utc), 'the anchor is no time');
    mustBeRecord(event);
    return { ...shared, text: JSON.stringify(event), anchor };
  }
  mustBeRecord(event);
  return { ...shared, text: JSON.stringify(event) };
}

function mustBeRecord(event: EventBody): void {
  const judged = journalRecordSchema.safeParse({ t: NOON, ...event });
  if (!judged.success)
    throw new Invalid(`${event.kind}: ${judged.error.issues[0]?.message ?? 'is malformed'}`);
}
