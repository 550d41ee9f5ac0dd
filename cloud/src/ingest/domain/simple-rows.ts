import type { PointId, ReadingClass, SimpleReading } from '@meterline/contracts';
import type { Rows } from './rows.ts';
import { SOURCE } from './source.ts';

/** Readings of a device that signs nothing, by class. One point at one time has one value, as in a sealed batch. */
export function simpleRows(
  readings: readonly SimpleReading[],
): { ok: true; rows: readonly Rows[] } | { ok: false; detail: string } {
  const said = new Map<string, string>();
  const classes = new Map<ReadingClass, SimpleReading[]>();
  for (const reading of readings) {
    const key = `${reading.class} ${reading.point} ${reading.at}`;
    const value = valueText(reading);
    const before = said.get(key);
    if (before !== undefined && before !== value)
      return { ok: false, detail: `point ${reading.point} has two values at ${reading.at}` };
    if (before !== undefined) continue;
    said.set(key, value);
    const list = classes.get(reading.class);
    if (list) list.push(reading);
    else classes.set(reading.class, [reading]);
  }
  return { ok: true, rows: [...classes].map(([name, list]) => classRows(name, list)) };
}

const valueText = (reading: SimpleReading): string =>
  reading.class === 'gauge' ? String(reading.value) : reading.count;

function classRows(name: ReadingClass, list: readonly SimpleReading[]): Rows {
  const place = new Map<PointId, number>();
  const p = list.map(({ point }) => {
    const known = place.get(point) ?? place.size;
    place.set(point, known);
    return known;
  });
  return {
    class: name,
    source: SOURCE.simple,
    points: [...place.keys()],
    p,
    at: list.map(({ at }) => at),
    value: list.map(valueText),
    quality: list.map(() => 0),
    sequence: list.map((_, row) => row + 1),
  };
}
