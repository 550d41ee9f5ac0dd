import type { Dice, Key } from './chance.ts';
import type { Habits } from './habits.ts';

/** What a consumer may know of its place on one day. */
export interface PlaceDay {
  readonly key: Key;
  readonly day: number;
  readonly habits: Habits;
  readonly people: number;
  /** Nobody lives there: what can be unplugged is. */
  readonly isEmpty: boolean;
  /** °C at each hour. */
  readonly heat: readonly number[];
  readonly dice: Dice;
}

/** So much a minute (mWh or µL, whole numbers) from one minute of the day to another, which does not belong to it. */
export type Draw = (from: number, to: number, perMinute: number) => void;

/** Adds what it takes on one day. */
export type Consumer = (place: PlaceDay, draw: Draw) => void;
