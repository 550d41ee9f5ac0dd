import { type GatewayId, idsFrom } from '@meterline/contracts';
import type { AgentSnapshot, SnapshotBus, SnapshotMeter } from '../../src/snapshot.ts';

let made = 0;
const ids = idsFrom({
  nowMs: () => 1_790_000_000_000,
  random: (bytes) => {
    made += 1;
    return Uint8Array.from({ length: bytes }, (_, i) => (made >> (8 * i)) & 0xff);
  },
});
const GATEWAY: GatewayId = ids.gateway();

export const meterShown = (
  unit: number,
  label: string,
  changed: Partial<SnapshotMeter> = {},
): SnapshotMeter => ({
  ...{
    id: ids.meter(),
    label,
    unit,
    profile: 'eastron-sdm120m@1',
    state: 'ok',
    ageMs: 12_400,
    turnaroundMs: 21,
  },
  ...{ timeoutMs: 80, breaker: 'closed', errors: {}, role: 'sub', refused: [], problem: null },
  values: [
    { register: 'energy_import_total', class: 'billing', value: 1_234_560, unit: 'Wh', ageMs: 12_400 },
    { register: 'power', class: 'gauge', value: 230_456, unit: 'mW', ageMs: 12_400 },
  ],
  ...changed,
});

export const busShown = (
  name: string,
  meters: readonly SnapshotMeter[],
  changed: Partial<SnapshotBus> = {},
): SnapshotBus => ({
  ...{
    id: ids.bus(),
    name,
    url: 'serial:///dev/ttyUSB0?baud=9600&parity=none&stop=1',
    state: 'open',
    meters,
  },
  ...{ loadPermille: 412, demandPermille: 390, overloaded: false, requests: 81_234, timeouts: 12 },
  ...{ crcErrors: 3, exceptions: 0, watched: false, problem: null },
  ...changed,
});

const AT = Date.UTC(2026, 10, 20, 7, 15, 2);

/** A gateway in good order; a test changes what it is about. */
export const snapshotShown = (changed: Partial<AgentSnapshot> = {}): AgentSnapshot => ({
  ...{ v: 1, at: AT, gateway: GATEWAY, agent: 'meterline-edge 0.1.0', uptimeMs: 302_400_000 },
  clock: { synced: true, uncertainty: 52, source: 'ntp', wall: AT },
  buses: [busShown('Line 1', [meterShown(1, 'Room 101')])],
  journal: {
    ...{ id: ids.journal(), last: 900, sealed: 880, watermark: 800, synced: true, bytes: 5_000_000 },
    ...{ waiting: { billing: 2, counter: 12, gauge: 340, records: 1 }, batches: 4, oldest: AT - 150_000 },
    ...{ used: 4_000_000, budget: 500_000_000, disk: { free: 12_000_000_000, total: 32_000_000_000 } },
    ...{ shortage: 'none', condemned: 0, alerts: [], quarantined: [] },
  },
  uplink: {
    ...{
      connected: true,
      problem: null,
      attempts: 1,
      sent: 5_120,
      receipted: 5_116,
      watched: false,
      refused: [],
    },
    receiptMs: { median: 180, p99: 1_400 },
    data: {
      ...{
        month: '2026-11',
        today: { sent: 900_000, received: 200_000 },
        forecast: 0.62,
        budget: 100_000_000,
      },
      thisMonth: { sent: 30_000_000, received: 9_000_000 },
    },
  },
  config: { running: 7, desired: 7, state: 'applied', problems: [] },
  problems: [],
  ...changed,
});
