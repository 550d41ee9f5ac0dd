import type { PointId } from './ids.ts';
import type { BoundaryLeaf } from './leaf.ts';

/**
 * What no line of a sweep can say alone. A point has one line, or a `first` and, later, a `last`; a `first` whose
 * second pass failed may stand alone.
 */
export function sweepFault(leaves: readonly BoundaryLeaf[]): string | undefined {
  const earlier = new Map<PointId, BoundaryLeaf>();
  const salts = new Set<string>();
  for (const [i, leaf] of leaves.entries()) {
    const fault = passFault(earlier.get(leaf.point), leaf);
    if (fault) return `leaf ${i} ${fault}`;
    earlier.set(leaf.point, leaf);
    salts.add(leaf.salt);
  }
  return salts.size < leaves.length ? 'a salt stands twice: each line needs its own' : undefined;
}

function passFault(before: BoundaryLeaf | undefined, leaf: BoundaryLeaf): string | undefined {
  if (!before) return leaf.pass === 'last' ? 'is the last pass of a point that has no first' : undefined;
  if (before.pass !== 'first' || leaf.pass !== 'last')
    return 'is of a point that has its line: it is read once, or first and last';
  return leaf.read > before.read ? undefined : 'is the last pass, and was not read after the first';
}
