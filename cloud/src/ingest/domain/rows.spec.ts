import {
  type BatchClock,
  keyIdOf,
  openBatch,
  type PointId,
  packRows,
  ringOf,
  sealBatch,
  signerOf,
  type UnvaluedLeaf,
  valuedLeaf,
  verifierOf,
} from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { rowsOf } from './rows.ts';

const id = (n: number) => `019c0fd8-ea80-7${String(n).padStart(3, '0')}-888d-b1ad54166ffb`;
const point = (n: number) => id(n) as PointId;
const signer = must(signerOf(Buffer.alloc(32, 7)));
const keys = ringOf(must(verifierOf(signer.publicKey)));
const at = Date.UTC(2026, 0, 31, 17);
const synced: BatchClock = { state: 'synced', boot: 1, anchor: 2, uncertainty: 12 };
const REGISTER = 'hiking-dds238-2-zn-sr@1/energy_import_total';

function must<T>(read: { ok: true; key: T } | { ok: false; detail: string }): T {
  if (!read.ok) throw new Error(read.detail);
  return read.key;
}

const placed = (sequences: readonly number[], clock: BatchClock = synced) => ({
  gateway: id(900) as never,
  journal: id(901) as never,
  batch: 2,
  previous: 'ab'.repeat(32),
  sealed: at + 60_000,
  clock,
  sequences,
});

function opened(payload: Buffer) {
  const read = openBatch(payload, { keys, deflated: false });
  if (!read.ok) throw new Error(read.detail);
  return rowsOf(read.batch);
}

it('has the key of the test', () => expect(keyIdOf(signer.publicKey)).toBe(signer.keyId));

describe('rows of a batch', () => {
  it('in columns: gauges, with marks, holes and units', () => {
    const packed = packRows([
      { point: point(1), time: at },
      { point: point(2), time: at + 5, mark: { code: 'no-value' } },
    ]);
    const columns = { ...packed, units: ['mV', 'mW'] as const, v: [230_000, null] };
    const { payload } = sealBatch(
      placed([7, 9]),
      { type: 'readings', class: 'gauge', columns: { ...columns, units: [...columns.units] } },
      signer,
    );
    expect(opened(payload)).toEqual({
      class: 'gauge',
      source: 2,
      points: [point(1), point(2)],
      p: [0, 1],
      at: [at, at + 5],
      value: [230_000, null],
      quality: [0, 6],
      sequence: [7, 9],
      units: ['mV', 'mW'],
    });
  });

  it('of a boot without a clock keep their bounds', () => {
    const clock: BatchClock = { state: 'bounded', boot: 4, after: at - 10, before: at };
    const columns = { ...packRows([{ point: point(1), time: 12 }]), v: ['5'] };
    const { payload } = sealBatch(
      placed([7], clock),
      { type: 'readings', class: 'counter', columns },
      signer,
    );
    expect(opened(payload)).toMatchObject({ class: 'counter', at: [12], value: ['5'], bounded: clock });
  });

  it('of a sweep: true times, two passes, raw words and brackets', () => {
    const leaf = (over: Partial<UnvaluedLeaf> & { sequence: number }) =>
      valuedLeaf(at, {
        salt: String(over.sequence).repeat(16),
        point: point(1),
        pass: 'only',
        register: REGISTER,
        read: at + 1_000,
        count: '100',
        raw: '00000064',
        bracket: null,
        quality: 'good',
        rereads: [],
        ...over,
      });
    const leaves = [
      leaf({ sequence: 11, pass: 'first' }),
      leaf({ sequence: 12, point: point(2), bracket: { at: at - 300_000, count: '90' } }),
      leaf({ sequence: 13, pass: 'last', read: at + 1_400, count: '101', raw: '00000065' }),
    ];
    const { payload } = sealBatch(
      placed([11, 12, 13]),
      { type: 'boundary', boundary: at, occasion: 'quarter', sweep: [at + 1_000, at + 1_400], leaves },
      signer,
    );
    expect(opened(payload)).toEqual({
      class: 'billing',
      source: 1,
      points: [point(1), point(2)],
      p: [0, 1, 0],
      at: [at + 1_000, at + 1_000, at + 1_400],
      value: ['100', '100', '101'],
      quality: [0, 0, 0],
      sequence: [11, 12, 13],
      register: [REGISTER, REGISTER, REGISTER],
      raw: ['00000064', '00000064', '00000065'],
      boundary: at,
      bracket: [null, { at: at - 300_000, count: '90' }, null],
    });
  });
});
