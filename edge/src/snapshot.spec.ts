import { type Config, type GatewayId, idsFrom } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { loadProfiles } from './meters/profile-store.ts';
import type { Latest, MeterStatus, PollBusStatus } from './poll/index.ts';
import { type SnapshotParts, snapshotOf } from './snapshot.ts';
import type { JournalStatus } from './store/index.ts';
import type { Uplink } from './uplink/index.ts';

let made = 0;
const ids = idsFrom({
  nowMs: () => 1_790_000_000_000,
  random: (bytes) => {
    made += 1;
    return Uint8Array.from({ length: bytes }, (_, i) => (made >> (8 * i)) & 0xff);
  },
});
const gateway: GatewayId = ids.gateway();
const NOW = { boot: 'b2', mono: 100_000, wall: 1_790_000_000_000 };

function meterOf(unit: number, profile: string, latest: readonly Latest[]): MeterStatus {
  return {
    ...{ id: ids.meter(), label: `Room ${unit}`, unit, profile, state: 'ok', lastRead: NOW, ageMs: 5 },
    ...{ turnaroundMs: 21, timeoutMs: 80, breaker: 'closed', errors: { timeout: 2 }, refused: [] },
    ...{ groups: [], latest, problem: null },
  };
}

function busOf(name: string, meters: readonly MeterStatus[]): PollBusStatus {
  return {
    ...{ id: ids.bus(), name, state: 'open', problem: null, loadPermille: 412, demandPermille: 300 },
    ...{ overloaded: false, requests: 9, timeouts: 2, crcErrors: 0, exceptions: 0, watched: false, meters },
  };
}

type Points = readonly (readonly [string, 'billing' | 'counter' | 'gauge'])[];
const configOf = (buses: readonly PollBusStatus[], points: Points): Config => ({
  ...{ v: 1, gateway, version: 3, issued: NOW.wall },
  buses: buses.map(({ id, name }) => ({ id, name, url: 'tcp://10.0.0.7:502' })),
  meters: buses.flatMap(({ id: bus, meters }) =>
    meters.map(({ id, unit, profile, label }) => ({
      ...{
        id,
        bus,
        unit,
        profile,
        label,
        serial: null,
        role: unit === 1 ? ('main' as const) : ('sub' as const),
      },
      points: points.map(([register, kind]) => ({ id: ids.point(), register, class: kind })),
    })),
  ),
  intervals: { gaugeMs: 60_000, counterMs: 300_000, statusMs: 300_000, sealMs: 60_000 },
  uplink: { backfillBytesPerSecond: 20_000, monthlyBytes: null },
  storage: { maxBytes: 500_000_000 },
  switching: { minimumMs: 60_000, staggerMs: 2_000, maxReadingAgeMs: 120_000 },
});

const partsOf = (parts: Partial<SnapshotParts>): SnapshotParts => ({
  ...{ gateway, agent: 'meterline-edge 0.1.0', now: NOW, utc: NOW.wall, uptimeMs: 90_000 },
  clock: { synced: true, uncertainty: 50, source: 'ntp' },
  ...{ buses: [], journal: null, uplink: null, config: null, report: null, profiles: loadProfiles() },
  ...parts,
});

describe('a snapshot', () => {
  it('of a gateway without anything says so', () => {
    expect(
      snapshotOf(partsOf({ utc: null, clock: { synced: false, uncertainty: null, source: 'none' } })),
    ).toEqual({
      ...{ v: 1, at: null, gateway, agent: 'meterline-edge 0.1.0', uptimeMs: 90_000 },
      clock: { synced: false, uncertainty: null, source: 'none', wall: NOW.wall },
      ...{ buses: [], journal: null, uplink: null, config: null, problems: [] },
    });
  });

  it('shows counts for what they are worth, gauges in their unit, and how old both are', () => {
    const meter = meterOf(2, 'eastron-sdm120m@1', []);
    const profile = loadProfiles().profiles.get('eastron-sdm120m')?.profile;
    const counter = profile?.registers.find(({ role }) => role === 'counter');
    const gauge = profile?.registers.find(({ role }) => role === 'gauge');
    if (counter?.role !== 'counter' || gauge?.role !== 'gauge') throw new Error('the profile has changed');
    const latest = [
      { register: counter.name, at: { ...NOW, boot: 'b1' }, value: '1234' },
      { register: gauge.name, at: { ...NOW, mono: 99_000 }, value: null },
    ];
    const bus = busOf('Line 1', [{ ...meter, latest }]);
    const config = configOf(
      [bus],
      [
        [counter.name, 'billing'],
        [gauge.name, 'gauge'],
        ['no_such', 'gauge'],
      ],
    );
    const [shown] = snapshotOf(partsOf({ buses: [bus], config })).buses;
    expect(shown?.url).toBe('tcp://10.0.0.7:502');
    expect(shown?.meters[0]?.values).toEqual([
      {
        register: counter.name,
        class: 'billing',
        value: 1234 * Number(counter.worth),
        unit: counter.unit,
        ageMs: null,
      },
      { register: gauge.name, class: 'gauge', value: null, unit: gauge.unit, ageMs: 1_000 },
    ]);
  });

  it('has lines by name and meters by unit', () => {
    const buses = ['Line 10', 'Line 2', 'Line 1'].map((name) =>
      busOf(
        name,
        [30, 4, 1].map((unit) => meterOf(unit, 'eastron-sdm120m@1', [])),
      ),
    );
    const shown = snapshotOf(partsOf({ buses, config: configOf(buses, []) })).buses;
    expect(shown.map(({ name }) => name)).toEqual(['Line 1', 'Line 2', 'Line 10']);
    expect(shown[0]?.meters.map(({ unit, role }) => `${unit} ${role}`)).toEqual([
      '1 main',
      '4 sub',
      '30 sub',
    ]);
  });

  it('shows a meter that no configuration names any more, and one of an unknown model', () => {
    const bus = busOf('Line 1', [meterOf(3, 'nobody-knows@1', [{ register: 'x', at: NOW, value: '1' }])]);
    const [shown] = snapshotOf(partsOf({ buses: [bus] })).buses;
    expect(shown).toMatchObject({ url: null, meters: [{ unit: 3, role: 'sub', values: [] }] });
  });

  it('says what waits in the journal and how the uplink is', () => {
    const journal: JournalStatus = {
      ...{
        journal: ids.journal(),
        gateway,
        last: 90,
        sealed: 80,
        watermark: 70,
        boot: 2,
        synced: true,
        buffered: 4,
      },
      depth: { billing: 1, counter: 2, gauge: 16, records: 1, batches: 2, oldest: 1_789_999_000_000 },
      ...{ bytes: 1_000, budget: 9_000, used: 900, disk: { free: 5, total: 10 }, condemned: 0 },
      ...{ shortage: 'none', reserve: true, alerts: [], quarantined: [] },
    };
    const window = { underWay: 0, size: 4, unacknowledged: 0 } as unknown as Uplink['state']['drain']['live'];
    const uplink: Uplink['state'] = {
      ...{ connected: false, problem: 'broker x: nothing answers on that port', attempts: 9 },
      drain: { live: window, backfill: window, sent: 5, receipted: 4, receiptMs: { median: 12, p99: 40 } },
      data: {
        ...{ month: '2026-11', today: { sent: 1, received: 2 }, thisMonth: { sent: 3, received: 4 } },
        ...{ forecast: null, budget: null },
      },
      ...{
        watch: null,
        live: { sent: 0, dropped: 0 },
        post: { waiting: 0, dropped: 0 },
        refused: [],
        strays: 0,
      },
      commandsDropped: 0,
    };
    const shown = snapshotOf(partsOf({ journal, uplink, problems: ['Room 9: not known'] }));
    expect(shown.journal).toMatchObject({
      ...{
        waiting: { billing: 1, counter: 2, gauge: 16, records: 1 },
        batches: 2,
        oldest: 1_789_999_000_000,
      },
    });
    expect(shown.uplink).toMatchObject({ connected: false, sent: 5, receipted: 4, watched: false });
    expect(shown.problems).toEqual(['Room 9: not known']);
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
  });
});
