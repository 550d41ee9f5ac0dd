import { describe, expect, it } from 'vitest';
import { IDS, KEYS, MIDNIGHT, placement } from './golden/world.ts';
import { live } from './live.ts';
import type { JournalRecord } from './records.ts';
import type { Placement } from './seal.ts';
import { sealBatch } from './seal.ts';

const bounded = { state: 'bounded', boot: 4, after: MIDNIGHT, before: MIDNIGHT + 1 } as const;

const seal =
  (record: JournalRecord, over: Partial<Placement> = {}): (() => unknown) =>
  () =>
    sealBatch(
      placement({ sequences: [9], ...over }),
      { type: 'records', records: [record] },
      KEYS.gateway.signer,
    );

const clock: JournalRecord = {
  kind: 'clock',
  t: MIDNIGHT,
  mono: 1,
  utc: MIDNIGHT,
  uncertainty: 1,
  source: 'ntp',
};
const boot: JournalRecord = { kind: 'boot', t: 0, boot: 4, cause: 'power', clean: false, agent: 'x 1' };
const swap: JournalRecord = {
  kind: 'swap',
  t: 5,
  meter: IDS.roomMeter,
  serial: { before: '1', after: '2' },
  last: [],
  first: [{ point: IDS.roomEnergy, count: '0', raw: '0000', at: 5 }],
};

describe('a record', () => {
  it('of a boot without a clock has the time of that boot', () => {
    expect(seal(boot, { clock: bounded })).not.toThrow();
    expect(seal(swap, { clock: bounded })).not.toThrow();
  });

  it.each([
    ['a clock in a boot that never had one', { ...clock, t: 5 }, { clock: bounded }, 'is synchronised'],
    ['a boot of another number', { ...boot, t: MIDNIGHT }, {}, 'another boot'],
    ['UTC in a boot without a clock', { ...boot, t: MIDNIGHT }, { clock: bounded }, 'a time that is none'],
    ['time since boot where UTC is known', swap, {}, 'a time that is none'],
    ['the same inside it', { ...swap, t: MIDNIGHT }, {}, 'a time that is none'],
    [
      'dropping itself',
      { kind: 'dropped', t: MIDNIGHT, ranges: [[8, 9]], class: 'gauge', reason: 'disk-full' },
      {},
      'drops itself',
    ],
    [
      'a restart in the middle',
      { kind: 'restart', t: MIDNIGHT, reason: 'operator', previous: null },
      {},
      'and no other',
    ],
    ['no restart at the beginning', clock, { sequences: [1] }, 'record 1'],
  ] as const)('is refused: %s', (_, record, over, message) => {
    expect(seal(record as JournalRecord, over)).toThrow(message);
  });
});

describe('live', () => {
  const good = {
    v: 1,
    gateway: IDS.gateway,
    watch: IDS.watch,
    n: 0,
    points: [IDS.roomPower, IDS.roomEnergy],
    units: ['mW', null],
    at: [MIDNIGHT, MIDNIGHT],
    values: [1, '1'],
  };
  it.each([
    ['a gauge and a count', {}, true],
    ['no value', { values: [null, null] }, true],
    ['a count as a number', { values: [1, 1] }, false],
    ['a gauge as a string', { values: ['1', '1'] }, false],
    ['columns of two lengths', { at: [MIDNIGHT] }, false],
    ['a count beyond 64 bits', { values: [1, '9999999999999999999'] }, false],
  ])('%s', (_, change, ok) => expect(live.safeParse({ ...good, ...change }).success).toBe(ok));
});
