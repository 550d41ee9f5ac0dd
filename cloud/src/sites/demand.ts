import type { Transaction } from '../platform/db/index.ts';
import { metersStore } from './meters.store.ts';
import { placesStore } from './places.store.ts';
import { sitesError } from './sites.errors.ts';
import type { Building, Meter } from './sites.types.ts';
import { idOf } from './text-rules.ts';

export async function demandBuilding(tx: Transaction, id: string): Promise<Building> {
  const found = await tx.bind(placesStore).building(idOf(id, 'a building'));
  if (!found) throw sitesError('building_not_found');
  return found;
}

export async function demandMeter(tx: Transaction, id: string): Promise<Meter> {
  const found = await tx.bind(metersStore).meter(idOf(id, 'a meter'));
  if (!found) throw sitesError('meter_not_found');
  return found;
}
