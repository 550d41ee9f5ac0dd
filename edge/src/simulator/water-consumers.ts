import type { Consumer } from './consumers.ts';

/** µL a minute. */
const perMinute = (litres: number): number => Math.round(litres * 1_000_000);

const shower =
  (litresPerMinute: number): Consumer =>
  ({ habits }, draw) => {
    for (const { from, to } of habits.showers) draw(from, to, perMinute(litresPerMinute));
  };

const toilet =
  (litres: number): Consumer =>
  ({ habits, dice, people }, draw) => {
    for (const { from, to } of habits.awake) {
      const times = Math.round(((to - from) / 180) * people);
      for (let time = 0; time < times; time += 1) {
        const at = dice.whole(from, to - 1);
        draw(at, at + 1, perMinute(litres));
      }
    }
  };

const taps =
  (litresPerMinute: number): Consumer =>
  ({ habits, dice, people }, draw) => {
    for (const { from, to } of habits.awake) {
      const times = Math.round(((to - from) / 70) * people);
      for (let time = 0; time < times; time += 1) {
        const at = dice.whole(from, to - 1);
        draw(at, at + 1, perMinute(litresPerMinute * (0.2 + 0.8 * dice.share())));
      }
    }
  };

const laundry =
  (litres: number): Consumer =>
  ({ habits, dice }, draw) => {
    if (!habits.washes) return;
    const begin = dice.whole(500, 1200);
    for (const [at, part] of [
      [0, 0.4],
      [16, 0.3],
      [32, 0.3],
    ] as const) {
      draw(begin + at, begin + at + 4, perMinute((litres * part) / 4));
    }
  };

/** In the cool of the morning, not every day. */
const garden =
  (litresPerMinute: number): Consumer =>
  ({ dice }, draw) => {
    if (!dice.happens(0.6)) return;
    const begin = dice.whole(360, 420);
    draw(begin, begin + dice.whole(15, 35), perMinute(litresPerMinute));
  };

const cleaning =
  (litres: number): Consumer =>
  ({ dice }, draw) => {
    const begin = dice.whole(540, 600);
    for (let i = 0; i < 6; i += 1) draw(begin + 12 * i, begin + 12 * i + 2, perMinute(litres / 12));
  };

const always =
  (litresPerHour: number): Consumer =>
  (_, draw) =>
    draw(0, 1440, perMinute(litresPerHour / 60));

/** From the litres of the configuration: a minute, a use, or an hour. */
export const WATER = {
  shower,
  toilet,
  taps,
  laundry,
  garden,
  cleaning,
  'constant-flow': always,
} as const satisfies Record<string, (litres: number) => Consumer>;
export type WaterKind = keyof typeof WATER;

export const ROOM_WATER: readonly { readonly kind: WaterKind; readonly litres: number }[] = [
  { kind: 'shower', litres: 7 },
  { kind: 'toilet', litres: 6 },
  { kind: 'taps', litres: 4 },
  { kind: 'laundry', litres: 55 },
];

export const COMMON_WATER: readonly { readonly kind: WaterKind; readonly litres: number }[] = [
  { kind: 'garden', litres: 12 },
  { kind: 'cleaning', litres: 60 },
];
