import type { Temporal } from 'temporal-polyfill';
import type { Ids } from '../kernel/ids.ts';
import type { Transaction } from '../platform/db/index.ts';
import type { Day } from './domain/days.ts';
import type { StoredHour } from './domain/hours.ts';
import type { Anomaly } from './domain/line.ts';
import * as sql from './ledger.sql.ts';
import type {
  Change,
  LedgerPoint,
  LoadedReadings,
  StoredAnomaly,
  StoredEpoch,
  TimeRange,
  Words,
} from './ledger.types.ts';
import { citedIn, unpackReadings } from './packed.ts';
import { optionalTime, timeText } from './times.ts';

type Row<T> = T & Record<string, unknown>;
type Raw<T, Keys extends keyof T> = Row<Omit<T, Keys> & { readonly [Key in Keys]: bigint }>;
/** Rows of one statement: enough to make the round trip cheap, few enough to be encoded in a moment. */
const CHUNK = 4_000;

/** To be bound: `tx.bind(ledgerStore)`. */
export const ledgerStore = (tx: Transaction): LedgerStore => new LedgerStore(tx);

/** Set-based: whatever is asked or written is asked or written for many points at once. */
export class LedgerStore {
  readonly #tx: Transaction;
  readonly #registers = new Map<number, string>();

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  /** From here to the end of the transaction nobody else works on them. Points of others are not among the answers. */
  async lock(points: readonly number[]): Promise<readonly LedgerPoint[]> {
    await this.#tx.query(sql.ENTER_SQL, [points]);
    return (await this.#tx.query<Row<LedgerPoint>>(sql.LOCK_SQL, [points])).rows;
  }

  async epochs(points: readonly number[]): Promise<Map<number, StoredEpoch[]>> {
    type EpochRow = Raw<StoredEpoch & { readonly point: number }, 'from'>;
    const { rows } = await this.#tx.query<EpochRow>(sql.EPOCHS_SQL, [points]);
    const epochs = rows.map(({ from, closing, modulus, maxPerHour, ...epoch }) => ({
      ...epoch,
      from: Number(from),
      closing: closing ?? undefined,
      modulus: modulus ?? undefined,
      maxPerHour: maxPerHour ?? undefined,
    }));
    return Map.groupBy(epochs, ({ point }) => point);
  }

  async addEpoch(
    point: LedgerPoint,
    epoch: StoredEpoch,
    made: {
      readonly evidence: object;
      readonly reason: string | null;
      readonly author: string;
      readonly at: Temporal.Instant;
    },
  ): Promise<void> {
    const { id, kind, from, opening, closing, modulus, num, den, unit, maxPerHour, isFloat, gapMs } = epoch;
    await this.#tx.query(sql.ADD_EPOCH_SQL, [
      ...[id, this.#tx.organisation, point.id, point.no, timeText(from), kind, opening, closing ?? null],
      ...[modulus ?? null, num, den, unit, maxPerHour ?? null, isFloat ?? false, gapMs, epoch.automatic],
      ...[JSON.stringify(made.evidence), made.reason, made.author, made.at, epoch.register],
    ]);
  }

  async supersede(epochs: readonly string[], by: string, at: Temporal.Instant): Promise<void> {
    if (epochs.length > 0) await this.#tx.query(sql.SUPERSEDE_SQL, [epochs, at, by]);
  }

  async moveEpoch({ id, from, opening }: Pick<StoredEpoch, 'id' | 'from' | 'opening'>): Promise<void> {
    await this.#tx.query(sql.MOVE_EPOCH_SQL, [id, timeText(from), opening]);
  }

  async readings(ranges: readonly TimeRange[], neighbours: number): Promise<Map<number, LoadedReadings>> {
    type Packed = {
      point: number;
      reachBack: boolean;
      reachEnd: boolean;
      readings: Buffer | null;
      contradicted: number[];
    };
    const { rows } = await this.#tx.query<Row<Packed>>(sql.READINGS_SQL, [...columnsOf(ranges), neighbours]);
    const cited = new Set<number>();
    for (const { readings } of rows) citedIn(readings, cited);
    const names = await this.#namesOf(cited);
    return new Map(
      rows.map(({ point, reachBack, reachEnd, readings, contradicted }) => [
        point,
        { reachBack, reachEnd, readings: unpackReadings(readings, names), contradicted },
      ]),
    );
  }

  async #namesOf(cited: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> {
    const unknown = [...cited].filter((no) => !this.#registers.has(no));
    if (unknown.length > 0) {
      type Named = { no: number; name: string };
      const { rows } = await this.#tx.query<Named>(sql.REGISTERS_SQL, [unknown]);
      for (const { no, name } of rows) this.#registers.set(no, name);
    }
    return this.#registers;
  }

  /** What was on the wire; of readings that came without, there is none. */
  async words(point: number, times: readonly number[]): Promise<readonly Words[]> {
    if (times.length === 0) return [];
    const values = [point, times.map(timeText)];
    const { rows } = await this.#tx.query<{ at: bigint; raw: string }>(sql.WORDS_SQL, values);
    return rows.map(({ at, raw }) => ({ at: Number(at), raw }));
  }

  /** Answers how many nobody has listed before. */
  async noteContradictions(
    found: readonly { readonly point: number; readonly at: number }[],
    now: Temporal.Instant,
  ): Promise<number> {
    if (found.length === 0) return 0;
    const { rows } = await this.#tx.query<{ added: number }>(sql.CONTRADICTIONS_SQL, [
      found.map(({ point }) => point),
      found.map(({ at }) => timeText(at)),
      now,
    ]);
    return rows[0]?.added ?? 0;
  }

  /** What was decided about each point and may still touch a time from `from` on. */
  async known(from: readonly Pick<TimeRange, 'point' | 'from'>[]): Promise<Map<number, StoredAnomaly[]>> {
    type KnownRow = Raw<StoredAnomaly & { readonly point: number }, 'since' | 'from' | 'until' | 'resumes'>;
    const { rows } = await this.#tx.query<KnownRow>(sql.KNOWN_SQL, [
      from.map(({ point }) => point),
      from.map((range) => timeText(range.from)),
    ]);
    const known = rows.map((row) => ({
      ...row,
      since: Number(row.since),
      from: Number(row.from),
      until: row.until === null ? undefined : Number(row.until),
      resumes: row.resumes === null ? undefined : Number(row.resumes),
    }));
    return Map.groupBy(known, ({ point }) => point);
  }

  async hours(ranges: readonly TimeRange[]): Promise<Map<number, Map<number, StoredHour>>> {
    type HourRow = Raw<StoredHour & { readonly point: number }, 'at'>;
    const { rows } = await this.#tx.query<HourRow>(sql.HOURS_SQL, [...columnsOf(ranges)]);
    const hours = new Map<number, Map<number, StoredHour>>(ranges.map(({ point }) => [point, new Map()]));
    for (const { point, at, ...hour } of rows) hours.get(point)?.set(Number(at), { ...hour, at: Number(at) });
    return hours;
  }

  async saveHours(hours: readonly PointHour[]): Promise<void> {
    for (const part of chunks(hours))
      await this.#tx.query(sql.SAVE_HOURS_SQL, [this.#tx.organisation, ...hourColumns(part)]);
  }

  async saveRevisions(hours: readonly PointHour[], at: Temporal.Instant): Promise<void> {
    for (const part of chunks(hours))
      await this.#tx.query(sql.SAVE_REVISIONS_SQL, [this.#tx.organisation, ...hourColumns(part), at]);
  }

  async saveDays(days: readonly (Day & { readonly point: number })[]): Promise<void> {
    for (const part of chunks(days)) {
      await this.#tx.query(sql.SAVE_DAYS_SQL, [
        this.#tx.organisation,
        part.map(({ point }) => point),
        part.map(({ date }) => date),
        part.map(({ quantity }) => quantity),
        part.map(({ estimated }) => estimated),
        part.map(({ complete }) => complete),
        part.map(({ quarters }) => quarters),
      ]);
    }
  }

  async dropDays(days: readonly { readonly point: number; readonly date: string }[]): Promise<void> {
    if (days.length === 0) return;
    await this.#tx.query(sql.DROP_DAYS_SQL, [days.map(({ point }) => point), days.map(({ date }) => date)]);
  }

  async saveAnomalies(
    anomalies: readonly (Anomaly & { readonly point: LedgerPoint })[],
    ids: Ids,
    at: Temporal.Instant,
  ): Promise<void> {
    for (const part of chunks(anomalies)) {
      await this.#tx.query(sql.SAVE_SUSPECTS_SQL, [
        this.#tx.organisation,
        part.map(() => ids.next()),
        part.map(({ point }) => point.id),
        part.map(({ point }) => point.no),
        part.map(({ kind }) => kind),
        part.map(({ state }) => state),
        part.map(({ since }) => timeText(since)),
        part.map(({ before }) => before),
        part.map(({ from }) => timeText(from)),
        part.map(({ after }) => after),
        part.map(({ resumes }) => optionalTime(resumes)),
        part.map(({ until }) => optionalTime(until)),
        at,
        part.map(({ left }) => left),
      ]);
    }
  }

  async withdraw(ids: readonly string[], at: Temporal.Instant): Promise<void> {
    if (ids.length === 0) return;
    await this.#tx.query(sql.WITHDRAW_SQL, [ids, at]);
    await this.#tx.query(sql.FORGET_SQL, [ids]);
  }

  async saveBelieved(
    points: readonly { readonly point: number; readonly at: number; readonly count: bigint }[],
  ): Promise<void> {
    if (points.length === 0) return;
    await this.#tx.query(sql.BELIEVED_SQL, [
      points.map(({ point }) => point),
      points.map(({ at }) => timeText(at)),
      points.map(({ count }) => count),
    ]);
  }

  /** To be done in another turn. */
  async noteDirty(changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) await this.#tx.query(sql.NOTE_DIRTY_SQL, [...columnsOf(changes)]);
  }

  async fail({ point, from, to }: Change, at: Temporal.Instant, error: string): Promise<void> {
    const values = [point, this.#tx.organisation, timeText(from), timeText(to), at, error];
    await this.#tx.query(sql.FAIL_SQL, values);
  }
}

export type PointHour = StoredHour & { readonly point: number };

const columnsOf = (ranges: readonly TimeRange[]) => [
  ranges.map(({ point }) => point),
  ranges.map(({ from }) => timeText(from)),
  ranges.map(({ to }) => timeText(to)),
];

const PLACES = [0, 1, 2, 3] as const;

const hourColumns = (hours: readonly PointHour[]) => [
  hours.map(({ point }) => point),
  hours.map(({ at }) => timeText(at)),
  hours.map(({ complete }) => complete),
  hours.map(({ revision }) => revision),
  ...PLACES.map((place) => hours.map(({ quantity }) => quantity[place] ?? null)),
  ...PLACES.map((place) => hours.map(({ estimated }) => estimated[place] ?? null)),
];

function* chunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let begin = 0; begin < rows.length; begin += CHUNK) yield rows.slice(begin, begin + CHUNK);
}
