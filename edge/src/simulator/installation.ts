import { type Bus, LIMITS, type Meter, type Point } from '@meterline/contracts';
import type { Building } from './building.ts';
import { epochAt } from './epochs.ts';
import { pointIdOf, steadyIds } from './points.ts';
import type { VirtualMeter } from './virtual-meter.ts';

export interface Installation {
  readonly buses: readonly Bus[];
  readonly meters: readonly Meter[];
}

/** How an agent would be configured for this building: with the point ids of its truth. */
export function installationOf(
  building: Building,
  ms: number,
  urls: ReadonlyMap<string, string>,
): Installation {
  const { seed } = building.config;
  const ids = (text: string): ReturnType<typeof steadyIds> => steadyIds(seed, building.since, text);
  const buses = building.config.buses.map(({ id }) => ({
    id: ids(`bus ${id}`).bus(),
    name: id,
    // The contract knows no line format behind a converter.
    url: withoutFormat(urls.get(id) ?? ''),
  }));
  const busOf = new Map(building.config.buses.map(({ id }, i) => [id, buses[i]?.id]));
  const meters = building.meters.flatMap((meter): Meter[] => {
    const bus = busOf.get(meter.parts.bus);
    if (bus === undefined) return [];
    const { id, unit, profile, measured } = meter.parts;
    const epoch = epochAt(meter.epochs, ms);
    const installation = epoch?.installation ?? 0;
    return [
      {
        id: ids(`meter ${id} ${installation}`).meter(),
        bus,
        unit,
        profile: `${profile.id}@${profile.version}`,
        serial: profile.identity.serial === undefined ? null : (epoch?.serial ?? null),
        role: measured.place.isLeaf ? 'sub' : 'main',
        label: id,
        points: pointsOf(building, meter, installation),
      },
    ];
  });
  return { buses, meters };
}

const withoutFormat = (url: string): string => (url.startsWith('serial:') ? url : url.replace(/\?.*$/, ''));

function pointsOf(building: Building, meter: VirtualMeter, installation: number): Point[] {
  const { inputs, profile, without } = meter.parts;
  return profile.registers
    .flatMap((register): Point[] => {
      if (without.has(register.name) || (register.role !== 'counter' && register.role !== 'gauge')) return [];
      if (inputs.size > 0 && !inputs.has(register.name)) return [];
      const isBilled = register.role === 'counter' && register.billing === true;
      const id = pointIdOf(meter, register.name, installation, building.config.seed, building.since);
      return [{ id, register: register.name, class: isBilled ? 'billing' : register.role }];
    })
    .slice(0, LIMITS.pointsPerMeter);
}
