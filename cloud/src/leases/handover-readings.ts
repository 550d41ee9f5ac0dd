import type { Temporal } from 'temporal-polyfill';
import { isAppError } from '../kernel/errors.ts';
import { handoversStore } from './handovers.store.ts';
import { change, look } from './lease-change.ts';
import { leasesError } from './leases.errors.ts';
import type { Acting, HandoverReading, LeasesParts, RoomPoint } from './leases.types.ts';
import { invalid, optionalLine } from './text-rules.ts';

/** As it stands on the display, or as the register counts it. */
export interface ReadingGiven {
  readonly point: string;
  readonly value?: string | undefined;
  readonly unit?: string | undefined;
  readonly count?: string | undefined;
  readonly photo?: string | undefined;
  readonly note?: string | undefined;
  /** When it was read; the moment of the move, if nothing is said. */
  readonly at?: Temporal.Instant | undefined;
  /** Whoever enters it has seen what speaks against it. */
  readonly confirmed?: boolean | undefined;
  /** Also where a gateway reads the meter, because it is out of order. */
  readonly enter?: boolean | undefined;
}

export interface Places {
  readonly closing: string | null;
  readonly opening: string | null;
}

const DAY_MS = 86_400_000;

/** What the registers stood at when a room changed hands, and its way to the door for readings. */
export class HandoverReadings {
  readonly #parts: LeasesParts;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
  }

  /** Nothing is written; what could refuse a reading refuses it now. */
  async checked(
    by: Acting,
    places: Places,
    { at, readings }: { readonly at: Temporal.Instant; readonly readings: readonly ReadingGiven[] },
  ): Promise<readonly HandoverReading[]> {
    const points = await this.#pointsOf(by, places, at);
    const missing = points.filter(
      ({ point, gateway }) => !gateway && !readings.some((one) => one.point === point),
    );
    if (missing.length > 0)
      throw leasesError('lease_readings_missing', {
        message: `no gateway reads ${missing.map(({ meter }) => meter).join(', ')}: give the count of its display`,
        details: { points: missing.map(({ point }) => point) },
      });
    const rows: HandoverReading[] = [];
    for (const one of readings) {
      const point = points.find((each) => each.point === one.point);
      if (!point) throw invalid(`no such meter hangs in the room: ${one.point.slice(0, 40)}`);
      rows.push(await this.#check(by, point, one, at));
    }
    for (const { point, side } of points)
      if (!rows.some((row) => row.point === point))
        rows.push({
          ...{ id: this.#parts.ids.next(), point, side, at, count: null, photo: null, note: null },
          ...{ state: 'own', refusal: null },
        });
    return rows;
  }

  /** Brings what waits to its door, under the ids it was written down with: however often, each counts once. */
  async settle(by: Acting, handover: string): Promise<void> {
    const found = await look(this.#parts, by, (tx) => tx.bind(handoversStore).find(handover));
    for (const { id, point, at, count, photo, note } of found?.readings.filter(
      ({ state }) => state === 'pending',
    ) ?? []) {
      const reading = { id, point, at, count: String(count), confirmed: true };
      const refusal = await this.#parts.manual
        .enter(by, { ...reading, photo: photo ?? undefined, note: note ?? undefined })
        .then(() => null, whyRefused);
      const state = refusal === null ? 'entered' : 'refused';
      await change(this.#parts, by, (tx) => tx.bind(handoversStore).settle(id, state, refusal));
    }
  }

  async #pointsOf(
    by: Acting,
    { closing, opening }: Places,
    at: Temporal.Instant,
  ): Promise<readonly SidedPoint[]> {
    return look(this.#parts, by, async (tx) => {
      const store = tx.bind(handoversStore);
      const of = async (place: string | null, side: 'closing' | 'opening') =>
        place === null ? [] : (await store.points(place, at)).map((point) => ({ ...point, side }));
      return [...(await of(closing, 'closing')), ...(await of(opening, 'opening'))];
    });
  }

  async #check(
    by: Acting,
    { point, side, gateway }: SidedPoint,
    given: ReadingGiven,
    moved: Temporal.Instant,
  ): Promise<HandoverReading> {
    const at = given.at ?? moved;
    if (Math.abs(at.epochMilliseconds - moved.epochMilliseconds) > DAY_MS)
      throw invalid('a reading of a handover is of its day; enter others as readings');
    const id = this.#parts.ids.next();
    // Beside its own readings, what somebody saw on the display is a witness, not another count of the same instant.
    const state = gateway && given.enter !== true ? 'witness' : 'pending';
    const { value, unit, count, photo, confirmed } = given;
    const reading = { id, point, at, value, unit, count, photo, confirmed };
    const judged = await this.#parts.manual.check(by, reading).catch((error: unknown) => {
      if (state === 'witness' && isAppError(error, 'reading_contradicts')) return undefined;
      throw error;
    });
    const seen = judged?.count ?? countOf(given);
    const note = optionalLine(given.note, 'the note of a reading', 500);
    return { id, point, side, at, count: seen, photo: photo ?? null, note, state, refusal: null };
  }
}

interface SidedPoint extends RoomPoint {
  readonly side: 'closing' | 'opening';
}

/** What stands beside the meter's own reading and differs from it is kept as it was seen. */
function countOf({ count }: ReadingGiven): bigint {
  if (count !== undefined && /^\d{1,18}$/.test(count)) return BigInt(count);
  throw invalid(
    'the display differs from what the meter sent; give the register’s own count, or leave it out',
  );
}

/** A refusal is kept beside the reading; what may pass is tried again by whoever called. */
function whyRefused(error: unknown): string {
  if (isAppError(error) && !error.retryable) return error.message.slice(0, 500);
  throw error;
}
