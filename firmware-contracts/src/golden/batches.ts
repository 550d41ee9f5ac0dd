import { packRows, type ReadingRow } from '../columns.ts';
import { type BoundaryLeaf, type UnvaluedLeaf, valuedLeaf } from '../leaf.ts';
import { type Sealed, sealBatch } from '../seal.ts';
import { bytesOf, ENERGY, IDS, KEYS, MIDNIGHT, placement } from './world.ts';

const { signer } = KEYS.gateway;

const gaugeRows: readonly ReadingRow[] = [
  { point: IDS.roomVoltage, time: MIDNIGHT - 60_000 },
  { point: IDS.roomPower, time: MIDNIGHT - 60_000 },
  { point: IDS.roomVoltage, time: MIDNIGHT + 41 },
  { point: IDS.roomPower, time: MIDNIGHT + 41, mark: { code: 'no-value' } },
];

export const gauges = (): Sealed =>
  sealBatch(
    placement(),
    {
      type: 'readings',
      class: 'gauge',
      columns: { ...packRows(gaugeRows), units: ['mV', 'mW'], v: [229_800, 1_310_000, 230_100, null] },
    },
    signer,
  );

const counterRows: readonly ReadingRow[] = [
  { point: IDS.mainEnergy, time: MIDNIGHT - 299_000 },
  { point: IDS.roomEnergy, time: MIDNIGHT - 298_950 },
  {
    point: IDS.roomEnergy,
    time: MIDNIGHT + 1_050,
    mark: {
      code: 'drop',
      evidence: {
        previous: { value: '123456', at: MIDNIGHT - 298_950 },
        rereads: [{ value: '23456', raw: '00005ba0' }, { value: '23456' }],
      },
    },
  },
];

/** Sequence 1206 stands in another batch. */
export const counters = (): Sealed =>
  sealBatch(
    placement({ batch: 43, previous: gauges().digest, sequences: [1205, 1207, 1208] }),
    {
      type: 'readings',
      class: 'counter',
      columns: { ...packRows(counterRows), v: ['9007199254740993', '123456', '23456'] },
    },
    signer,
  );

const unsyncedRows: readonly ReadingRow[] = [
  { point: IDS.roomEnergy, time: 4_000 },
  { point: IDS.roomEnergy, time: 904_000 },
];

/** A boot that never learnt the time: its rows are ordered and bounded, and are no boundary readings. */
export const unsynchronised = (): Sealed =>
  sealBatch(
    placement({
      batch: 44,
      previous: counters().digest,
      sequences: [1209, 1210],
      clock: { state: 'bounded', boot: 4, after: MIDNIGHT + 10_000, before: MIDNIGHT + 3_600_000 },
      sealed: MIDNIGHT + 7_200_000,
    }),
    {
      type: 'readings',
      class: 'billing',
      columns: {
        ...packRows(unsyncedRows),
        registers: [ENERGY],
        v: ['123460', '123462'],
        raw: ['0001e244', '0001e246'],
      },
    },
    signer,
  );

const leaf = (sequence: number, over: Partial<UnvaluedLeaf>): BoundaryLeaf =>
  valuedLeaf(MIDNIGHT, {
    salt: bytesOf(`salt ${sequence}`, 16).toString('hex'),
    sequence,
    point: IDS.mainEnergy,
    pass: 'only',
    register: ENERGY,
    read: MIDNIGHT + 1_000,
    count: '98765432',
    raw: '05e30a78',
    bracket: { at: MIDNIGHT - 299_000, count: '98765132' },
    quality: 'good',
    rereads: [],
    ...over,
  });

export const leaves: readonly BoundaryLeaf[] = [
  leaf(1211, { pass: 'first' }),
  leaf(1212, {
    point: IDS.roomEnergy,
    read: MIDNIGHT + 1_100,
    count: '123457',
    raw: '0001e241',
    bracket: { at: MIDNIGHT - 298_950, count: '123456' },
  }),
  leaf(1213, { pass: 'last', read: MIDNIGHT + 1_200, count: '98765433', raw: '05e30a79' }),
];

export const boundary = (): Sealed =>
  sealBatch(
    placement({ batch: 45, previous: unsynchronised().digest, sequences: [1211, 1212, 1213] }),
    {
      type: 'boundary',
      boundary: MIDNIGHT,
      occasion: 'quarter',
      sweep: [MIDNIGHT + 1_000, MIDNIGHT + 1_200],
      leaves,
    },
    signer,
  );

/** Somebody moves out at a quarter past twelve and a bit. The counter had fallen, and two more reads said the same. */
export const onDemand = (): Sealed => {
  const asked = MIDNIGHT + 917_345;
  const one = valuedLeaf(asked, {
    ...leaf(1214, { point: IDS.roomEnergy, count: '23456', raw: '00005ba0' }),
    read: asked + 40,
    bracket: { at: asked - 17_345, count: '123460' },
    quality: 'drop',
    rereads: ['23456/00005ba0', '23457/00005ba1'],
  });
  return sealBatch(
    placement({ batch: 46, previous: boundary().digest, sequences: [1214], sealed: asked + 3_000 }),
    {
      type: 'boundary',
      boundary: asked,
      occasion: 'on-demand',
      command: IDS.read,
      sweep: [asked + 40, asked + 40],
      leaves: [one],
    },
    signer,
  );
};

/** A journal that replaces a broken file, thins gauges, and saw a meter swapped. */
export const records = (): Sealed =>
  sealBatch(
    placement({ batch: 1, previous: null, sequences: [1, 2, 13, 14, 15] }),
    {
      type: 'records',
      records: [
        {
          kind: 'restart',
          t: MIDNIGHT,
          reason: 'corrupt',
          previous: {
            gateway: IDS.gateway,
            journal: IDS.oldJournal,
            last: 5_000,
            batch: 60,
            digest: bytesOf('last digest of the old journal', 32).toString('hex'),
            lost: [[4_990, 5_000]],
          },
        },
        {
          kind: 'clock',
          t: MIDNIGHT,
          mono: 120_000,
          utc: MIDNIGHT,
          uncertainty: 12,
          source: 'ntp',
          step: -3_000,
        },
        {
          kind: 'dropped',
          t: MIDNIGHT + 1,
          ranges: [
            [3, 6],
            [8, 12],
          ],
          class: 'gauge',
          reason: 'disk-full',
        },
        {
          kind: 'swap',
          t: MIDNIGHT + 2,
          meter: IDS.roomMeter,
          serial: { before: '20210417', after: '20260131' },
          last: [{ point: IDS.roomEnergy, count: '123457', raw: '0001e241', at: MIDNIGHT }],
          first: [{ point: IDS.roomEnergy, count: '0', raw: '00000000', at: MIDNIGHT + 2 }],
        },
        {
          kind: 'switched',
          t: MIDNIGHT + 3,
          meter: IDS.roomMeter,
          control: 'relay',
          state: 'off',
          cause: 'local',
        },
      ],
    },
    signer,
  );
