import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Columns, packRows, type ReadingRow } from './columns.ts';
import { signedBytes, writeEnvelope } from './envelope.ts';
import { boundary, gauges, leaves } from './golden/batches.ts';
import { swept } from './golden/forge.ts';
import { goodSamples } from './golden/good.ts';
import { IDS, KEYS, MIDNIGHT, placement, SYNCED } from './golden/world.ts';
import { openDelivery } from './inbox.ts';
import { ringOf } from './keys.ts';
import { LIMITS } from './limits.ts';
import { openBatch } from './open.ts';
import { proveLeaf, verifyProof } from './proof.ts';
import { type Content, sealBatch } from './seal.ts';

const { signer, verifier } = KEYS.gateway;
const options = { keys: ringOf(verifier), deflated: false, gateway: IDS.gateway };
const points = [IDS.mainEnergy, IDS.roomEnergy, IDS.roomPower] as const;

const reasonOf = (payload: Buffer, deflated = false): string => {
  const opened = openBatch(payload, { ...options, deflated });
  return opened.ok ? 'opened' : opened.reason;
};

const rows = fc.uniqueArray(
  fc.record({
    point: fc.constantFrom(...points),
    time: fc.integer({ min: MIDNIGHT - 1e9, max: MIDNIGHT + 1e9 }),
    count: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    skip: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 1, maxLength: 40, selector: ({ point, time }) => `${point} ${time}` },
);

describe('a sealed batch', () => {
  it('opens to what was sealed, plain and deflated', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (list, deflated) => {
        let sequence = 1;
        const sequences = list.map(({ skip }) => {
          sequence += skip;
          return sequence;
        });
        const columns = {
          ...packRows(list satisfies ReadingRow[]),
          v: list.map(({ count }) => String(count)),
        };
        const sealed = sealBatch(
          placement({ sequences }),
          { type: 'readings', class: 'counter', columns },
          signer,
        );
        const payload = deflated ? deflateSync(sealed.payload) : sealed.payload;
        const opened = openBatch(payload, { ...options, deflated });
        if (!opened.ok || opened.batch.type !== 'readings') throw new Error('must open');
        const { batch } = opened;
        expect(batch.digest).toBe(sealed.digest);
        expect(batch.times).toEqual(list.map(({ time }) => time));
        expect(batch.columns.p.map((p) => batch.columns.points[p])).toEqual(list.map(({ point }) => point));
        expect(batch.columns.v).toEqual(columns.v);
      }),
    );
  });

  it('is the same bytes when it is sealed again', () => {
    expect(gauges().payload.equals(gauges().payload)).toBe(true);
  });

  it('is refused when any bit of it is flipped', () => {
    for (const { payload } of [gauges(), boundary()]) {
      for (let bit = 0; bit < payload.length * 8; bit += 5) {
        const broken = Buffer.from(payload);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(openBatch(broken, options).ok).toBe(false);
      }
    }
  });

  it('is refused when it is cut anywhere', () => {
    const { payload } = boundary();
    for (let end = 0; end < payload.length; end += 3) {
      expect(openBatch(payload.subarray(0, end), options).ok).toBe(false);
      expect(openBatch(deflateSync(payload).subarray(0, end), { ...options, deflated: true }).ok).toBe(
        end >= deflateSync(payload).length,
      );
    }
  });
});

describe('sealing', () => {
  const columns: Columns = { points: [points[0]], p: [0], t: [MIDNIGHT], v: ['1'] };
  const readings = (change: Partial<Columns>): Content => ({
    type: 'readings',
    class: 'counter',
    columns: { ...columns, ...change } as Columns,
  });
  it.each([
    ['the sequence of the restart', placement({ sequences: [1] }), readings({})],
    ['a row too few', placement({ sequences: [2, 3] }), readings({})],
    ['a sequence below 1', placement({ sequences: [0] }), readings({})],
    ['a time that is none', placement({ sequences: [5] }), readings({ t: [Number.NaN] })],
    [
      'a boundary without a clock',
      placement({
        sequences: leaves.map(({ sequence }) => sequence),
        clock: { state: 'bounded', boot: 1, after: MIDNIGHT, before: MIDNIGHT },
      }),
      {
        type: 'boundary',
        boundary: MIDNIGHT,
        occasion: 'quarter',
        sweep: [MIDNIGHT, MIDNIGHT + 9_000],
        leaves,
      },
    ],
    [
      'a boundary that is no quarter',
      placement({ sequences: leaves.map(({ sequence }) => sequence) }),
      {
        type: 'boundary',
        boundary: MIDNIGHT + 1,
        occasion: 'quarter',
        sweep: [MIDNIGHT, MIDNIGHT + 9_000],
        leaves,
      },
    ],
    [
      'leaves in other places',
      placement({ sequences: [1, 2, 3] }),
      {
        type: 'boundary',
        boundary: MIDNIGHT,
        occasion: 'quarter',
        sweep: [MIDNIGHT, MIDNIGHT + 9_000],
        leaves,
      },
    ],
  ] as const)('throws on %s', (_, place, content) => {
    expect(() => sealBatch(place, content as Content, signer)).toThrow(TypeError);
  });

  it('throws on a batch that is larger than a hub takes', () => {
    const list = Array.from({ length: LIMITS.readingsPerBatch + 1 }, (_, i) => ({
      point: points[0],
      time: MIDNIGHT + i,
    }));
    const big = { ...packRows(list), v: list.map(() => '1') };
    const sequences = list.map((_, i) => i + 2);
    expect(() =>
      sealBatch(placement({ sequences }), { type: 'readings', class: 'counter', columns: big }, signer),
    ).toThrow(TypeError);
  });
});

describe('opening', () => {
  it.each([
    ['a payload over the limit', Buffer.alloc(LIMITS.payloadBytes + 1), false, 'too-large'],
    ['the same, deflated', Buffer.alloc(LIMITS.payloadBytes + 1), true, 'too-large'],
    ['nothing, deflated', Buffer.alloc(0), true, 'not-deflated'],
    ['a bomb', deflateSync(Buffer.alloc(50_000_000)), true, 'inflates-too-large'],
    ['a huge first line', Buffer.alloc(1_000_000, 'ml1 '), false, 'not-an-envelope'],
  ])('refuses %s', (_, payload, deflated, reason) => expect(reasonOf(payload, deflated)).toBe(reason));

  it('refuses a head over the limit', () => {
    const statement = Buffer.from(JSON.stringify({ v: 1, x: 'x'.repeat(LIMITS.headBytes) }));
    expect(reasonOf(writeEnvelope('readings', statement, Buffer.alloc(0), signer))).toBe('too-large');
  });

  it('refuses a salt that was used twice', () => {
    const salt = '0'.repeat(32);
    expect(reasonOf(swept((leaf) => ({ ...leaf, salt })))).toBe('inconsistent');
  });

  it('keeps control characters out of its reasons', () => {
    const opened = openBatch(
      writeEnvelope('readings', Buffer.from('{"\u001b[31m\u0000'), Buffer.alloc(0), signer),
      options,
    );
    expect(opened.ok ? '' : opened.detail).toMatch(/^[^\p{Cc}]+$/u);
  });

  it('quotes little of what it refuses', () => {
    const statement = Buffer.from(
      JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i]))),
    );
    const opened = openBatch(writeEnvelope('readings', statement, Buffer.alloc(0), signer), options);
    expect(opened.ok ? '' : opened.detail.length).toBeLessThanOrEqual(500);
  });

  it('never throws, whatever comes on whatever topic', () => {
    const keys = () => ringOf(verifier, KEYS.hub.verifier);
    const good = goodSamples();
    const topics = fc.constantFrom(...good.map(({ topic }) => topic), `${good[0]?.topic}/z`, 'x');
    const bytes = fc.oneof(
      fc.uint8Array().map((array) => Buffer.from(array)),
      fc.tuple(fc.constantFrom(...good), fc.nat(), fc.nat(255)).map(([{ payload }, at, value]) => {
        const copy = Buffer.from(payload);
        copy[at % copy.length] = value;
        return copy;
      }),
    );
    fc.assert(
      fc.property(topics, bytes, (topic, payload) => void openDelivery(topic, payload, keys)),
      { numRuns: 500 },
    );
  });

  it('survives any value in any place of a head that is rightly signed', () => {
    const [, head = '', body = ''] = gauges().payload.toString().split('\n');
    const keys = Object.keys(JSON.parse(head) as object);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        const statement = Buffer.from(JSON.stringify({ ...(JSON.parse(head) as object), [key]: value }));
        void openBatch(writeEnvelope('readings', statement, Buffer.from(body), signer), options);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a proof', () => {
  const opened = openBatch(boundary().payload, options);
  if (!opened.ok || opened.batch.type !== 'boundary') throw new Error('must open');
  const { batch } = opened;
  const proof = proveLeaf(batch, 1);

  it('needs the public key and nothing else', () => {
    const checked = verifyProof(JSON.parse(JSON.stringify(proof)), options);
    expect(checked.ok && checked.leaf).toEqual(leaves[1]);
    expect(checked.ok && checked.head.boundary).toBe(MIDNIGHT);
  });

  it('shows nothing of the neighbours', () => {
    const text = JSON.stringify(proof);
    for (const neighbour of [leaves[0], leaves[2]]) {
      expect(text).not.toContain(neighbour?.salt);
      expect(text).not.toContain(neighbour?.count);
      expect(text).not.toContain(neighbour?.point);
    }
  });

  it.each([
    ['another leaf', { leaf: batch.lines[0] }, 'root-mismatch'],
    ['another place', { index: 0 }, 'root-mismatch'],
    ['a place that is not there', { index: 9 }, 'root-mismatch'],
    ['a changed count', { leaf: proof.leaf.replace('123457', '123458') }, 'root-mismatch'],
    ['a changed head', { statement: proof.statement.replace('"batch":45', '"batch":46') }, 'bad-signature'],
    ['a short path', { path: proof.path.slice(1) }, 'root-mismatch'],
    ['an unknown key', { keyId: '0'.repeat(16) }, 'unknown-key'],
    ['something more', { more: 1 }, 'malformed'],
  ])('fails with %s', (_, change, reason) => {
    const checked = verifyProof({ ...proof, ...change }, options);
    expect(checked.ok ? 'verified' : checked.reason).toBe(reason);
  });

  it('fails with a statement that is more than a line, whoever has signed it', () => {
    const statement = proof.statement.replace('{', '{\n');
    const signature = signer.sign(signedBytes('boundary', proof.keyId, Buffer.from(statement)));
    const checked = verifyProof({ ...proof, statement, signature: signature.toString('hex') }, options);
    expect(checked).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it.each([null, 1, 'x', []])('fails with %j in its place', (input) => {
    expect(verifyProof(input, options)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('fails for another gateway', () => {
    expect(verifyProof(proof, { ...options, gateway: IDS.otherGateway })).toMatchObject({
      reason: 'wrong-gateway',
    });
  });
});

it('a batch of the same clock and place is another batch when its rows differ', () => {
  const columns = (value: string): Columns => ({ points: [points[0]], p: [0], t: [MIDNIGHT], v: [value] });
  const digests = ['1', '2'].map(
    (value) =>
      sealBatch(
        placement({ sequences: [9], clock: SYNCED }),
        { type: 'readings', class: 'counter', columns: columns(value) },
        signer,
      ).digest,
  );
  expect(new Set(digests).size).toBe(2);
});
