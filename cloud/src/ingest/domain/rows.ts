import {
  type Batch,
  type BatchClock,
  type BoundaryBatch,
  type CountAt,
  type PointId,
  QUALITY,
  type Quality,
  type ReadingClass,
  type ReadingsBatch,
  sequencesOf,
} from '@meterline/contracts';
import { SOURCE, type Source } from './source.ts';

/** Readings of one class in columns, as they go into the database; everything is one a row but `points`. */
export interface Rows {
  readonly class: ReadingClass;
  readonly source: Source;
  /** Each once; `p` points into it. */
  readonly points: readonly PointId[];
  readonly p: readonly number[];
  /** True time of reading: UTC ms, or ms since the boot began where the clock is bounded. */
  readonly at: readonly number[];
  /** Counts as decimal text, gauges as whole numbers. */
  readonly value: readonly (string | number | null)[];
  /** Place in the contract's list of qualities, as the database numbers them. */
  readonly quality: readonly number[];
  readonly sequence: readonly number[];
  /** Of gauges, one a point. */
  readonly units?: readonly string[];
  readonly register?: readonly string[];
  /** Hex, four digits a word. */
  readonly raw?: readonly string[];
  /** Of a sweep: the instant it was made for, and for each row the reading on its other side. */
  readonly boundary?: number;
  readonly bracket?: readonly (CountAt | null)[];
  /** The boot never synchronised: these rows have bounds and no time. */
  readonly bounded?: Extract<BatchClock, { state: 'bounded' }>;
}

const CODES = new Map((Object.keys(QUALITY) as Quality[]).map((name, code) => [name, code]));

export const qualityCode = (name: Quality): number => CODES.get(name) ?? 0;

/** The readings of a batch; a batch of records has none. */
export function rowsOf(batch: Batch): Rows | undefined {
  if (batch.type === 'readings') return columnRows(batch);
  return batch.type === 'boundary' ? leafRows(batch) : undefined;
}

function columnRows({ head, columns, times }: ReadingsBatch): Rows {
  const quality = new Array<number>(columns.p.length).fill(0);
  for (const { row, code } of columns.quality ?? []) quality[row] = qualityCode(code);
  const shared = {
    class: head.class,
    source: SOURCE.signed,
    points: columns.points,
    p: columns.p,
    at: times,
    value: columns.v,
    quality,
    sequence: sequencesOf(head),
    ...(head.clock.state === 'bounded' && { bounded: head.clock }),
  };
  if ('units' in columns) return { ...shared, units: columns.units };
  if (!('raw' in columns)) return shared;
  return { ...shared, register: columns.p.map((p) => columns.registers[p] ?? ''), raw: columns.raw };
}

/** Every line is a row of its own at its true time: the two passes of a main meter are two readings. */
function leafRows({ head, leaves }: BoundaryBatch): Rows {
  const place = new Map<PointId, number>();
  const p = leaves.map(({ point }) => {
    const known = place.get(point) ?? place.size;
    place.set(point, known);
    return known;
  });
  return {
    class: 'billing',
    source: SOURCE.boundary,
    points: [...place.keys()],
    p,
    at: leaves.map(({ read }) => read),
    value: leaves.map(({ count }) => count),
    quality: leaves.map(({ quality }) => qualityCode(quality)),
    sequence: leaves.map(({ sequence }) => sequence),
    register: leaves.map(({ register }) => register),
    raw: leaves.map(({ raw }) => raw),
    boundary: head.boundary,
    bracket: leaves.map(({ bracket }) => bracket),
  };
}
