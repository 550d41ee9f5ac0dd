import type { Fault } from './faults.ts';

export const CHANGE_KINDS = ['new', 'changed', 'same'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What a line would do. */
export interface LineChange {
  readonly line: number;
  /** As people call it: the room, the meter, the person. */
  readonly name: string;
  readonly what: ChangeKind;
  /** Of what is changed; of what is new, nothing: the line says it. */
  readonly fields: readonly FieldChange[];
}

/** What a list would do, and what speaks against it. `writes` counts only where there is no fault. */
export interface Plan<Writes> {
  readonly changes: readonly LineChange[];
  readonly faults: readonly Fault[];
  readonly writes: Writes;
  /** What was left out, in words. */
  readonly notes?: readonly string[];
}

type Value = string | number | bigint | null;
const shown = (value: Value): string | null => (value === null ? null : String(value));

/** What the file says and the database has otherwise. What the file does not say is not meant to change. */
export function differing<Row extends object>(
  row: Row,
  said: { readonly [Field in keyof Row]?: Row[Field] | undefined },
): FieldChange[] {
  return Object.entries(said).flatMap(([field, after]) => {
    const before = Reflect.get(row, field) as Value;
    if (after === undefined || after === before) return [];
    return [{ field, before: shown(before), after: shown(after as Value) }];
  });
}

/** Those that the file says, over those that are there. */
export function merged<Row extends object>(
  row: Row,
  said: { readonly [Field in keyof Row]?: Row[Field] | undefined },
): Row {
  return { ...row, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}
