import { createHash } from 'node:crypto';

/** RFC 6962 §2.1: the prefix byte keeps a node from passing as a leaf. */
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export const leafHash = (line: Uint8Array | string): Buffer =>
  createHash('sha256').update(LEAF).update(line).digest();

const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(NODE).update(left).update(right).digest();

/** The left half of n leaves: the largest power of two below n. */
const leftSize = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

export function merkleRoot(hashes: readonly Uint8Array[]): Buffer {
  const [first] = hashes;
  if (!first) throw new RangeError('a tree needs a leaf');
  if (hashes.length === 1) return Buffer.from(first);
  const k = leftSize(hashes.length);
  return nodeHash(merkleRoot(hashes.slice(0, k)), merkleRoot(hashes.slice(k)));
}

/** Sibling hashes from the leaf up to the root: all that a proof shows of the neighbours. */
export function merklePath(hashes: readonly Uint8Array[], index: number): Buffer[] {
  if (!(Number.isInteger(index) && index >= 0 && index < hashes.length)) {
    throw new RangeError(`no leaf ${index} among ${hashes.length}`);
  }
  if (hashes.length === 1) return [];
  const k = leftSize(hashes.length);
  return index < k
    ? [...merklePath(hashes.slice(0, k), index), merkleRoot(hashes.slice(k))]
    : [...merklePath(hashes.slice(k), index - k), merkleRoot(hashes.slice(0, k))];
}

/** The root that leaf, place and path lead to; undefined when the path has the wrong length for the place. */
export function rootOfPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Buffer | undefined {
  if (!(Number.isInteger(index) && Number.isInteger(size) && index >= 0 && index < size)) return undefined;
  if (size === 1) return path.length === 0 ? Buffer.from(leaf) : undefined;
  const sibling = path.at(-1);
  if (sibling?.length !== 32) return undefined;
  const k = leftSize(size);
  const left = index < k;
  const below = left
    ? rootOfPath(leaf, index, k, path.slice(0, -1))
    : rootOfPath(leaf, index - k, size - k, path.slice(0, -1));
  if (!below) return undefined;
  return left ? nodeHash(below, sibling) : nodeHash(sibling, below);
}
