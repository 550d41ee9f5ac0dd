import { type Day, dayAfter, dayOf, midnight } from './days.ts';
import type { LeaseState } from './lease.ts';
import type { Stay } from './moves.ts';
import { type Dated, holdsOn } from './terms.ts';

export interface LetRoom {
  readonly place: string;
  readonly name: string;
  readonly stays: readonly (Stay & {
    readonly lease: string;
    readonly number: string;
    readonly state: LeaseState;
  })[];
  /** By local days. */
  readonly outages: readonly Dated[];
}

export const ROOM_STATES = ['occupied', 'reserved', 'out-of-service', 'free'] as const;
export type RoomState = (typeof ROOM_STATES)[number];

export interface RoomOccupancy {
  readonly place: string;
  readonly name: string;
  /** At the instant asked about. */
  readonly state: RoomState;
  readonly lease: string | null;
  readonly number: string | null;
  /** Since when, or for when, that lease has the room; UTC in ms. */
  readonly from: number | null;
  readonly to: number | null;
  /** Of the days asked about: in which somebody lived there, if only for an hour; that could not be let; the others. */
  readonly occupiedDays: number;
  readonly outDays: number;
  readonly vacantDays: number;
}

export interface Asked {
  readonly at: number;
  /** Half-open. */
  readonly fromDay: Day;
  readonly toDay: Day;
  readonly zone: string;
}

export function occupancyOf(rooms: readonly LetRoom[], asked: Asked): readonly RoomOccupancy[] {
  const days = daysOf(asked);
  return rooms.map((room) => {
    const now = nowIn(room, asked);
    const lived = room.stays.filter(({ state }) => state === 'active' || state === 'ended');
    let [occupiedDays, outDays] = [0, 0];
    for (const { day, from, to } of days) {
      if (lived.some((stay) => stay.from < to && (stay.to ?? Infinity) > from)) occupiedDays += 1;
      else if (room.outages.some((outage) => holdsOn(outage, day))) outDays += 1;
    }
    const { place, name } = room;
    return { place, name, ...now, occupiedDays, outDays, vacantDays: days.length - occupiedDays - outDays };
  });
}

function nowIn(
  { stays, outages }: LetRoom,
  { at, zone }: Asked,
): Pick<RoomOccupancy, 'state' | 'lease' | 'number' | 'from' | 'to'> {
  const living = stays.find(
    ({ state, from, to }) => state !== 'draft' && from <= at && (to ?? Infinity) > at,
  );
  if (living) return { state: 'occupied', ...ofStay(living) };
  const next = stays
    .filter(({ state, to }) => state === 'draft' && (to ?? Infinity) > at)
    .toSorted((a, b) => a.from - b.from)[0];
  if (outages.some((outage) => holdsOn(outage, dayOf(at, zone))))
    return { state: 'out-of-service', ...(next ? ofStay(next) : NOBODY) };
  return next ? { state: 'reserved', ...ofStay(next) } : { state: 'free', ...NOBODY };
}

const NOBODY = { lease: null, number: null, from: null, to: null } as const;
const ofStay = ({ lease, number, from, to }: LetRoom['stays'][number]) => ({ lease, number, from, to });

function daysOf({
  fromDay,
  toDay,
  zone,
}: Asked): readonly { readonly day: Day; readonly from: number; readonly to: number }[] {
  const days = [];
  for (let day = fromDay; day < toDay; ) {
    const next = dayAfter(day);
    days.push({ day, from: midnight(day, zone), to: midnight(next, zone) });
    day = next;
  }
  return days;
}
