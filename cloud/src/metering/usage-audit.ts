import { ALL_ORGANISATIONS, type Database, type Transaction } from '../platform/db/index.ts';
import * as sql from './audit.sql.ts';
import { withForeign } from './domain/citation.ts';
import { consume } from './domain/consume.ts';
import { type Day, dayOf, localDays } from './domain/days.ts';
import { HOUR_MS, type Hour, hourChanges, hourFloor, type StoredHour } from './domain/hours.ts';
import type { Quarter } from './domain/quarters.ts';
import { ledgerStore } from './ledger.store.ts';
import type { LedgerPoint } from './ledger.types.ts';
import type { MeteringParts } from './metering.parts.ts';
import { timeText } from './times.ts';

export interface UsageAuditOptions extends MeteringParts {
  readonly everybody: Database;
  /** Points of this one only. */
  readonly organisation?: string | undefined;
  /** Points in one audit, and days of each. */
  readonly points?: number;
  readonly days?: number;
  /** Which stretch of a point: from 0 to 1. */
  readonly draw?: () => number;
}

/** What one audit found. All but `points` and `quarters` must be nothing. */
export interface AuditResult {
  readonly points: number;
  readonly quarters: number;
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly point: string;
  readonly what: 'hour' | 'day';
  /** Hour (UTC) or day (of the building). */
  readonly at: string;
  /** Base units: of an hour its four quarters, of a day their sum; none: nothing is there. */
  readonly stands: string;
  readonly mustBe: string;
  /** How much too much stands there. 0: not the amount differs but what is said of it (estimated, complete). */
  readonly by: string;
}

interface Audited {
  readonly quarters: number;
  readonly differences: readonly Difference[];
}

const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'usage audit' } } as const;
const ACTOR = { kind: 'system', id: 'usage audit' } as const;
const MOST_TOLD = 50;

/**
 * Takes points by lot and works their usage out anew, from the first reading on and without anything that the ledger
 * has ever noted, then compares a stretch of it with what stands. A point is held while it is compared, and one whose
 * changes are still waiting is as it should be after them: a change that waits is worked out first.
 */
export async function auditUsage(options: UsageAuditOptions, signal?: AbortSignal): Promise<AuditResult> {
  const { everybody, points = 40, organisation: only } = options;
  const { rows } = await everybody.transaction({ ...WHO, readOnly: true }, (tx) =>
    tx.query<{ point: number; organisation: string }>(sql.SAMPLE_SQL, [points, only ?? null]),
  );
  let quarters = 0;
  const differences: Difference[] = [];
  for (const [organisation, own] of Map.groupBy(rows, (row) => row.organisation)) {
    if (signal?.aborted) break;
    const found = await auditOrganisation(
      options,
      organisation,
      own.map(({ point }) => point),
    );
    quarters += found.quarters;
    differences.push(...found.differences);
  }
  return { points: rows.length, quarters, differences };
}

async function auditOrganisation(
  { db, clock, ids, profiles, days = 35, draw = Math.random }: UsageAuditOptions,
  organisation: string,
  points: readonly number[],
): Promise<Audited> {
  const begun = clock.monotonicMs();
  let quarters = 0;
  const differences: Difference[] = [];
  for (const point of points) {
    const found = await db.transaction({ organisation, actor: ACTOR, statementTimeoutMs: 120_000 }, (tx) =>
      auditPoint(tx, point, { days, draw, profiles }),
    );
    quarters += found.quarters;
    differences.push(...found.differences);
  }
  const detail = JSON.stringify(differences.slice(0, MOST_TOLD));
  const ms = Math.round(clock.monotonicMs() - begun);
  await db.transaction({ organisation, actor: ACTOR }, (tx) =>
    tx.query(sql.SAVE_SQL, [
      ...[ids.next(), organisation, clock.now(), points.length, quarters, differences.length, ms, detail],
    ]),
  );
  return { quarters, differences };
}

async function auditPoint(
  tx: Transaction,
  no: number,
  {
    days,
    draw,
    profiles,
  }: { readonly days: number; readonly draw: () => number } & Pick<MeteringParts, 'profiles'>,
): Promise<Audited> {
  const store = tx.bind(ledgerStore);
  const [point] = await store.lock([no]);
  type Known = { point: number; from: number; to: number };
  const [known] = (await tx.query<Known>(sql.KNOWN_STRETCH_SQL, [[no]])).rows;
  const epochs = (await store.epochs([no])).get(no) ?? [];
  if (!point || !known || epochs.length === 0) return { quarters: 0, differences: [] };
  const window = drawn(known, days, draw);
  const loaded = (await store.readings([{ point: no, from: -Infinity, to: Infinity }], 0)).get(no);
  const readings = loaded?.readings ?? [];
  const { quarters } = consume(readings, withForeign(epochs, readings, profiles), window);
  const stored = (await store.hours([{ point: no, ...window }])).get(no) ?? new Map<number, StoredHour>();
  const { changed } = hourChanges(stored, { ...window, quarters });
  const hours = changed.map((hour) => hourDifference(point.id, stored.get(hour.at), hour));
  return {
    quarters: quarters.length,
    differences: [...hours, ...(await dayDifferences(tx, point, window, quarters))],
  };
}

/** A stretch of whole hours, anywhere in what is known. */
function drawn(known: { readonly from: number; readonly to: number }, days: number, draw: () => number) {
  const length = days * 24 * HOUR_MS;
  const room = Math.max(0, known.to + HOUR_MS - known.from - length);
  const from = hourFloor(known.from + draw() * room);
  return { from, to: Math.min(from + length, hourFloor(known.to) + HOUR_MS) };
}

async function dayDifferences(
  tx: Transaction,
  point: LedgerPoint,
  window: { readonly from: number; readonly to: number },
  quarters: readonly Quarter[],
): Promise<readonly Difference[]> {
  const zone = point.zone ?? 'UTC';
  const whole = localDays(window.from, window.to, zone).filter(
    ({ from, to }) => from >= window.from && to <= window.to,
  );
  const [first, last] = [whole[0], whole.at(-1)];
  if (!first || !last) return [];
  const hours = new Map<number, Hour>(
    hourChanges(new Map(), { ...window, quarters }).changed.map((hour) => [hour.at, hour]),
  );
  const next = localDays(last.to, last.to + 1, zone)[0]?.date ?? last.date;
  const { rows } = await tx.query<DayRow>(sql.DAYS_SQL, [point.no, first.date, next]);
  const stored = new Map(rows.map((row) => [row.date, row]));
  return whole
    .filter((day) => !isSameDay(dayOf(hours, day), stored.get(day.date)))
    .map((day) => dayDifference(point.id, day.date, stored.get(day.date), dayOf(hours, day)));
}

const NOTHING = 'none';

function hourDifference(point: string, stored: Hour | undefined, must: Hour): Difference {
  const by = total(stored) - total(must);
  return {
    ...{ point, what: 'hour', at: timeText(must.at) },
    ...{ stands: stored ? quartersText(stored) : NOTHING, mustBe: quartersText(must), by: String(by) },
  };
}

function dayDifference(
  point: string,
  at: string,
  stored: DayRow | undefined,
  must: Day | undefined,
): Difference {
  const by = BigInt(stored?.quantity ?? 0) - (must?.quantity ?? 0n);
  return {
    ...{ point, what: 'day', at },
    ...{ stands: stored?.quantity ?? NOTHING, mustBe: String(must?.quantity ?? NOTHING), by: String(by) },
  };
}

const total = (hour: Hour | undefined): bigint =>
  (hour?.quantity ?? []).reduce<bigint>((sum, quarter) => sum + (quarter ?? 0n), 0n);

/** A quarter of which nothing is known is a dash: it is not 0. */
const quartersText = ({ quantity }: Hour): string => quantity.map((quarter) => quarter ?? '–').join(' ');

type DayRow = { date: string; quantity: string; estimated: string; complete: number; quarters: number };

function isSameDay(day: Day | undefined, stored: DayRow | undefined): boolean {
  if (!day || !stored) return day === undefined && stored === undefined;
  return (
    String(day.quantity) === stored.quantity &&
    String(day.estimated) === stored.estimated &&
    day.complete === stored.complete &&
    day.quarters === stored.quarters
  );
}
