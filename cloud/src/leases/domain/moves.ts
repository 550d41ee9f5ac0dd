import { err, ok, type Result } from '../../kernel/result.ts';
import { type Day, dayBefore, dayOf, daysBefore, endDayOf, midnight } from './days.ts';
import { type LeaseState, type MoveKind, STEPS } from './lease.ts';

/** A room for a time; half-open, UTC in ms. Without an end: nobody has said when. */
export interface Stay {
  readonly place: string;
  readonly from: number;
  readonly to: number | null;
}

/** What a move is about: a lease with its room, now and before. */
export interface Tenancy {
  readonly state: LeaseState;
  readonly startDay: Day;
  /** The first day that is no longer part; null while the lease has no end. */
  readonly endDay: Day | null;
  /** Ascending; the last is where they live, or will live. */
  readonly stays: readonly Stay[];
  readonly zone: string;
}

export interface Move {
  readonly kind: MoveKind;
  /** When the room changes hands. */
  readonly at: number;
  /** Where to; of a move-in the room that was kept, if none is named. */
  readonly place?: string | undefined;
}

export interface Moved {
  readonly tenancy: Tenancy;
  readonly fromPlace: string | null;
  readonly toPlace: string | null;
}

export type MoveRefusal =
  | 'state_wrong'
  | 'not_a_quarter_hour'
  | 'in_the_future'
  | 'no_room'
  | 'same_room'
  | 'before_moving_in'
  | 'before_the_start'
  | 'after_the_end';

const QUARTER_MS = 15 * 60_000;
/** As for a reading: clocks differ a little. */
const AHEAD_MS = 5 * 60_000;
/** Keys are handed over some days before the first day of a lease at most. */
const EARLY_DAYS = 7;

/** What becomes of a lease by a move. Whether the room is free only the database can say. */
export function moved(tenancy: Tenancy, move: Move, now: number): Result<Moved, MoveRefusal> {
  if (tenancy.state !== STEPS[move.kind].from) return err('state_wrong');
  if (move.at % QUARTER_MS !== 0) return err('not_a_quarter_hour');
  if (move.at > now + AHEAD_MS) return err('in_the_future');
  switch (move.kind) {
    case 'move-in':
      return movedIn(tenancy, move);
    case 'room-change':
      return changedRoom(tenancy, move);
    case 'move-out':
      return movedOut(tenancy, move);
  }
}

/** The reservation becomes a stay, from the hour of the keys until the agreed end. */
function movedIn(tenancy: Tenancy, { at, place }: Move): Result<Moved, MoveRefusal> {
  const room = place ?? tenancy.stays.at(-1)?.place;
  if (room === undefined) return err('no_room');
  if (dayOf(at, tenancy.zone) < daysBefore(tenancy.startDay, EARLY_DAYS)) return err('before_the_start');
  const to = endOf(tenancy);
  if (to !== null && to <= at) return err('after_the_end');
  const stays = [{ place: room, from: at, to }];
  return ok({ tenancy: { ...tenancy, state: 'active', stays }, fromPlace: null, toPlace: room });
}

function changedRoom(tenancy: Tenancy, { at, place }: Move): Result<Moved, MoveRefusal> {
  const last = tenancy.stays.at(-1);
  if (last === undefined || place === undefined) return err('no_room');
  if (last.place === place) return err('same_room');
  if (at <= last.from) return err('before_moving_in');
  if (last.to !== null && last.to <= at) return err('after_the_end');
  const stays = [...tenancy.stays.slice(0, -1), { ...last, to: at }, { place, from: at, to: endOf(tenancy) }];
  return ok({ tenancy: { ...tenancy, stays }, fromPlace: last.place, toPlace: place });
}

/** Leaving before the agreed end leaves the room free and the contract as it is; staying longer moves its end. */
function movedOut(tenancy: Tenancy, { at }: Move): Result<Moved, MoveRefusal> {
  const last = tenancy.stays.at(-1);
  if (last === undefined) return err('no_room');
  if (at <= last.from) return err('before_moving_in');
  const left = endDayOf(at, tenancy.zone);
  const endDay = tenancy.endDay !== null && tenancy.endDay > left ? tenancy.endDay : left;
  const stays = [...tenancy.stays.slice(0, -1), { ...last, to: at }];
  // A lease that somebody left on its first day still was one for a day.
  const end = endDay > tenancy.startDay ? endDay : null;
  return ok({
    tenancy: { ...tenancy, state: 'ended', endDay: end, stays },
    fromPlace: last.place,
    toPlace: null,
  });
}

/** Notice was given, or taken back: the room is free from that midnight on, or kept. */
export function ending(tenancy: Tenancy, endDay: Day | null): Result<Tenancy, MoveRefusal> {
  if (tenancy.state !== 'draft' && tenancy.state !== 'active') return err('state_wrong');
  if (endDay !== null && endDay <= tenancy.startDay) return err('before_moving_in');
  const last = tenancy.stays.at(-1);
  if (last === undefined) return ok({ ...tenancy, endDay });
  const to = endDay === null ? null : midnight(endDay, tenancy.zone);
  if (to !== null && to <= last.from) return err('before_moving_in');
  return ok({ ...tenancy, endDay, stays: [...tenancy.stays.slice(0, -1), { ...last, to }] });
}

/** The room that a lease keeps before anybody has moved in. */
export function reserved(tenancy: Tenancy, place: string): Tenancy {
  const from = midnight(tenancy.startDay, tenancy.zone);
  return { ...tenancy, stays: [{ place, from, to: endOf(tenancy) }] };
}

const endOf = ({ endDay, zone }: Tenancy): number | null => (endDay === null ? null : midnight(endDay, zone));

/** One line for whoever stands in the doorway. */
export function explainRefusal(
  refusal: MoveRefusal,
  kind: MoveKind,
  { state, startDay, endDay }: Tenancy,
): string {
  switch (refusal) {
    case 'state_wrong':
      return `the lease is ${state}; a ${kind} needs one that is ${STEPS[kind].from}`;
    case 'not_a_quarter_hour':
      return 'a room changes hands at a quarter hour, as 11:15 or 11:30';
    case 'in_the_future':
      return 'a move is written down when it happens; this is in the future, check its date';
    case 'no_room':
      return 'say which room';
    case 'same_room':
      return 'they live in that room already';
    case 'before_moving_in':
      return 'that is before they moved in';
    case 'before_the_start':
      return `the lease begins on ${startDay}; keys are handed over ${EARLY_DAYS} days before at most, move its first day first`;
    case 'after_the_end':
      return `the last day of the lease is ${endDay === null ? '' : dayBefore(endDay)}; move its end first`;
  }
}
