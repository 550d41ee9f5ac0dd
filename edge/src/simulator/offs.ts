/** [from, to) without supply; `to` is Infinity while it lasts. */
export interface Off {
  readonly from: number;
  to: number;
}

/** In order, apart from each other. */
export function united(offs: readonly Off[]): Off[] {
  const all: { from: number; to: number }[] = [];
  for (const { from, to } of offs.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}
