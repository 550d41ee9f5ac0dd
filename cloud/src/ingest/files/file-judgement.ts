import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../../platform/db/index.ts';
import type { Profiles } from '../domain/decode-check.ts';
import { type Hint, hintsOf, openingFault, type Reading } from '../manual/domain/plausibility.ts';
import type { EpochsOf } from '../manual/register-epochs.ts';
import { mostPerHour } from '../manual/written-reading.ts';
import type { RowReading } from './domain/row-reader.ts';
import * as sql from './imports.sql.ts';

type Judgable = Pick<RowReading, 'point' | 'at' | 'count' | 'opening'>;

export interface JudgedLine<R> {
  readonly reading: R;
  readonly hints: readonly Hint[];
  /** Why the meter cannot have begun with it, of one that is said to be an opening. */
  readonly notOpening: string | undefined;
}

interface Facts {
  readonly id: string;
  readonly no: number;
  readonly class: 'billing' | 'counter' | 'gauge';
  readonly register: string | null;
  readonly unit: string | null;
}

export interface JudgeParts {
  readonly tx: Transaction;
  readonly profiles: Profiles;
  readonly epochsOf: EpochsOf;
}

/** The judgement of readings by hand, for lines of a file: each beside the rest of the file and what is stored. */
export async function judgeLines<R extends Judgable>(
  { tx, profiles, epochsOf }: JudgeParts,
  readings: readonly R[],
): Promise<readonly JudgedLine<R>[]> {
  const facts = await factsOf(tx, readings);
  const known = readings.filter(({ point }) => facts.has(point));
  const stored = await storedBeside(tx, known, facts);
  const epochs = await epochsOf(
    tx,
    [...facts.values()].map(({ no }) => no),
  );
  const others = Map.groupBy(known, ({ point }) => point);
  for (const list of others.values()) list.sort((a, b) => a.at - b.at);
  return known.map((reading, place) => {
    const beside = stored.get(place) ?? [];
    const point = facts.get(reading.point);
    const own = epochs.get(point?.no ?? 0) ?? [];
    const rated = point && mostPerHour({ ...point, zone: null }, profiles);
    const { before, after } = around(reading, beside, others.get(reading.point) ?? []);
    const earlier = beside.filter(({ at }) => at < reading.at);
    return {
      reading,
      hints: hintsOf(reading, { before, after }, rated, own),
      notOpening: reading.opening ? openingFault(reading, { before: earlier }, own) : undefined,
    };
  });
}

async function factsOf(tx: Transaction, readings: readonly Judgable[]): Promise<Map<string, Facts>> {
  const ids = [...new Set(readings.map(({ point }) => point))];
  const { rows } = await tx.query<Facts & Record<string, unknown>>(sql.POINT_FACTS_SQL, [
    tx.organisation,
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

async function storedBeside(
  tx: Transaction,
  readings: readonly Judgable[],
  facts: ReadonlyMap<string, Facts>,
): Promise<ReadonlyMap<number, readonly Reading[]>> {
  if (readings.length === 0) return new Map();
  type Row = { place: number; at: Temporal.Instant; count: bigint };
  const { rows } = await tx.query<Row>(sql.BESIDE_SQL, [
    tx.organisation,
    readings.map((_, place) => place),
    readings.map(({ point }) => facts.get(point)?.no ?? 0),
    readings.map(({ at }) => new Date(at).toISOString()),
  ]);
  const beside = Map.groupBy(rows, ({ place }) => place);
  return new Map(
    [...beside].map(([place, list]) => [
      place,
      list.map(({ at, count }) => ({ at: at.epochMilliseconds, count })),
    ]),
  );
}

const ON_EITHER_SIDE = 2;

function around(reading: Judgable, stored: readonly Reading[], file: readonly Judgable[]) {
  const place = file.findIndex(({ at }) => at >= reading.at);
  const next = file.findIndex(({ at }) => at > reading.at);
  const near = [
    ...stored,
    ...file.slice(Math.max(0, place - ON_EITHER_SIDE), place),
    ...(next < 0 ? [] : file.slice(next, next + ON_EITHER_SIDE)),
  ];
  const byTime = [...new Map(near.map((each) => [each.at, each])).values()].sort((a, b) => a.at - b.at);
  return {
    before: byTime.filter(({ at }) => at < reading.at).slice(-ON_EITHER_SIDE),
    after: byTime.filter(({ at }) => at > reading.at).slice(0, ON_EITHER_SIDE),
  };
}
