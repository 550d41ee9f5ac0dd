import type { Dice } from './dice.ts';

/** Serial numbers that nobody has twice, of a maker whose numbers begin with `first`. */
export function serials(dice: Dice): (first: number) => string {
  let last = dice.whole(10_000, 89_999);
  return (first) => {
    last += dice.whole(1, 97);
    return String(first + last);
  };
}
