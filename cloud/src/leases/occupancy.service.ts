import type { Temporal } from 'temporal-polyfill';
import { isUuid } from '../kernel/ids.ts';
import { dayAfter, dayOf as dayAt, midnight } from './domain/days.ts';
import { type LetRoom, occupancyOf } from './domain/occupancy.ts';
import type { Dated } from './domain/terms.ts';
import { look } from './lease-change.ts';
import { leasesError } from './leases.errors.ts';
import * as sql from './leases.sql.ts';
import type { Acting, LeasesParts } from './leases.types.ts';
import { dayOf, invalid } from './text-rules.ts';

export interface OccupancyQuery {
  /** Now, if nothing is said. */
  readonly at?: Temporal.Instant | undefined;
  /** Local days of the building; its current month, if nothing is said. */
  readonly firstDay?: string | undefined;
  readonly lastDay?: string | undefined;
}

type Row<T> = T & Record<string, unknown>;
type LetStay = LetRoom['stays'][number];
const MOST_DAYS = 3 * 366;

/** Which room is whose at an instant, and how many days of a period each was lived in. */
export class OccupancyService {
  readonly #parts: LeasesParts;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
  }

  async building(by: Acting, building: string, query: OccupancyQuery) {
    const at = (query.at ?? this.#parts.clock.now()).epochMilliseconds;
    return look(this.#parts, by, async (tx) => {
      const all = async <T extends object>(text: string, ...values: readonly unknown[]) =>
        (await tx.query<Row<T>>(text, [by.organisation, building, ...values])).rows;
      const [found] = isUuid(building) ? await all<{ zone: string }>(sql.BUILDING_SQL) : [];
      if (!found) throw leasesError('lease_room_not_found', { message: 'there is no such building' });
      const { zone } = found;
      const { fromDay, toDay } = daysOf(query, dayAt(at, zone));
      const since = Math.min(at, midnight(fromDay, zone));
      const stays = Map.groupBy(
        await all<LetStay>(sql.LET_SQL, new Date(since).toISOString()),
        ({ place }) => place,
      );
      const outages = Map.groupBy(
        await all<Dated & { place: string }>(sql.OUTAGES_SQL),
        ({ place }) => place,
      );
      const rooms = (await all<{ place: string; name: string }>(sql.ROOMS_SQL)).map((room) => ({
        ...room,
        stays: stays.get(room.place) ?? [],
        outages: outages.get(room.place) ?? [],
      }));
      return { zone, at, fromDay, toDay, rooms: occupancyOf(rooms, { at, fromDay, toDay, zone }) };
    });
  }
}

function daysOf({ firstDay, lastDay }: OccupancyQuery, today: string) {
  const fromDay = firstDay === undefined ? `${today.slice(0, 8)}01` : dayOf(firstDay, 'the first day');
  const toDay = dayAfter(lastDay === undefined ? today : dayOf(lastDay, 'the last day'));
  const days = (Date.parse(toDay) - Date.parse(fromDay)) / 86_400_000;
  if (days < 1 || days > MOST_DAYS) throw invalid(`the days must ascend, and be ${MOST_DAYS} at most`);
  return { fromDay, toDay };
}
