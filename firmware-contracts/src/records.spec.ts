import { describe, expect, it } from 'vitest';
import { IDS, KEYS, MIDNIGHT, placement } from './golden/world.ts';
import { bus } from './installation.ts';
import { LIMITS } from './limits.ts';
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

const restart = (
  reason: Extract<JournalRecord, { kind: 'restart' }>['reason'],
  previous: Partial<NonNullable<Extract<JournalRecord, { kind: 'restart' }>['previous']>> = {},
): JournalRecord => ({
  kind: 'restart',
  t: MIDNIGHT,
  reason,
  previous: {
    gateway: IDS.gateway,
    journal: IDS.oldJournal,
    last: 50,
    batch: null,
    digest: null,
    ...previous,
  },
});
const beginning = { batch: 1, previous: null, sequences: [1] };

describe('the journal before', () => {
  it.each([
    ['its own, nothing lost', restart('corrupt')],
    ['its own, all lost', restart('corrupt', { lost: [[1, 50]] })],
    ['its own, its end unknown', restart('corrupt', { last: null })],
    [
      'that of the gateway whose place it takes',
      restart('new-hardware', { gateway: IDS.otherGateway, lost: [[1, 50]] }),
    ],
  ])('may be %s', (_, record) => expect(seal(record, beginning)).not.toThrow());

  it.each([
    ['the same journal', restart('corrupt', { journal: IDS.journal }), 'its own journal'],
    [
      'the same journal on new hardware',
      restart('new-hardware', { journal: IDS.journal }),
      'its own journal',
    ],
    ['that of a stranger', restart('corrupt', { gateway: IDS.otherGateway }), 'another gateway'],
    ['lost beyond its end', restart('corrupt', { lost: [[50, 51]] }), 'beyond the last'],
    ['lost without an end', restart('corrupt', { last: null, lost: [[1, 1]] }), 'beyond the last'],
  ])('cannot be %s', (_, record, fault) => expect(seal(record, beginning)).toThrow(fault));
});

describe('what was dropped', () => {
  const digest = 'ab'.repeat(32);
  const drop = (change: object): JournalRecord => ({
    kind: 'dropped',
    t: MIDNIGHT,
    ranges: [[3, 8]],
    class: 'gauge',
    reason: 'disk-full',
    ...change,
  });
  const place = { batch: 6, previous: digest };
  const entry = { batch: 5, digest, previous: digest };

  it.each([
    ['a range right before it', drop({}), {}],
    [
      'the restart, as something that cannot be read',
      drop({ ranges: [[1, 8]], class: 'unknown', reason: 'corrupt' }),
      {},
    ],
    ['batches before its own', drop({ batches: [{ ...entry, batch: 1, previous: null }, entry] }), place],
    ['batches in any order', drop({ batches: [entry, { ...entry, batch: 4 }] }), place],
    [
      'as many as a record may',
      drop({ ranges: [[2, LIMITS.droppedPerRecord + 1]] }),
      { sequences: [2_000_000] },
    ],
  ])('may be %s', (_, record, over) => expect(seal(record, over)).not.toThrow());

  it.each([
    [
      'more than a record may',
      drop({ ranges: [[2, LIMITS.droppedPerRecord + 2]] }),
      { sequences: [2_000_000] },
      'hold more than',
    ],
    ['the restart, as a gauge', drop({ ranges: [[1, 1]] }), {}, 'the restart'],
    ['what its own batch holds', drop({ ranges: [[3, 5]] }), { sequences: [4, 9] }, 'comes after it'],
    ['what its own batch holds before it', drop({}), { sequences: [4, 9] }, 'its own batch'],
    ['batch 1 with one before it', drop({ batches: [{ ...entry, batch: 1 }] }), place, 'batch 1'],
    ['its own batch', drop({ batches: [{ ...entry, batch: 6 }] }), place, 'its own batch'],
  ])('cannot be %s', (_, record, over, fault) => {
    const sequences = 'sequences' in over ? over.sequences : [9];
    const list = sequences.map((__, i) =>
      i === sequences.length - 1 ? record : { ...clock, t: MIDNIGHT + i },
    );
    const make = () =>
      sealBatch(
        placement({ ...over, sequences: [...sequences] }),
        { type: 'records', records: fault === 'comes after it' ? [record, clock] : list },
        KEYS.gateway.signer,
      );
    expect(make).toThrow(fault);
  });
});

describe('the address of a bus', () => {
  it.each([
    ['serial:///dev/ttyUSB0?baud=9600&parity=none&stop=1', true],
    ['tcp://10.0.0.5', true],
    ['tcp://gateway.local:1502', true],
    ['tcp://[fe80::1]:502', true],
    ['rtu+tcp://converter:4001', true],
    ['rtu+tcp://converter:4001?baud=2400&parity=even&stop=1&data=8', true],
    ['rtu+tcp://[fe80::1]:4001?baud=9600', true],
    ['rtu+tcp://converter', false],
    ['rtu+tcp://converter?baud=9600', false],
    ['tcp://user@host:502', false],
    ['http://host:80', false],
    ['tcp://host:502 ', false],
  ])('%s', (url, ok) => expect(bus.safeParse({ id: IDS.bus, name: 'x', url }).success).toBe(ok));
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
