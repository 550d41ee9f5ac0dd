import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import { BILLABLE_SQL, LATEST_SQL } from '../readings/index.ts';
import { isInLine } from './domain/dirty.ts';
import { epochIndexAt, quantityAt } from './domain/epoch.ts';
import { hourFloor } from './domain/hours.ts';
import { QUARTER_MS } from './domain/quarters.ts';
import type { ReadingAt } from './domain/reading-at.ts';
import type { Stretch } from './domain/series.ts';
import { ledgerStore } from './ledger.store.ts';
import type { StoredAnomaly, StoredEpoch } from './ledger.types.ts';
import { meteringError } from './metering.errors.ts';
import type { Asking, MeteringParts } from './metering.parts.ts';
import { QUALITIES } from './packed.ts';
import { readingsAround } from './readings-around.ts';
import { timeText } from './times.ts';
import * as sql from './usage.sql.ts';
import { usageStore } from './usage.store.ts';
import type { SelectedPoint, Subject } from './usage.types.ts';

type Row<T> = T & Record<string, unknown>;

interface BillableRow {
  readonly at: Temporal.Instant;
  readonly count: bigint;
  readonly quality: number;
  readonly source: number;
  readonly origin: string;
  readonly batch: bigint;
  readonly sequence: bigint;
  readonly correction: string | null;
}

interface LatestRow {
  readonly point: number;
  readonly at: Temporal.Instant;
  readonly value: bigint | null;
  readonly quality: number;
  readonly source: number;
  readonly class: string;
}

/** From a bar down to what the meter said: which readings, read how, by which epoch, and what had stood there before. */
export class DrillService {
  readonly #parts: MeteringParts;

  constructor(parts: MeteringParts) {
    this.#parts = parts;
  }

  async quarter(asking: Asking, point: string, at: number) {
    const from = Math.floor(at / QUARTER_MS) * QUARTER_MS;
    const to = from + QUARTER_MS;
    return this.#look(asking, { point, from, to }, async (tx, { no, ...window }) => {
      const ledger = tx.bind(ledgerStore);
      const hour = timeText(hourFloor(from));
      const own = asking.extent === 'own';
      const place = (from - hourFloor(from)) / QUARTER_MS;
      const stored = await tx.query<Row<HourRow>>(own ? sql.OWN_STORED_HOUR_SQL : sql.STORED_HOUR_SQL, [
        no,
        hour,
      ]);
      const revisions = await tx.query<Row<RevisionRow>>(own ? sql.OWN_REVISIONS_SQL : sql.REVISIONS_SQL, [
        no,
        hour,
      ]);
      const readings = await tx.query<Row<BillableRow>>(BILLABLE_SQL, [
        [no],
        timeText(from),
        timeText(to + 1),
        2,
      ]);
      const first = readings.rows[0]?.at.epochMilliseconds ?? from;
      const known = (await ledger.known([{ point: no, from: Math.min(from, first) }])).get(no) ?? [];
      const epochs = (await ledger.epochs([no])).get(no) ?? [];
      const evidence = await evidenceNames(tx);
      const edges = [await readingsAround(ledger, no, from), await readingsAround(ledger, no, to)];
      return {
        ...quarterOf(stored.rows[0], place),
        from: timeText(from),
        to: timeText(to),
        edges: edges.map((edge) => writtenEdge(edge, epochs, window)),
        readings: readings.rows.map((row) => writtenReading(row, known, evidence)),
        epochs: epochs
          .filter((_, i) => touches(epochs, i, from, to))
          .map((epoch) => writtenEpoch(epoch, window)),
        suspects: known
          .filter((each) => each.since < to && (each.resumes ?? Infinity) >= from)
          .map(writtenSuspect),
        revisions: revisions.rows.map((row) => ({
          ...quarterOf(row, place),
          revision: row.revision,
          replacedAt: row.replacedAt.toString({ smallestUnit: 'millisecond' }),
        })),
      };
    });
  }

  /** What the register stood at: for the end of a period, with its true times. */
  async readingAt(asking: Asking, point: string, at: number) {
    return this.#look(asking, { point, from: at, to: at }, async (tx, { no, ...window }) => {
      const ledger = tx.bind(ledgerStore);
      const epochs = (await ledger.epochs([no])).get(no) ?? [];
      const edge = await readingsAround(ledger, no, at);
      const [lo, hi] = [edge.before?.at ?? at, (edge.after?.at ?? at) + 1];
      const { rows } = await tx.query<Row<BillableRow>>(BILLABLE_SQL, [[no], timeText(lo), timeText(hi), 0]);
      const evidence = await evidenceNames(tx);
      const besides = new Set([edge.before?.at, edge.after?.at]);
      const known = (await ledger.known([{ point: no, from: lo }])).get(no) ?? [];
      const readings = rows
        .filter((row) => besides.has(row.at.epochMilliseconds))
        .map((row) => writtenReading(row, known, evidence));
      return { ...writtenEdge(edge, epochs, window), readings };
    });
  }

  /** The newest value of each point of a meter or a place. */
  async latest(asking: Asking, subject: Subject) {
    const now = this.#parts.clock.now();
    return this.#parts.db.transaction({ ...asking, readOnly: true }, async (tx) => {
      const points = await tx.bind(usageStore(asking.extent)).select(subject);
      if (points.length === 0) throw meteringError('usage_subject_not_found');
      const at = now.epochMilliseconds;
      const current = points.filter(({ from, to }) => from <= at && to > at);
      const { rows } = await tx.query<Row<LatestRow>>(LATEST_SQL, [current.map(({ no }) => no), now]);
      const evidence = await evidenceNames(tx);
      const byNo = new Map(current.map((each) => [each.no, each]));
      return { items: rows.flatMap((row) => writtenLatest(row, byNo.get(row.point), evidence, now)) };
    });
  }

  /** Of one's own there is nothing beyond the windows of one's leases: neither the point nor the time. */
  #look<T>(
    asking: Asking,
    { point, from, to }: Stretch & { readonly point: string },
    work: (tx: Transaction, point: SelectedPoint) => Promise<T>,
  ): Promise<T> {
    return this.#parts.db.transaction({ ...asking, readOnly: true }, async (tx) => {
      const windows = await tx.bind(usageStore(asking.extent)).select({ kind: 'point', id: point });
      const found = windows.find((window) => window.from <= from && window.to >= to);
      if (!found) throw meteringError('usage_subject_not_found');
      return work(tx, found);
    });
  }
}

interface HourRow {
  readonly quantity: readonly (bigint | null)[];
  readonly estimated: readonly (bigint | null)[];
  readonly complete: number;
  readonly revision: number;
}
type RevisionRow = HourRow & { readonly replacedAt: Temporal.Instant };

const textOf = (value: bigint | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

const quarterOf = (hour: HourRow | undefined, place: number) => ({
  quantity: textOf(hour?.quantity[place]),
  estimated: textOf(hour?.estimated[place]),
  complete: (((hour?.complete ?? 0) >> place) & 1) === 1,
  revision: hour?.revision ?? 0,
});

async function evidenceNames(tx: Transaction): Promise<readonly string[]> {
  const { rows } = await tx.query<{ evidences: string[] }>(sql.NAMES_SQL);
  return rows[0]?.evidences ?? [];
}

const writtenReading = (
  { at, count, quality, source, origin, batch, sequence, correction }: BillableRow,
  known: readonly StoredAnomaly[],
  evidence: readonly string[],
) => ({
  at: at.toString({ smallestUnit: 'millisecond' }),
  count: String(count),
  quality: QUALITIES[quality] ?? 'unknown',
  evidence: evidence[source - 1] ?? 'unknown',
  origin,
  batch: String(batch),
  sequence: String(sequence),
  correction,
  believed: isInLine({ at: at.epochMilliseconds, count, quality: QUALITIES[quality] ?? 'unsteady' }, known),
});

function writtenEdge(
  { at, method, count, before, after }: ReadingAt,
  epochs: readonly StoredEpoch[],
  window: Stretch,
) {
  const epoch = epochs[epochIndexAt(epochs, at)];
  const beside = (side: ReadingAt['before']) =>
    side ? { at: timeText(side.at), count: String(side.count), declared: side.declared } : null;
  return {
    at: timeText(at),
    method,
    count: textOf(count),
    quantitySinceEpoch:
      epoch && epoch.from >= window.from && count !== undefined ? String(quantityAt(epoch, count)) : null,
    unit: epoch?.unit ?? null,
    before: beside(before && before.at >= window.from ? before : undefined),
    after: beside(after && after.at <= window.to ? after : undefined),
  };
}

const touches = (epochs: readonly StoredEpoch[], i: number, from: number, to: number): boolean =>
  (epochs[i]?.from ?? Infinity) < to && (epochs[i + 1]?.from ?? Infinity) > from;

/** What it began with before the window is what others used. */
const writtenEpoch = (
  { id, kind, from, opening, closing, modulus, num, den, unit }: StoredEpoch,
  window: Stretch,
) => ({
  id,
  kind,
  from: timeText(Math.max(from, window.from)),
  opening: from >= window.from ? String(opening) : null,
  closing: from >= window.from ? textOf(closing) : null,
  modulus: textOf(modulus),
  num: String(num),
  den: String(den),
  unit,
});

const writtenSuspect = ({ id, kind, state, since, from, before, after, resolution }: StoredAnomaly) => ({
  id,
  kind,
  state,
  since: timeText(since),
  from: timeText(from),
  before: String(before),
  after: String(after),
  resolution,
});

function writtenLatest(
  { at, value, quality, source, class: type }: LatestRow,
  point: SelectedPoint | undefined,
  evidence: readonly string[],
  now: Temporal.Instant,
) {
  if (!point) return [];
  const age = now.since(at).total({ unit: 'second' });
  return [
    {
      point: point.id,
      register: point.register,
      measures: point.measures,
      class: type,
      at: at.toString({ smallestUnit: 'millisecond' }),
      ageSeconds: Math.max(0, Math.round(age)),
      value: textOf(value),
      unit: type === 'gauge' ? point.gaugeUnit : 'count',
      quality: QUALITIES[quality] ?? 'unknown',
      evidence: evidence[source - 1] ?? 'unknown',
    },
  ];
}
