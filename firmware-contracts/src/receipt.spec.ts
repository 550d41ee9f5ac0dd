import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDS } from './golden/world.ts';
import { rangeOf, recordCount, sequencesOf } from './head.ts';
import { isReceipted, type JournalReceipt, receipt, receiptOf } from './receipt.ts';

const sequences = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 60 })
  .map((list) => list.toSorted((a, b) => a - b));

function ranges(list: readonly number[]): [number, number][] {
  const out: [number, number][] = [];
  for (const number of list) {
    const end = out.at(-1);
    if (end && end[1] === number - 1) end[1] = number;
    else out.push([number, number]);
  }
  return out;
}

const journal = (stored: readonly number[], max: number): JournalReceipt => ({
  journal: IDS.journal,
  chain: null,
  ...receiptOf(ranges(stored), max),
});

describe('a receipt', () => {
  it('says of every sequence what the database holds, as far as its list reaches', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 40 }), (stored, max) => {
        const said = journal(stored, max);
        const held = new Set(stored);
        for (let n = 1; n <= 61; n += 1) {
          if (isReceipted(said, n)) expect(held.has(n)).toBe(true);
          else if (held.has(n)) expect(said.missing).toHaveLength(max);
        }
      }),
    );
  });

  it('is always of its own shape', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 40 }), (stored, max) => {
        const whole = {
          v: 1,
          gateway: IDS.gateway,
          at: Date.UTC(2026, 0, 1),
          journals: [journal(stored, max)],
        };
        expect(receipt.safeParse(whole).success).toBe(true);
      }),
    );
  });

  it.each([
    ['nothing stored', [], { watermark: 0, seen: 0, missing: [] }],
    [
      'ranges that touch and overlap',
      [
        [1, 2],
        [3, 4],
        [4, 6],
        [5, 5],
      ],
      { watermark: 6, seen: 6, missing: [] },
    ],
    ['all stored', [[1, 9]], { watermark: 9, seen: 9, missing: [] }],
    ['the beginning missing', [[5, 9]], { watermark: 0, seen: 9, missing: [[1, 4]] }],
    [
      'two holes',
      [
        [1, 2],
        [4, 4],
        [7, 9],
      ],
      {
        watermark: 2,
        seen: 9,
        missing: [
          [3, 3],
          [5, 6],
        ],
      },
    ],
  ] as const)('%s', (_, stored, expected) => expect(receiptOf(stored)).toEqual(expected));
});

describe('the sequences of a batch', () => {
  it('come back from range and holes', () => {
    fc.assert(
      fc.property(
        sequences.filter((list) => list.length > 0),
        (list) => {
          const range = rangeOf(list);
          expect(sequencesOf(range)).toEqual(list);
          expect(recordCount(range)).toBe(list.length);
        },
      ),
    );
  });

  it.each([[[]], [[2, 1]], [[1, 1]]])('refuse %j', (list) => expect(() => rangeOf(list)).toThrow(RangeError));
});
