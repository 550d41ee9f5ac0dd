import { Temporal } from 'temporal-polyfill';

/** As JSON has it: instants as text in milliseconds. */
export type Shown<T> = T extends Temporal.Instant
  ? string
  : T extends readonly (infer Item)[]
    ? Shown<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Shown<T[Key]> }
      : T;

export function shown<T>(value: T): Shown<T> {
  return convert(value) as Shown<T>;
}

function convert(value: unknown): unknown {
  if (value instanceof Temporal.Instant) return value.toString({ smallestUnit: 'millisecond' });
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]));
}
