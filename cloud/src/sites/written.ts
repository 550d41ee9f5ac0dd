import { Temporal } from 'temporal-polyfill';

/** As JSON has it: instants as text in milliseconds, days as text. */
export type Written<T> = T extends Temporal.Instant | Temporal.PlainDate
  ? string
  : T extends readonly (infer Item)[]
    ? Written<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Written<T[Key]> }
      : T;

export function written<T>(value: T): Written<T> {
  return convert(value) as Written<T>;
}

function convert(value: unknown): unknown {
  if (value instanceof Temporal.Instant) return value.toString({ smallestUnit: 'millisecond' });
  if (value instanceof Temporal.PlainDate) return value.toString();
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]));
}
