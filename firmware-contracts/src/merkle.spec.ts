import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash, merklePath, merkleRoot, rootOfPath } from './merkle.ts';

const lines = fc.array(fc.string(), { minLength: 1, maxLength: 70 });
const tree = lines.chain((leaves) => fc.tuple(fc.constant(leaves), fc.nat(leaves.length - 1)));

const flip = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe('merkle', () => {
  it('is the tree of RFC 6962', () => {
    const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
    const [a, b, c] = ['a', 'b', 'c'].map((line) => sha(Buffer.of(0), Buffer.from(line)));
    if (!a || !b || !c) throw new Error('three leaves');
    const ab = sha(Buffer.of(1), a, b);
    expect(merkleRoot([a, b, c])).toEqual(sha(Buffer.of(1), ab, c));
    expect(leafHash('a')).toEqual(a);
    expect(merklePath([a, b, c], 2)).toEqual([ab]);
    expect(merklePath([a, b, c], 0)).toEqual([b, c]);
  });

  it('proves any leaf', () => {
    fc.assert(
      fc.property(tree, ([leaves, index]) => {
        const hashes = leaves.map(leafHash);
        const path = merklePath(hashes, index);
        expect(rootOfPath(leafHash(leaves[index] ?? ''), index, leaves.length, path)).toEqual(
          merkleRoot(hashes),
        );
      }),
    );
  });

  it('fails on any flipped bit of the leaf hash or the path, and in any other place', () => {
    fc.assert(
      fc.property(tree, fc.nat(), ([leaves, index], random) => {
        const hashes = leaves.map(leafHash);
        const root = merkleRoot(hashes);
        const path = merklePath(hashes, index);
        const leaf = hashes[index] ?? Buffer.alloc(32);
        expect(rootOfPath(flip(leaf, random % 256), index, leaves.length, path)).not.toEqual(root);
        for (const [i, sibling] of path.entries()) {
          const broken = path.with(i, flip(sibling, random % 256));
          expect(rootOfPath(leaf, index, leaves.length, broken)).not.toEqual(root);
        }
        const elsewhere = (index + 1) % leaves.length;
        if (!hashes[elsewhere]?.equals(leaf)) {
          expect(rootOfPath(leaf, elsewhere, leaves.length, path)).not.toEqual(root);
        }
      }),
    );
  });

  it('shows nothing of the neighbours but hashes, and few of them', () => {
    fc.assert(
      fc.property(tree, ([leaves, index]) => {
        const path = merklePath(leaves.map(leafHash), index);
        expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(leaves.length)));
        expect(path.every((sibling) => sibling.length === 32)).toBe(true);
      }),
    );
  });

  it.each([
    ['too long a path', 0, 1, [Buffer.alloc(32)]],
    ['too short a path', 0, 2, []],
    ['a place outside', 2, 2, [Buffer.alloc(32)]],
    ['a negative place', -1, 2, [Buffer.alloc(32)]],
    ['half a place', 0.5, 2, [Buffer.alloc(32)]],
    ['a short hash', 0, 2, [Buffer.alloc(31)]],
    ['a huge size', 0, 2 ** 53, [Buffer.alloc(32)]],
  ])('is undefined for %s', (_, index, size, path) => {
    expect(rootOfPath(Buffer.alloc(32), index, size, path)).toBeUndefined();
  });

  it('does not let a node pass as a leaf', () => {
    const [a, b] = [leafHash('a'), leafHash('b')];
    const node = merkleRoot([a, b]);
    expect(leafHash(Buffer.concat([a, b]))).not.toEqual(node);
  });

  it('has no root without a leaf', () => {
    expect(() => merkleRoot([])).toThrow(RangeError);
    expect(() => merklePath([leafHash('a')], 1)).toThrow(RangeError);
  });
});
