import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import { leasesError } from './leases.errors.ts';
import * as sql from './leases.sql.ts';
import type { Handover, HandoverReading, RoomPoint } from './leases.types.ts';

type Row<T> = T & Record<string, unknown>;

/** To be bound: `tx.bind(handoversStore)`. */
export const handoversStore = (tx: Transaction): HandoversStore => new HandoversStore(tx);

/** Moves as they were written down, and what the registers stood at. */
export class HandoversStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  /** What hangs in a room at an instant, and may be billed. */
  points(place: string, at: Temporal.Instant): Promise<readonly RoomPoint[]> {
    return this.#all<RoomPoint>(sql.ROOM_POINTS_SQL, place, at);
  }

  /** Uploaded before, to this organisation. */
  async demandPhotos(photos: readonly string[]): Promise<void> {
    if (photos.length === 0) return;
    const [missing] = await this.#all<{ photo: string }>(sql.MISSING_PHOTOS_SQL, photos);
    if (!missing) return;
    throw leasesError('lease_invalid', {
      message: `there is no photo ${missing.photo}; upload it before the move`,
    });
  }

  async add(
    handover: Omit<Handover, 'readings' | 'undoneAt' | 'undoneReason'>,
    before: object,
    readings: readonly HandoverReading[],
  ): Promise<void> {
    const { id, lease, kind, at, fromPlace, toPlace, protocol, author, createdAt } = handover;
    await this.#run(
      ...[sql.ADD_HANDOVER_SQL, id, lease, kind, at, fromPlace, toPlace],
      ...[JSON.stringify(protocol), JSON.stringify(before), author, createdAt],
    );
    await this.#run(
      ...[sql.ADD_READINGS_SQL, id, readings.map((one) => one.id), readings.map(({ point }) => point)],
      ...[
        readings.map(({ side }) => side),
        readings.map((one) => one.at),
        readings.map(({ count }) => count),
      ],
      ...[readings.map(({ photo }) => photo), readings.map(({ note }) => note)],
      readings.map(({ state }) => state),
    );
  }

  async ofLease(lease: string): Promise<readonly Handover[]> {
    return this.#withReadings(await this.#all<Omit<Handover, 'readings'>>(sql.HANDOVERS_SQL, lease));
  }

  async find(id: string): Promise<Handover | undefined> {
    return (await this.#withReadings(await this.#all<Omit<Handover, 'readings'>>(sql.HANDOVER_SQL, id)))[0];
  }

  async before(id: string): Promise<unknown> {
    return (await this.#all<{ before: unknown }>(sql.BEFORE_SQL, id))[0]?.before;
  }

  async undo(id: string, at: Temporal.Instant, by: string, reason: string): Promise<void> {
    await this.#run(sql.UNDO_HANDOVER_SQL, id, at, by, reason);
  }

  async settle(reading: string, state: 'entered' | 'refused', refusal: string | null): Promise<void> {
    await this.#run(sql.SETTLE_READING_SQL, reading, state, refusal);
  }

  async #withReadings(handovers: readonly Omit<Handover, 'readings'>[]): Promise<readonly Handover[]> {
    const ids = handovers.map(({ id }) => id);
    type OfHandover = HandoverReading & { readonly handover: string };
    const readings = Map.groupBy(
      await this.#all<OfHandover>(sql.HANDOVER_READINGS_SQL, ids),
      ({ handover }) => handover,
    );
    return handovers.map((each) => ({
      ...each,
      readings: (readings.get(each.id) ?? []).map(({ handover: _, ...reading }) => reading),
    }));
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<Row<T>>(text, [this.#tx.organisation, ...values])).rows;
  }

  async #run(text: unknown, ...values: readonly unknown[]): Promise<void> {
    await this.#tx.query(String(text), [this.#tx.organisation, ...values]);
  }
}
