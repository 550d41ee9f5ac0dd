import type { Temporal } from 'temporal-polyfill';
import { ALL_ORGANISATIONS } from '../platform/db/index.ts';
import { type AddBuilding, addedBuilding, type ChangeBuilding, changedBuilding } from './building-rules.ts';
import { demandBuilding } from './demand.ts';
import { REGIMES, type RegimeSpan, regimeSpans } from './domain/regime.ts';
import { placesStore } from './places.store.ts';
import { authorOf, type By, change, changedFields, ITSELF, look, type SitesParts } from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import { sitesStore } from './sites.store.ts';
import type { Building, Organisation } from './sites.types.ts';
import { idOf, nameOf, oneOf, reasonOf } from './text-rules.ts';

export interface SayRegime {
  readonly from: Temporal.PlainDate;
  /** `null` takes back what was said about that day. */
  readonly regime: string | null;
  readonly reason: string;
}

/** Organisations and their buildings, with the rules under which each lets. */
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
    const options = { organisation: ALL_ORGANISATIONS, ...ITSELF, readOnly: true };
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

  buildings(organisation: string, by: By = ITSELF): Promise<readonly Building[]> {
    return look(this.#parts, organisation, (_, tx) => tx.bind(placesStore).buildings(), by);
  }

  building(organisation: string, id: string, by: By = ITSELF): Promise<Building> {
    return look(this.#parts, organisation, (_, tx) => demandBuilding(tx, id), by);
  }

  async addBuilding(organisation: string, given: AddBuilding, by: By): Promise<Building> {
    const wanted = addedBuilding(given, this.#parts.ids.next(), this.#parts.clock.now());
    if (!(await this.knows(organisation))) throw sitesError('organisation_not_found');
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const building = await tx.bind(placesStore).addBuilding(wanted);
      if (!building) throw new TypeError('the database inserted nothing');
      const optional = (['otherName', 'address'] as const).filter((field) => building[field] !== null);
      const fields = ['name', 'zone', 'currency', 'cycleDay', ...optional];
      await tell({ action: 'building.added', subject: { type: 'building', id: building.id }, fields });
      return building;
    });
  }

  async changeBuilding(organisation: string, id: string, given: ChangeBuilding, by: By): Promise<Building> {
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const store = tx.bind(placesStore);
      const before = await store.lockBuilding(idOf(id, 'a building'));
      if (!before) throw sitesError('building_not_found');
      const wanted = changedBuilding(before, given);
      const fields = changedFields(before, wanted, CHANGEABLE, given.version);
      if (fields.length === 0) return before;
      const building = await store.changeBuilding(wanted);
      if (!building) throw sitesError('building_not_found');
      await tell({ action: 'building.changed', subject: { type: 'building', id }, fields });
      return building;
    });
  }

  /** In the order of days, what holds. */
  regimes(organisation: string, building: string, by: By = ITSELF): Promise<readonly RegimeSpan[]> {
    return look(
      this.#parts,
      organisation,
      async (_, tx) => {
        const { id } = await demandBuilding(tx, building);
        return regimeSpans(await tx.bind(placesStore).regimes(id));
      },
      by,
    );
  }

  async sayRegime(
    organisation: string,
    building: string,
    given: SayRegime,
    by: By,
  ): Promise<readonly RegimeSpan[]> {
    const word = {
      id: this.#parts.ids.next(),
      from: given.from,
      regime: given.regime === null ? null : oneOf(REGIMES, given.regime, 'the regime of a building'),
      reason: reasonOf(given.reason),
      author: authorOf(by),
      createdAt: this.#parts.clock.now(),
    };
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const store = tx.bind(placesStore);
      if (!(await store.lockBuilding(idOf(building, 'a building')))) throw sitesError('building_not_found');
      await store.sayRegime(building, word);
      const payload = { from: word.from.toString(), regime: word.regime };
      const subject = { type: 'building', id: building };
      await tell({
        action: 'building.regime_said',
        subject,
        fields: ['from', 'regime'],
        reason: word.reason,
        payload,
      });
      return regimeSpans(await store.regimes(building));
    });
  }
}

const CHANGEABLE = ['name', 'otherName', 'address', 'currency', 'cycleDay'] as const;
