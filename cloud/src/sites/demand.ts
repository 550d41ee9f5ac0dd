import { sitesError } from './sites.errors.ts';
import type { SitesStore } from './sites.store.ts';

export async function demandBuilding(store: SitesStore, id: string): Promise<void> {
  if (!(await store.buildings()).some((building) => building.id === id))
    throw sitesError('building_not_found');
}
