import { stringify } from 'yaml';
import type { Installation } from './installation.ts';

/** The configuration of a gateway that reads this building (`meterline-edge run --config`), with the points of its truth. */
export function gatewayFile({ buses, meters }: Installation): string {
  const file = {
    buses: buses.map(({ id, name, url }) => ({
      name,
      url,
      meters: meters
        .filter(({ bus }) => bus === id)
        .map(({ label, unit, profile, serial, role, points }) => ({
          ...{ name: label, unit, profile, role },
          ...(serial !== null && { serial }),
          registers: points.map(({ register }) => register),
          points: Object.fromEntries(points.map((point) => [point.register, point.id])),
        })),
    })),
  };
  return stringify(file, { lineWidth: 0 });
}
