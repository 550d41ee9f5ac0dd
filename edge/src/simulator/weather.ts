import { share, swing } from './chance.ts';

/** Bangkok, mean of the daily lowest and highest by month, °C (climate normals, rounded). */
const LOWEST = [22, 24, 26, 27, 26, 26, 26, 26, 25, 25, 24, 22];
const HIGHEST = [32, 33, 34, 35, 34, 34, 33, 33, 33, 33, 32, 31];

/** Hottest at half past two. */
const HOTTEST_HOUR = 14.5;

/** °C at each hour of a day; hot and cool spells last some days. */
export function temperatures(seed: number, day: number): readonly number[] {
  const date = new Date(day * 86_400_000);
  const month = date.getUTCMonth();
  const next = (month + 1) % 12;
  const into = (date.getUTCDate() - 1) / 31;
  const between = (row: readonly number[]): number =>
    (row[month] ?? 0) * (1 - into) + (row[next] ?? 0) * into;
  const spell = 1.6 * swing(seed, 0x5e11, Math.floor(day / 4)) + 0.8 * swing(seed, 0xda11, day);
  // A shower in the afternoon of the rainy season takes the heat out of the day.
  const isRainy = month >= 4 && month <= 9 && share(seed, 0x7a17, day) < 0.4;
  const low = between(LOWEST) + spell;
  const high = between(HIGHEST) + spell - (isRainy ? 3 : 0);
  return Array.from({ length: 24 }, (_, hour) => {
    const wave = Math.cos(((hour - HOTTEST_HOUR) / 24) * 2 * Math.PI);
    return Math.round(10 * ((low + high) / 2 + ((high - low) / 2) * wave)) / 10;
  });
}
