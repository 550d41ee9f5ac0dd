import { Readable } from 'node:stream';
import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import { RAW_SQL, type ReadingClass } from '../readings/index.ts';
import type { Stretch } from './domain/series.ts';
import { meteringError } from './metering.errors.ts';
import type { Asking, MeteringParts } from './metering.parts.ts';
import { QUALITIES } from './packed.ts';
import { timeText } from './times.ts';
import * as sql from './usage.sql.ts';
import { usageStore } from './usage.store.ts';
import type { SelectedPoint, Subject } from './usage.types.ts';

export interface RawExportQuery extends Stretch {
  readonly subject: Subject;
  readonly class: ReadingClass;
}

interface RawRow extends Record<string, unknown> {
  readonly at: Temporal.Instant;
  readonly value: bigint | null;
  readonly quality: number;
  readonly source: number;
  readonly batch: bigint;
  readonly sequence: bigint;
  readonly register: number | null;
  readonly raw: Buffer | null;
  readonly boundary_at: Temporal.Instant | null;
  readonly bracket_at: Temporal.Instant | null;
  readonly bracket_count: bigint | null;
  readonly correction: string | null;
}

interface Names {
  readonly evidences: readonly string[];
  readonly registers: ReadonlyMap<number, string>;
}

const HEADER =
  'point,register,at,value,unit,quality,evidence,raw,boundary_at,bracket_at,bracket_count,correction,batch,sequence\r\n';
/** One statement reads so many; the next is asked when the reader has taken these. */
const PAGE = 4_000;
const LONGEST_MS = 20 * 366 * 86_400_000;

/**
 * Readings as they came, each with its evidence and the decision of a person beside it, as a spreadsheet takes them. Points
 * are resolved under the policy of the organisation; whoever may not see a point is given none of its readings, and a
 * tenant those of the own time.
 */
export class RawExportService {
  readonly #parts: MeteringParts;

  constructor(parts: MeteringParts) {
    this.#parts = parts;
  }

  async csv(asking: Asking, query: RawExportQuery): Promise<Readable> {
    if (query.from >= query.to || query.to - query.from > LONGEST_MS)
      throw meteringError('usage_selection_invalid', { message: 'an export is of at most twenty years' });
    // Before the first byte: whoever asks for what is not there is told so, and not sent an empty file.
    const { points, names } = await this.#look(asking, async (tx) => ({
      points: await tx.bind(usageStore(asking.extent)).select(query.subject),
      names: await namesOf(tx),
    }));
    if (points.length === 0) throw meteringError('usage_subject_not_found');
    return Readable.from(this.#lines(asking, query, points, names), { objectMode: false });
  }

  async *#lines(
    asking: Asking,
    query: RawExportQuery,
    points: readonly SelectedPoint[],
    names: Names,
  ): AsyncGenerator<string> {
    yield HEADER;
    for (const point of points) {
      // A handover's own reading belongs to both sides: whoever has left takes home the one that they paid up to.
      const closing = asking.extent === 'own' && point.to <= query.to ? 1 : 0;
      const [from, to] = [Math.max(query.from, point.from), Math.min(query.to, point.to) + closing];
      if (from >= to) continue;
      for (let after: Temporal.Instant | null = null; ; ) {
        const range = [[point.no], timeText(from), timeText(to), query.class, PAGE];
        const values: readonly unknown[] = [...range, after === null ? null : point.no, after];
        const rows: RawRow[] = await this.#look(
          asking,
          async (tx) => (await tx.query<RawRow>(RAW_SQL, values)).rows,
        );
        if (rows.length > 0) yield rows.map((row) => lineOf(point, query.class, row, names)).join('');
        if (rows.length < PAGE) break;
        after = rows.at(-1)?.at ?? null;
      }
    }
  }

  #look<T>(asking: Asking, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#parts.db.transaction({ ...asking, readOnly: true }, work);
  }
}

async function namesOf(tx: Transaction): Promise<Names> {
  const { rows } = await tx.query<{ evidences: string[] }>(sql.NAMES_SQL);
  const registers = await tx.query<{ no: number; name: string }>(sql.REGISTERS_SQL);
  return {
    evidences: rows[0]?.evidences ?? [],
    registers: new Map(registers.rows.map(({ no, name }) => [no, name])),
  };
}

function lineOf(
  point: SelectedPoint,
  type: ReadingClass,
  row: RawRow,
  { evidences, registers }: Names,
): string {
  const cited = row.register === null ? point.register : (registers.get(row.register) ?? point.register);
  const cells = [
    ...[point.id, cited, textOf(row.at), row.value, type === 'gauge' ? point.gaugeUnit : 'count'],
    ...[
      QUALITIES[row.quality] ?? 'unknown',
      evidences[row.source - 1] ?? 'unknown',
      row.raw?.toString('hex'),
    ],
    ...[textOf(row.boundary_at), textOf(row.bracket_at), row.bracket_count],
    ...[row.correction, row.batch, row.sequence],
  ];
  return `${cells.map((cell) => quoted(String(cell ?? ''))).join(',')}\r\n`;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const textOf = (at: Temporal.Instant | null): string | null =>
  at?.toString({ smallestUnit: 'millisecond' }) ?? null;
