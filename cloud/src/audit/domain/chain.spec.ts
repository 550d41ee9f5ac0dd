import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { timeText } from '../time-text.ts';
import { NOTHING, type Seal, START, sealDigest, sealEntries } from './chain.ts';
import { ChainVerifier, type Step } from './chain-verifier.ts';
import {
  type Checkpoint,
  checkpointText,
  isGenuine,
  parseTrustedKey,
  signCheckpoint,
  signerFromSeed,
} from './checkpoint.ts';
import { type Entry, entryDigest, entryText } from './entry.ts';
import { describeFinding } from './findings.ts';
import { digestOf, textForm } from './text-form.ts';

const ORG = '0190aaaa-0000-7000-8000-00000000000a';
const AT = '2026-11-20T03:58:09.123456Z';
const signer = signerFromSeed(Buffer.alloc(32, 7));

const entry: Entry = {
  id: '0190dddd-0000-7000-8000-000000000001',
  organisation: ORG,
  at: AT,
  actorKind: 'user',
  actorId: null,
  address: null,
  action: 'room.renamed',
  subjectType: 'room',
  subjectId: '12',
  fields: ['name'],
  personal: '[]',
  reason: 'ตัวอย่าง',
  requestId: null,
};

test('the text of an entry is as the README shows it', () => {
  expect(entryText(entry)).toBe(
    [
      'meterline audit entry 1',
      'id=36:0190dddd-0000-7000-8000-000000000001',
      `organisation=36:${ORG}`,
      `at=27:${AT}`,
      'actor kind=4:user',
      'actor id=-',
      'address=-',
      'action=12:room.renamed',
      'subject type=4:room',
      'subject id=2:12',
      'fields=1:1',
      'field=4:name',
      'personal=2:[]',
      'reason=24:ตัวอย่าง',
      'request id=-',
      '',
    ].join('\n'),
  );
  // Fixed for ever: another digest here means that no old audit verifies any more.
  expect(entryDigest(entry)).toBe('f15577bddf38e65cd33f23375c410f29d664b412173094dad4f174d809d8141b');
});

test('two different lists of values never have one text', () => {
  const lines = fc.array(
    fc.tuple(fc.constantFrom('a', 'b'), fc.option(fc.string({ unit: 'binary' }), { nil: null })),
  );
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      expect(textForm('t', a) === textForm('t', b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test.each([
  ['2026-11-20T03:58:09Z', '2026-11-20T03:58:09.000000Z'],
  ['2026-11-20T03:58:09.1234567Z', '2026-11-20T03:58:09.123456Z'],
  ['2026-11-20T10:58:09.5+07:00', '2026-11-20T03:58:09.500000Z'],
])('%s is written %s', (instant, text) => {
  expect(timeText(Temporal.Instant.from(instant))).toBe(text);
});

/** A chain made in batches, each under a checkpoint, as the sealer makes it. */
function chainOf(batches: readonly number[]): Step[] {
  let head = START;
  let n = 0;
  return batches.flatMap((size) => {
    const entries = Array.from({ length: size }, () => ({
      id: `entry ${++n}`,
      digest: digestOf(`content ${n}`),
    }));
    const seals = sealEntries(ORG, head, entries, AT);
    head = seals.at(-1) ?? head;
    return seals.map(
      (seal, i): Step => ({
        seal,
        entryDigest: seal.entryDigest,
        checkpoint: i === seals.length - 1 ? signCheckpoint(signer, { ...seal, signedAt: AT }) : null,
      }),
    );
  });
}

function verify(steps: readonly Step[], beyond: readonly Checkpoint[] = [], trusted = [signer]) {
  const verifier = new ChainVerifier(ORG, trusted);
  const findings = steps.flatMap((step) => verifier.take(step));
  return [...findings, ...verifier.end(beyond)];
}

const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
const chainAndPlace = batches.chain((sizes) =>
  fc.tuple(fc.constant(chainOf(sizes)), fc.nat(sizes.reduce((a, b) => a + b) - 1)),
);

test('a chain as made is intact, and cutting it into batches changes no seal', () => {
  fc.assert(
    fc.property(batches, (sizes) => {
      const steps = chainOf(sizes);
      expect(verify(steps)).toEqual([]);
      const atOnce = chainOf([steps.length]);
      expect(steps.map(({ seal }) => seal)).toEqual(atOnce.map(({ seal }) => seal));
      expect(steps.map(({ seal }) => seal.number)).toEqual(steps.map((_, i) => BigInt(i + 1)));
    }),
  );
});

const CHANGES: Record<string, (seal: Seal) => Seal> = {
  entryId: (seal) => ({ ...seal, entryId: 'other' }),
  entryDigest: (seal) => ({ ...seal, entryDigest: digestOf('other') }),
  digest: (seal) => ({ ...seal, digest: digestOf('other') }),
  sealedAt: (seal) => ({ ...seal, sealedAt: '2026-11-20T03:58:09.123457Z' }),
};

test('any one change of a seal or an entry is found at its number', () => {
  fc.assert(
    fc.property(
      chainAndPlace,
      fc.constantFrom(...Object.keys(CHANGES), 'entry', 'gone'),
      ([steps, place], change) => {
        const step = steps[place];
        if (!step) throw new Error('no such place');
        const changed: Step =
          change === 'entry'
            ? { ...step, entryDigest: digestOf('other') }
            : change === 'gone'
              ? { ...step, entryDigest: null }
              : { ...step, seal: CHANGES[change]?.(step.seal) ?? step.seal };
        const findings = verify(steps.with(place, changed));
        expect(findings.length).toBeGreaterThan(0);
        expect(findings[0]).toMatchObject({ number: step.seal.number });
      },
    ),
  );
});

test('any removed seal is a gap, at the end by its checkpoint', () => {
  fc.assert(
    fc.property(chainAndPlace, ([steps, place]) => {
      const number = BigInt(place + 1);
      const left = steps.toSpliced(place, 1);
      const beyond = [steps[place]?.checkpoint ?? null].filter((checkpoint) => checkpoint !== null);
      const last = place === steps.length - 1;
      expect(verify(left, beyond)).toEqual(
        last
          ? [{ organisation: ORG, kind: 'tail_removed', number: number - 1n, signed: number }]
          : [{ organisation: ORG, kind: 'seals_missing', from: number, to: number }],
      );
    }),
  );
});

test('a chain rewritten with all its digests right meets its checkpoints', () => {
  fc.assert(
    fc.property(chainAndPlace, ([steps, place]) => {
      let previous = NOTHING;
      const rewritten = steps.map((step, i): Step => {
        const link = { ...step.seal, entryDigest: i === place ? digestOf('other') : step.seal.entryDigest };
        const seal = { ...link, digest: sealDigest(link, previous) };
        previous = seal.digest;
        return { ...step, seal, entryDigest: seal.entryDigest };
      });
      const kinds = new Set(verify(rewritten).map(({ kind }) => kind));
      expect(kinds).toEqual(new Set(['checkpoint_contradicted']));
    }),
  );
});

test('a checkpoint is bound to all that it says, and to its key', () => {
  const genuine = signCheckpoint(signer, { organisation: ORG, number: 5n, digest: NOTHING, signedAt: AT });
  expect(isGenuine(genuine, [signer])).toBe(true);
  for (const change of [
    { number: 6n },
    { digest: digestOf('x') },
    { organisation: 'other' },
    { signedAt: 'later' },
    { keyId: '0'.repeat(16) },
  ])
    expect(isGenuine({ ...genuine, ...change }, [signer])).toBe(false);
  expect(isGenuine(genuine, [signerFromSeed(Buffer.alloc(32, 8))])).toBe(false);
  expect(checkpointText(genuine).split('\n')).toHaveLength(7);
});

test('a public key is taken as base64 and as PEM, and nothing else is', () => {
  expect(parseTrustedKey(signer.text)?.id).toBe(signer.id);
  expect(parseTrustedKey(String(signer.key.export({ type: 'spki', format: 'pem' })))?.text).toBe(signer.text);
  for (const text of ['', 'x', signer.text.slice(1), Buffer.alloc(31).toString('base64')])
    expect(parseTrustedKey(text)).toBeUndefined();
});

test('every finding is one line', () => {
  const steps = chainOf([3]);
  const findings = verify(steps.slice(1), [], [signerFromSeed(Buffer.alloc(32, 8))]);
  expect(findings.map(describeFinding)).toEqual([
    `organisation ${ORG}: number 1 is missing`,
    `organisation ${ORG}: the checkpoint at number 3 is not signed by a trusted key`,
    `organisation ${ORG}: numbers 1 to 3 stand under no checkpoint`,
  ]);
});
