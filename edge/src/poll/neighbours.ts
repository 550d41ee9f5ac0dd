/** What a line needs to know of the other lines of the building: each has its own queue and knows nothing of them. */
export interface Neighbours {
  /** Whether any of them still has meters to read for this quarter hour. */
  readonly owe: (boundary: number) => boolean;
  /** Whether any of them is in the middle of a quarter hour. */
  readonly sweep: () => boolean;
}

export const ALONE: Neighbours = { owe: () => false, sweep: () => false };

interface Other {
  /** The port is not there: nobody waits for its meters. */
  readonly portDown: boolean;
  readonly quarters: { readonly isSweeping: boolean; owes(boundary: number): boolean };
}

export function neighboursOf(others: () => readonly Other[]): Neighbours {
  const some = (test: (quarters: Other['quarters']) => boolean) =>
    others().some(({ portDown, quarters }) => !portDown && test(quarters));
  return {
    owe: (boundary) => some((quarters) => quarters.owes(boundary)),
    sweep: () => some(({ isSweeping }) => isSweeping),
  };
}
