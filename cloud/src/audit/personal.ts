import { open, seal } from './audit.keys.ts';

/** A personal value that an action wrote, showed or replaced. */
export interface PersonalValue {
  readonly person: string;
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/** As it stands in the entry: encrypted, or marked as of somebody who had been forgotten before. */
export interface PersonalBox {
  readonly field: string;
  readonly person: string;
  readonly before?: string;
  readonly after?: string;
  readonly forgotten?: true;
}

export interface RevealedValue {
  readonly field: string;
  readonly person: string;
  readonly before?: string;
  readonly after?: string;
  /** The key is destroyed: nobody can read the values any more. */
  readonly forgotten: boolean;
}

type Side = 'before' | 'after';
const SIDES: readonly Side[] = ['before', 'after'];

/** Binds a box to its place: moved to another entry, field or side it does not open. */
const context = (entry: string, person: string, field: string, side: Side) =>
  `personal 1 ${entry} ${person} ${side} ${field}`;

export function encryptPersonal(
  entry: string,
  values: readonly PersonalValue[],
  keyOf: (person: string) => Buffer | null,
): string {
  const boxes = values.map(({ person, field, ...sides }): PersonalBox => {
    const key = keyOf(person);
    if (!key) return { field, person, forgotten: true };
    const sealed = SIDES.flatMap((side) => {
      const value = sides[side];
      if (value === undefined) return [];
      return [
        [
          side,
          seal(key, Buffer.from(value), context(entry, person, field, side)).toString('base64'),
        ] as const,
      ];
    });
    return { field, person, ...Object.fromEntries(sealed) };
  });
  return JSON.stringify(boxes);
}

export function decryptPersonal(
  entry: string,
  personal: string,
  keyOf: (person: string) => Buffer | null,
): RevealedValue[] {
  return boxesOf(personal).map(({ field, person, forgotten, ...sides }) => {
    const key = keyOf(person);
    if (forgotten || !key) return { field, person, forgotten: true };
    const opened = SIDES.flatMap((side) => {
      const box = sides[side];
      if (box === undefined) return [];
      const plain = open(key, Buffer.from(box, 'base64'), context(entry, person, field, side));
      // A changed box is the verifier's business; here it must not pass for a value.
      return [[side, plain?.toString() ?? '(unreadable)'] as const];
    });
    return { field, person, forgotten: false, ...Object.fromEntries(opened) };
  });
}

export function personsIn(personal: string): string[] {
  return boxesOf(personal).map(({ person }) => person);
}

/** Text that is no list of boxes was written by a stranger: the verifier names it, a page must still be shown. */
function boxesOf(personal: string): readonly PersonalBox[] {
  try {
    const boxes: unknown = JSON.parse(personal);
    return Array.isArray(boxes) ? (boxes as PersonalBox[]) : [];
  } catch {
    return [];
  }
}
