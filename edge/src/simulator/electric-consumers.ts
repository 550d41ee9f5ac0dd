import { Dice, mixed } from './chance.ts';
import type { Consumer, PlaceDay } from './consumers.ts';

/** mWh a minute. */
const perMinute = (watts: number): number => Math.round((watts * 1_000) / 60);

const always =
  (watts: number): Consumer =>
  (_, draw) =>
    draw(0, 1440, perMinute(watts));

const unlessEmpty =
  (consumer: Consumer): Consumer =>
  (place, draw) => {
    if (!place.isEmpty) consumer(place, draw);
  };

/** A compressor: some minutes on, some off, whatever the people do. */
const cycling =
  (watts: number, onMinutes: number, periodMinutes: number): Consumer =>
  ({ key, day }, draw) => {
    const offset = mixed(key, 0xf21d6e) % periodMinutes;
    for (let from = ((day * 1440 + offset) % periodMinutes) - periodMinutes; from < 1440; ) {
      draw(from, from + onMinutes, perMinute(watts));
      from += periodMinutes;
    }
  };

const lights =
  (watts: number): Consumer =>
  ({ habits }, draw) => {
    for (const { from, to } of habits.awake) {
      draw(from, Math.min(to, 400), perMinute(watts));
      draw(Math.max(from, 1090), to, perMinute(watts));
    }
  };

const fan =
  (watts: number): Consumer =>
  ({ habits, heat }, draw) => {
    for (const { from, to } of habits.awake) {
      for (let minute = from; minute < to; minute += 30) {
        if ((heat[Math.floor(minute / 60)] ?? 0) > 27)
          draw(minute, Math.min(to, minute + 30), perMinute(watts));
      }
    }
  };

const screen =
  (watts: number): Consumer =>
  ({ habits, dice }, draw) => {
    for (const { from, to } of habits.awake) {
      if (to - from < 60) continue;
      const begin = Math.max(from, to - dice.whole(60, 240));
      draw(begin, to, perMinute(watts));
    }
  };

const kettle =
  (watts: number): Consumer =>
  ({ habits, dice }, draw) => {
    for (const meal of habits.meals) {
      draw(meal, meal + dice.whole(2, 4), perMinute(watts));
    }
  };

const showerHeater =
  (watts: number): Consumer =>
  ({ habits }, draw) => {
    for (const { from, to } of habits.showers) draw(from, to, perMinute(watts));
  };

const washer =
  (watts: number): Consumer =>
  ({ habits, dice }, draw) => {
    if (!habits.washes) return;
    const begin = dice.whole(500, 1200);
    draw(begin, begin + 8, perMinute(watts * 0.6));
    draw(begin + 8, begin + 32, perMinute(watts));
    draw(begin + 32, begin + 45, perMinute(watts * 1.3));
  };

/** Cooling to about 25 °C: how many of ten minutes the compressor runs. */
const compressorMinutes = (outside: number): number =>
  Math.max(2, Math.min(10, Math.round(1 + (outside - 24) * 0.95)));

/** At night when it was hot, in hot afternoons when somebody is there. */
const airConditioner =
  (watts: number): Consumer =>
  (place, draw) => {
    const { habits, heat, key, day } = place;
    const cool = (from: number, to: number): void => {
      for (let minute = from - (from % 10); minute < to; minute += 10) {
        const on = compressorMinutes(heat[Math.floor(minute / 60)] ?? 0);
        const at = minute + (mixed(key, day, minute) % (11 - on));
        draw(Math.max(from, at), Math.min(to, at + on), perMinute(watts));
        // The indoor fan runs on.
        draw(Math.max(from, minute), Math.min(to, minute + 10), perMinute(25));
      }
    };
    for (const { from, to } of habits.asleep) {
      // The part after midnight belongs to the decision of the evening before.
      const evening = from < 720 ? day - 1 : day;
      if (likesCooling(place, evening, 27)) cool(from, to);
    }
    for (const { from, to } of habits.awake) {
      const [begin, end] = [Math.max(from, 750), Math.min(to, 1110)];
      if (end > begin && likesCooling(place, day, 33)) cool(begin, end);
    }
  };

function likesCooling({ key, heat }: PlaceDay, evening: number, above: number): boolean {
  const hottest = Math.max(...heat);
  const fondness = new Dice(mixed(key, 0xac)).share();
  return hottest > above && new Dice(mixed(key, 0xacdc, evening)).happens(0.45 + 0.5 * fondness);
}

/** Corridors, stairs, car park: from dusk till dawn. */
const nightLights =
  (watts: number): Consumer =>
  ({ dice }, draw) => {
    draw(0, 355 + dice.whole(0, 12), perMinute(watts));
    draw(1075 + dice.whole(0, 12), 1440, perMinute(watts));
  };

const TRIPS_AN_HOUR = [
  2, 1, 1, 1, 2, 8, 22, 34, 28, 14, 10, 12, 16, 14, 10, 10, 14, 24, 34, 30, 24, 18, 12, 6,
];

const lift =
  (watts: number): Consumer =>
  ({ dice }, draw) => {
    draw(0, 1440, perMinute(45));
    for (const [hour, trips] of TRIPS_AN_HOUR.entries()) {
      for (let trip = 0; trip < trips; trip += 1) {
        const at = 60 * hour + dice.whole(0, 59);
        // A trip takes about half a minute.
        draw(at, at + 1, perMinute(watts / 2));
      }
    }
  };

/** To the tank on the roof. */
const pump =
  (watts: number): Consumer =>
  ({ dice }, draw) => {
    for (let at = dice.whole(0, 40); at < 1440; at += dice.whole(50, 110)) {
      draw(at, at + dice.whole(8, 18), perMinute(watts));
    }
  };

/** From the watts of the configuration. */
export const ELECTRIC = {
  standby: always,
  constant: always,
  fridge: (watts: number) => unlessEmpty(cycling(watts, 17, 46)),
  lights,
  fan,
  screen,
  kettle,
  'shower-heater': showerHeater,
  washer,
  'air-conditioner': airConditioner,
  'night-lights': nightLights,
  lift,
  pump,
} as const satisfies Record<string, (watts: number) => Consumer>;
export type ElectricKind = keyof typeof ELECTRIC;

export const ROOM_ELECTRIC: readonly { readonly kind: ElectricKind; readonly watts: number }[] = [
  { kind: 'standby', watts: 5 },
  { kind: 'fridge', watts: 85 },
  { kind: 'lights', watts: 28 },
  { kind: 'fan', watts: 45 },
  { kind: 'screen', watts: 70 },
  { kind: 'kettle', watts: 1_500 },
  { kind: 'shower-heater', watts: 3_500 },
  { kind: 'air-conditioner', watts: 950 },
];

export const COMMON_ELECTRIC: readonly { readonly kind: ElectricKind; readonly watts: number }[] = [
  { kind: 'constant', watts: 60 },
  { kind: 'night-lights', watts: 240 },
];
