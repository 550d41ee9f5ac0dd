import type { HubKeys, Live } from '../live.ts';
import { type Message, type MessageKind, sealMessage } from '../message.ts';
import { gauges } from './batches.ts';
import { CERTIFICATES, IDS, KEYS, MIDNIGHT } from './world.ts';

const gateway = IDS.gateway;

export const VALUES: { readonly [K in MessageKind]: Message<K> } = {
  status: {
    v: 1,
    gateway,
    session: IDS.session,
    at: MIDNIGHT,
    is: {
      state: 'online',
      agent: 'meterline-edge 0.1.0',
      uptimeMs: 86_400_000,
      clock: { boot: 3, synced: true, uncertainty: 12, source: 'ntp' },
      journal: {
        id: IDS.journal,
        last: 1_213,
        watermark: 1_200,
        unsent: { billing: 3, counter: 4, gauge: 6, records: 0 },
        oldestUnsent: MIDNIGHT - 60_000,
        bytes: 4_194_304,
      },
      disk: { free: 8_000_000_000, total: 16_000_000_000, writtenToday: 21_000_000 },
      data: { month: '2026-01', sent: 61_234_567, received: 2_345_678 },
      refused: [{ channel: 'down/command', reason: 'bad-signature', count: 1 }],
      config: 7,
      certificateExpires: MIDNIGHT + 90 * 86_400_000,
      temperatureMilliC: 48_300,
      undervoltage: false,
      buses: [
        {
          id: IDS.bus,
          state: 'open',
          loadPermille: 310,
          requests: 90_000,
          timeouts: 3,
          crcErrors: 1,
          exceptions: 0,
        },
      ],
      meters: [
        { id: IDS.mainMeter, state: 'ok', lastRead: MIDNIGHT - 1_000, turnaroundMs: 21 },
        {
          id: IDS.roomMeter,
          state: 'silent',
          lastRead: null,
          turnaroundMs: null,
          problem: 'no answer since 09:12',
        },
      ],
    },
  },
  'config-report': {
    v: 1,
    gateway,
    at: MIDNIGHT,
    running: 6,
    desired: 7,
    state: 'rolled-back',
    problems: [{ path: 'meters[1].unit', code: 'meter-silent', message: 'unit 12 did not answer for 60 s' }],
  },
  result: {
    v: 1,
    gateway,
    command: IDS.command,
    at: MIDNIGHT + 2_000,
    outcome: {
      is: 'done',
      before: { state: 'on', raw: '0001', at: MIDNIGHT + 1_400 },
      readBack: { state: 'off', raw: '0000', at: MIDNIGHT + 1_900 },
    },
    tookMs: 1_100,
  },
  receipt: {
    v: 1,
    gateway,
    at: MIDNIGHT + 6_000,
    journals: [
      {
        journal: IDS.journal,
        watermark: 1_204,
        seen: 1_213,
        missing: [
          [1_205, 1_205],
          [1_207, 1_210],
        ],
        // Batches 43 and 44 are still missing, so the chain is whole up to 42, although 45 has arrived.
        chain: { batch: gauges().head.batch, digest: gauges().digest },
      },
    ],
  },
  config: {
    v: 1,
    gateway,
    version: 7,
    issued: MIDNIGHT - 3_600_000,
    buses: [
      { id: IDS.bus, name: 'ชั้น 1', url: 'serial:///dev/serial/by-id/usb-1?baud=9600&parity=none&stop=1' },
    ],
    meters: [
      {
        id: IDS.roomMeter,
        bus: IDS.bus,
        unit: 12,
        profile: 'hiking-dds238-2-zn-sr@1',
        serial: null,
        role: 'sub',
        label: '101',
        points: [
          { id: IDS.roomEnergy, register: 'energy_import_total', class: 'billing' },
          { id: IDS.roomVoltage, register: 'voltage', class: 'gauge', everyMs: 60_000 },
        ],
        controls: [{ name: 'relay', enabled: true }],
      },
    ],
    intervals: { gaugeMs: 60_000, counterMs: 300_000, statusMs: 300_000, sealMs: 300_000 },
    uplink: { backfillBytesPerSecond: 20_000, monthlyBytes: 100_000_000 },
    storage: { maxBytes: 2_000_000_000 },
    switching: { minimumMs: 60_000, staggerMs: 5_000, maxReadingAgeMs: 120_000 },
  },
  command: {
    v: 1,
    gateway,
    id: IDS.command,
    issued: MIDNIGHT,
    expires: MIDNIGHT + 60_000,
    action: { do: 'switch', meter: IDS.roomMeter, control: 'relay', to: 'off', reason: 'moved-out' },
  },
};

const FROM_HUB: readonly MessageKind[] = ['receipt', 'config', 'command'];

const signerFor = (kind: MessageKind) => (FROM_HUB.includes(kind) ? KEYS.hub : KEYS.gateway).signer;

export const messagePayload = <K extends MessageKind>(kind: K): Buffer =>
  sealMessage(kind, VALUES[kind], signerFor(kind));

/** A gateway that was cut off from the network when its power came back. */
export const UNSYNCHRONISED: Message<'result'> = {
  v: 1,
  gateway,
  command: IDS.command,
  at: null,
  order: { journal: IDS.journal, boot: 4, n: 4_217 },
  outcome: { is: 'refused', because: 'clock-unsynchronised' },
};

export const HUB_KEYS: HubKeys = {
  v: 1,
  keys: [{ id: KEYS.hub.signer.keyId, certificate: CERTIFICATES.hub.toString('base64') }],
};

export const SIMPLE = {
  readings: [
    { point: IDS.roomEnergy, at: MIDNIGHT, count: '123457', class: 'billing' },
    { point: IDS.roomPower, at: MIDNIGHT + 250, value: 1_310_000 },
  ],
} as const;

export const LIVE: Live = {
  v: 1,
  gateway,
  watch: IDS.watch,
  n: 17,
  points: [IDS.roomPower, IDS.roomEnergy],
  units: ['mW', null],
  at: [MIDNIGHT + 250, MIDNIGHT + 250],
  values: [1_310_000, '123457'],
};
