import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayId, idsFrom } from '@meterline/contracts';
import { afterAll, expect, it } from 'vitest';
import { LocalFile } from '../desired/index.ts';
import { loadProfiles } from '../meters/profile-store.ts';
import { buildBuilding } from './building.ts';
import { buildingSchema } from './config.schema.ts';
import { gatewayFile } from './gateway-file.ts';
import { installationOf } from './installation.ts';

const NOW = Date.UTC(2026, 9, 1);
const folder = mkdtempSync(join(tmpdir(), 'gateway-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is what a gateway reads the building with, under the points of its truth', () => {
  const profiles = loadProfiles();
  const config = buildingSchema.parse({
    format: 1,
    name: 'Test',
    since: '2026-03-01T00:00:00+07:00',
    seed: 9,
    places: [
      { id: 'house', kind: 'group' },
      { id: 'room', kind: 'room', in: 'house' },
    ],
    buses: [
      {
        ...{ id: 'east', kind: 'rtu-over-tcp', port: 0 },
        meters: [
          { id: 'main', unit: 1, profile: 'schneider-iem3000', measures: 'house', serial: '50012345' },
          { id: 'room', unit: 2, profile: 'hiking-dds238-2-zn-sr', measures: 'room' },
        ],
      },
    ],
  });
  const built = buildBuilding(config, NOW, profiles);
  if (!built.ok) throw new Error(JSON.stringify(built.faults));
  const installation = installationOf(built.value, NOW, new Map([['east', 'rtu+tcp://127.0.0.1:15021']]));
  const gateway: GatewayId = idsFrom({ nowMs: () => NOW, random: (n) => Buffer.alloc(n) }).gateway();
  const local = new LocalFile({ folder, gateway, profiles, wallMs: () => NOW });
  const read = local.read(gatewayFile(installation));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const told = (meters: typeof installation.meters) =>
    meters.map(({ label, unit, profile, serial, role, points }) => ({
      ...{ label, unit, profile, serial, role, points },
    }));
  expect(told(read.value.config?.meters ?? [])).toEqual(told(installation.meters));
  expect(built.value.points.every(({ id }) => JSON.stringify(read.value.config).includes(id))).toBe(true);
});
