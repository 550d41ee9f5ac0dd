import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../../platform/db/index.ts';
import * as sql from './manual.sql.ts';

type Instant = Temporal.Instant;

export interface PointRow {
  readonly id: string;
  readonly no: number;
  readonly class: 'billing' | 'counter' | 'gauge';
  readonly register: string | null;
  readonly unit: string | null;
  /** Of its building; null while nobody has said where it is. */
  readonly zone: string | null;
}

export interface NeighbourRow {
  readonly at: Instant;
  readonly count: bigint;
  readonly source: number;
  readonly correction: string | null;
}

export const CORRECTION_KINDS = ['superseded', 'voided', 'restored'] as const;
export type CorrectionKind = (typeof CORRECTION_KINDS)[number];

export interface NewCorrection {
  readonly id: string;
  readonly point: PointRow;
  readonly at: Instant;
  readonly kind: CorrectionKind;
  readonly value: bigint | undefined;
  readonly reason: string;
  readonly author: string;
  readonly photo: string | undefined;
  readonly createdAt: Instant;
}

export interface Correction {
  readonly id: string;
  readonly point: string;
  readonly at: Instant;
  readonly kind: CorrectionKind;
  readonly count: string | null;
  readonly reason: string;
  readonly author: string;
  readonly photo: string | null;
  readonly createdAt: Instant;
}

export interface NewManualReading {
  readonly id: string;
  readonly point: string;
  readonly at: Instant;
  readonly count: bigint;
  readonly photo: string | undefined;
  readonly note: string | undefined;
  readonly opening: boolean;
  readonly hints: readonly string[];
  readonly author: string;
  readonly createdAt: Instant;
}

/** What somebody wrote, whether or not it has become a reading yet. */
export interface EnteredRow {
  readonly id: string;
  readonly point: string;
  readonly at: Instant;
  readonly count: bigint;
  readonly photo: string | null;
  readonly note: string | null;
  readonly opening: boolean;
}

export const manualStore = (tx: Transaction): ManualStore => new ManualStore(tx);

export class ManualStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #one<T extends object>(text: string, ...values: readonly unknown[]): Promise<T | undefined> {
    return (await this.#tx.query<T & Record<string, unknown>>(text, [this.#tx.organisation, ...values]))
      .rows[0];
  }

  point(id: string): Promise<PointRow | undefined> {
    return this.#one<PointRow>(sql.POINT_SQL, id);
  }

  async neighbours(no: number, at: Instant): Promise<readonly NeighbourRow[]> {
    return (await this.#tx.query<NeighbourRow & Record<string, unknown>>(sql.NEIGHBOURS_SQL, [no, at])).rows;
  }

  async stored(
    no: number,
    at: Instant,
  ): Promise<{ readonly class: string; readonly value: bigint | null } | undefined> {
    const { rows } = await this.#tx.query<{ class: string; value: bigint | null }>(sql.STORED_SQL, [no, at]);
    return rows[0];
  }

  async addPhoto(photo: {
    readonly id: string;
    readonly fileKey: string;
    readonly sha256: string;
    readonly size: number;
    readonly author: string;
    readonly at: Instant;
  }): Promise<void> {
    const { id, fileKey, sha256, size, author, at } = photo;
    await this.#tx.query(sql.ADD_PHOTO_SQL, [this.#tx.organisation, id, fileKey, sha256, size, author, at]);
  }

  photo(id: string): Promise<{ readonly id: string; readonly fileKey: string } | undefined> {
    return this.#one(sql.PHOTO_SQL, id);
  }

  entered(id: string): Promise<EnteredRow | undefined> {
    return this.#one<EnteredRow>(sql.ENTERED_SQL, id);
  }

  enteredAt(point: string, at: Instant): Promise<EnteredRow | undefined> {
    return this.#one<EnteredRow>(sql.ENTERED_AT_SQL, point, at);
  }

  /** `false`: the id is taken, by whichever organisation. */
  async addReading(reading: NewManualReading): Promise<boolean> {
    const { id, point, at, count, photo, note, opening, hints, author, createdAt } = reading;
    const values = [
      this.#tx.organisation,
      id,
      point,
      at,
      count,
      photo ?? null,
      note ?? null,
      hints,
      author,
      createdAt,
      opening,
    ];
    return ((await this.#tx.query(sql.ADD_READING_SQL, values)).rowCount ?? 0) > 0;
  }

  async lockPoint(id: string): Promise<void> {
    await this.#tx.query(sql.LOCK_POINT_SQL, [this.#tx.organisation, id]);
  }

  async newestDecision(no: number, at: Instant): Promise<CorrectionKind | undefined> {
    return (await this.#one<{ kind: CorrectionKind }>(sql.NEWEST_SQL, no, at))?.kind;
  }

  /** The decision, and what the ledger has to look at again because of it. */
  async addCorrection(correction: NewCorrection): Promise<void> {
    const { id, point, at, kind, value, reason, author, photo, createdAt } = correction;
    const isGauge = point.class === 'gauge';
    await this.#tx.query(sql.ADD_CORRECTION_SQL, [
      ...[this.#tx.organisation, id, point.id, point.no, at, kind],
      ...[isGauge ? null : (value ?? null), isGauge ? (value ?? null) : null],
      ...[reason, author, photo ?? null, createdAt],
    ]);
    if (!isGauge) await this.#tx.query(sql.DIRTY_SQL, [point.no, at]);
  }

  async corrections(
    point: string | undefined,
    before: string | undefined,
    limit: number,
  ): Promise<readonly Correction[]> {
    const values = [this.#tx.organisation, point ?? null, before ?? null, limit];
    return (await this.#tx.query<Correction & Record<string, unknown>>(sql.CORRECTIONS_SQL, values)).rows;
  }
}
