import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAnchor, inOrderOfAnchors, isGenuineAnchor, parseAnchor, signAnchor } from './anchor.ts';
import { START } from './chain.ts';
import { signCheckpoint, signerFromSeed } from './checkpoint.ts';
import { EVERYBODY, type HeadOf, roundDigest } from './round.ts';
import { type RoundStep, RoundVerifier } from './round-verifier.ts';

const signer = signerFromSeed(randomBytes(32));
const AT = '2026-11-20T03:58:09.123456Z';

const head: fc.Arbitrary<HeadOf> = fc.record({
  organisation: fc.uuid(),
  number: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }),
  digest: fc.stringMatching(/^[0-9a-f]{64}$/),
});
const rounds = fc.array(
  fc.uniqueArray(head, { minLength: 1, maxLength: 4, selector: ({ organisation }) => organisation }),
  { minLength: 1, maxLength: 6 },
);

function signed(batches: readonly (readonly HeadOf[])[]): RoundStep[] {
  let last = START;
  return batches.map((heads) => {
    const number = last.number + 1n;
    last = { number, digest: roundDigest(number, heads, last.digest, AT) };
    return { round: signCheckpoint(signer, { organisation: EVERYBODY, ...last, signedAt: AT }), heads };
  });
}
function verify(steps: readonly RoundStep[], named = 0n) {
  const verifier = new RoundVerifier([signer]);
  return [...steps.flatMap((step) => verifier.take(step)), ...verifier.end(named)];
}

describe('rounds', () => {
  test('verify as they were made, whatever the order of their heads', () => {
    fc.assert(
      fc.property(rounds, (batches) => {
        const steps = signed(batches).map(({ round, heads }) => ({ round, heads: [...heads].reverse() }));
        expect(verify(steps, BigInt(steps.length))).toEqual([]);
      }),
    );
  });

  test('a head that is gone, changed or added is one finding, at its round', () => {
    const spoil = fc.constantFrom<(heads: readonly HeadOf[]) => readonly HeadOf[]>(
      (heads) => heads.slice(1),
      ([first, ...others]) => (first ? [{ ...first, number: first.number + 1n }, ...others] : []),
      (heads) => [...heads, { organisation: 'another', number: 1n, digest: '0'.repeat(64) }],
    );
    fc.assert(
      fc.property(rounds, fc.nat(), spoil, (batches, at, change) => {
        const i = at % batches.length;
        const steps = signed(batches).map((step, n) =>
          n === i ? { ...step, heads: change(step.heads) } : step,
        );
        expect(verify(steps)).toEqual([
          { organisation: EVERYBODY, kind: 'round_tampered', number: BigInt(i + 1) },
        ]);
      }),
    );
  });

  test('a round that is gone is missed, wherever it stood, as long as a checkpoint names it', () => {
    fc.assert(
      fc.property(rounds, fc.nat(), (batches, at) => {
        const i = at % batches.length;
        const gone = BigInt(i + 1);
        const steps = signed(batches).filter((_, n) => n !== i);
        expect(verify(steps, BigInt(batches.length))).toEqual([
          { organisation: EVERYBODY, kind: 'rounds_missing', from: gone, to: gone },
        ]);
      }),
    );
  });
});

describe('an anchor', () => {
  const anchor = signAnchor(signer, { epoch: 2, number: 7n, digest: 'ab', at: AT, reason: 'กู้คืน\n"x"' });

  test('survives its file, and only as it was', () => {
    const read = parseAnchor(formatAnchor(anchor));
    expect(read).toEqual(anchor);
    expect(read && isGenuineAnchor(read, [signer])).toBe(true);
    for (const change of [{ epoch: 3 }, { number: 8n }, { digest: 'ac' }, { reason: null }, { at: 'x' }])
      expect(isGenuineAnchor({ ...anchor, ...change }, [signer])).toBe(false);
    expect(isGenuineAnchor(anchor, [])).toBe(false);
  });

  test.each(['', 'null', '[]', '{}', '{"epoch":1.5}', '{"epoch":1,"number":"-1"}', '"x"'])(
    'is not %s',
    (text) => expect(parseAnchor(text)).toBeUndefined(),
  );

  test('of a later epoch governs, and then the furthest', () => {
    const all = [
      { epoch: 2, number: 1n },
      { epoch: 1, number: 9n },
      { epoch: 1, number: 10n },
    ];
    expect([...all].sort(inOrderOfAnchors).map(({ number }) => number)).toEqual([9n, 10n, 1n]);
  });
});
