import { ALL_ORGANISATIONS } from '../platform/db/index.ts';
import { demandBuilding } from './demand.ts';
import { type By, change, look, type SitesParts } from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import { sitesStore } from './sites.store.ts';
import { type Building, type Organisation, PLACE_KINDS, type Place } from './sites.types.ts';
import { idOf, nameOf, oneOf, zoneOf } from './text-rules.ts';

/** Organisations, their buildings, and the places within these. */
export class SitesService {
  readonly #parts: SitesParts;
  readonly #known = new Set<string>();

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  /** An organisation never goes, so that a yes is for ever. */
  async knows(organisation: string): Promise<boolean> {
    if (this.#known.has(organisation)) return true;
    const [found] = await look(this.#parts, organisation, (store) => store.organisations());
    if (found) this.#known.add(organisation);
    return found !== undefined;
  }

  /** Everybody's; only a process that serves everybody can say. */
  organisations(): Promise<readonly Organisation[]> {
    const { everybody } = this.#parts;
    if (!everybody) throw sitesError('sites_elsewhere');
    const options = { organisation: ALL_ORGANISATIONS, actor: { kind: 'operator' }, readOnly: true };
    return everybody.transaction(options, (tx) => tx.bind(sitesStore).organisations());
  }

  async addOrganisation(given: { readonly name: string }, by: By): Promise<Organisation> {
    const organisation = {
      id: this.#parts.ids.next(),
      name: nameOf(given.name, 'the name of an organisation'),
      createdAt: this.#parts.clock.now(),
    };
    return change(this.#parts, organisation.id, by, async (store, tell) => {
      await store.addOrganisation(organisation.id, organisation.name, organisation.createdAt);
      const subject = { type: 'organisation', id: organisation.id };
      await tell({ action: 'organisation.added', subject, fields: ['name'] });
      return organisation;
    });
  }

  buildings(organisation: string): Promise<readonly Building[]> {
    return look(this.#parts, organisation, (store) => store.buildings());
  }

  async addBuilding(
    organisation: string,
    given: { readonly name: string; readonly zone: string },
    by: By,
  ): Promise<Building> {
    const building = {
      id: this.#parts.ids.next(),
      name: nameOf(given.name, 'the name of a building'),
      zone: zoneOf(given.zone),
      createdAt: this.#parts.clock.now(),
    };
    await this.#demandOrganisation(organisation);
    return change(this.#parts, organisation, by, async (store, tell) => {
      await store.addBuilding(building);
      const subject = { type: 'building', id: building.id };
      await tell({ action: 'building.added', subject, fields: ['name', 'zone'] });
      return building;
    });
  }

  places(organisation: string, building?: string): Promise<readonly Place[]> {
    return look(this.#parts, organisation, (store) => store.places(building));
  }

  async addPlace(
    organisation: string,
    given: Omit<Place, 'id' | 'kind'> & { kind: string },
    by: By,
  ): Promise<Place> {
    const place = {
      id: this.#parts.ids.next(),
      building: idOf(given.building, 'a building'),
      parent: given.parent,
      name: nameOf(given.name, 'the name of a place'),
      kind: oneOf(PLACE_KINDS, given.kind, 'the kind of a place'),
    };
    return change(this.#parts, organisation, by, async (store, tell) => {
      await demandBuilding(store, place.building);
      if (
        place.parent !== null &&
        !(await store.places(place.building)).some(({ id }) => id === place.parent)
      )
        throw sitesError('place_not_found');
      await store.addPlace(place, this.#parts.clock.now());
      const subject = { type: 'place', id: place.id };
      await tell({ action: 'place.added', subject, fields: ['building', 'name', 'kind'] });
      return place;
    });
  }

  async #demandOrganisation(organisation: string): Promise<void> {
    if (!(await this.knows(organisation))) throw sitesError('organisation_not_found');
  }
}
