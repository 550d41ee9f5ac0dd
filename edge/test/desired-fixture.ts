import { type Config, type Ids, idsFrom, type Meter } from '@meterline/contracts';
import { standardConfig } from '../src/desired/adopt.ts';
import { BUNDLED_PROFILES, loadProfiles } from '../src/meters/profile-store.ts';

export const NOW = Date.UTC(2026, 0, 31, 17);
export const PROFILES = loadProfiles({ bundled: BUNDLED_PROFILES });

export function mint(seed = 0): Ids {
  let n = seed * 1_000_000;
  return idsFrom({
    nowMs: () => NOW,
    random: (bytes) => {
      n += 1;
      const buffer = Buffer.alloc(bytes);
      buffer.writeUInt32BE(n, bytes - 4);
      return buffer;
    },
  });
}

const IDS = mint();
export const GATEWAY = IDS.gateway();
export const BUS = IDS.bus();
export const BUS_2 = IDS.bus();
const METERS = Array.from({ length: 20 }, () => IDS.meter());
const POINTS = Array.from({ length: 60 }, () => IDS.point());

const at = <T>(list: readonly T[], i: number): T => {
  const found = list[i];
  if (found === undefined) throw new RangeError(`no ${i}`);
  return found;
};

export const meterId = (i: number) => at(METERS, i);

export const meter = (i: number, over: Partial<Meter> = {}): Meter => ({
  id: at(METERS, i),
  bus: BUS,
  unit: i + 1,
  profile: 'hiking-dds238-2-zn-sr@1',
  serial: null,
  role: 'sub',
  label: `10${i}`,
  points: [
    { id: at(POINTS, 2 * i), register: 'energy_import_total', class: 'billing' },
    { id: at(POINTS, 2 * i + 1), register: 'power', class: 'gauge' },
  ],
  ...over,
});

export const config = (version: number, over: Partial<Config> = {}): Config => ({
  ...standardConfig(GATEWAY, NOW),
  version,
  buses: [{ id: BUS, name: 'floor 1', url: 'tcp://127.0.0.1:1502' }],
  meters: [meter(0), meter(1)],
  ...over,
});
