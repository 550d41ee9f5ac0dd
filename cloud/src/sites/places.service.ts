import type { Temporal } from 'temporal-polyfill';
import { errorCode, type Transaction } from '../platform/db/index.ts';
import { demandBuilding } from './demand.ts';
import { type AddPlace, type ChangePlace, NO_PLACE, OPTIONAL, wantedPlace } from './place-wish.ts';
import { type PlacesStore, placesStore } from './places.store.ts';
import {
  authorOf,
  type By,
  change,
  changedFields,
  ITSELF,
  look,
  type SitesParts,
  type Tell,
} from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import { type Outage, PLACE_KINDS, type Place } from './sites.types.ts';
import { idOf, invalid, oneOf, reasonOf } from './text-rules.ts';

export interface AddOutage {
  readonly from: Temporal.PlainDate;
  readonly to?: Temporal.PlainDate | null | undefined;
  readonly reason: string;
}

type Work<T> = (store: PlacesStore, tell: Tell, tx: Transaction) => Promise<T>;

/** Floors, rooms and common areas, and when they are out of service. */
export class PlacesService {
  readonly #parts: SitesParts;

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  places(organisation: string, building?: string, by: By = ITSELF): Promise<readonly Place[]> {
    return this.#look(organisation, by, (store) => store.places(building, this.#now));
  }

  place(organisation: string, id: string, by: By = ITSELF): Promise<Place> {
    return this.#look(organisation, by, async (store) =>
      found(await store.place(idOf(id, 'a place'), this.#now)),
    );
  }

  async addPlace(organisation: string, given: AddPlace, by: By): Promise<Place> {
    const kind = oneOf(PLACE_KINDS, given.kind, 'the kind of a place');
    const place = wantedPlace(NO_PLACE, { ...given, id: this.#parts.ids.next(), kind });
    return this.#change(organisation, by, async (store, tell, tx) => {
      await demandBuilding(tx, place.building);
      await demandFloor(store, place, this.#now);
      await demandName(store, place);
      await store.addPlace(place, this.#now).catch(nameTaken(place));
      const optional = OPTIONAL.filter((field) => place[field] !== null);
      const fields = ['building', 'name', 'kind', ...optional];
      await tell({ action: 'place.added', subject: { type: 'place', id: place.id }, fields });
      return place;
    });
  }

  async changePlace(organisation: string, id: string, given: ChangePlace, by: By): Promise<Place> {
    return this.#change(organisation, by, async (store, tell) => {
      const before = found(await store.lockPlace(idOf(id, 'a place'), this.#now));
      const place = wantedPlace(before, given);
      const fields = changedFields(before, place, ['name', ...OPTIONAL], given.version);
      if (fields.length === 0) return before;
      if (fields.includes('parent')) await demandFloor(store, place, this.#now);
      if (fields.includes('name')) await demandName(store, place);
      await store.changePlace(place).catch(nameTaken(place));
      await tell({ action: 'place.changed', subject: { type: 'place', id }, fields });
      return { ...place, version: before.version + 1 };
    });
  }

  /** Only what was entered by mistake: whatever refers to it keeps it. */
  async removePlace(organisation: string, id: string, reason: string, by: By): Promise<void> {
    const why = reasonOf(reason);
    await this.#change(organisation, by, async (store, tell) => {
      const { building, kind } = found(await store.lockPlace(idOf(id, 'a place'), this.#now));
      await store.removePlace(id).catch((error: unknown) => {
        throw errorCode(error) === STILL_REFERRED ? sitesError('place_in_use', { cause: error }) : error;
      });
      const payload = { building, kind };
      await tell({ action: 'place.removed', subject: { type: 'place', id }, reason: why, payload });
    });
  }

  outages(organisation: string, place: string, by: By = ITSELF): Promise<readonly Outage[]> {
    return this.#look(organisation, by, async (store) => {
      const { id } = found(await store.place(idOf(place, 'a place'), this.#now));
      return store.outages(id);
    });
  }

  async addOutage(organisation: string, place: string, given: AddOutage, by: By): Promise<Outage> {
    const outage: Outage = {
      id: this.#parts.ids.next(),
      place: idOf(place, 'a place'),
      from: given.from,
      to: given.to ?? null,
      reason: reasonOf(given.reason),
      author: authorOf(by),
      createdAt: this.#now,
    };
    return this.#change(organisation, by, async (store, tell) => {
      found(await store.lockPlace(place, this.#now));
      await store.addOutage(outage).catch(badDays);
      await tellOutage(tell, 'place.outage_added', outage, outage.reason);
      return outage;
    });
  }

  /** In use again from that day on. */
  async endOutage(
    organisation: string,
    at: { readonly place: string; readonly outage: string; readonly on: Temporal.PlainDate },
    by: By,
  ): Promise<Outage> {
    return this.#change(organisation, by, async (store, tell) => {
      const place = idOf(at.place, 'a place');
      const outage = await store.endOutage(place, idOf(at.outage, 'an outage'), at.on).catch(badDays);
      if (!outage) throw sitesError('outage_not_found');
      await tellOutage(tell, 'place.outage_ended', outage);
      return outage;
    });
  }

  async removeOutage(
    organisation: string,
    at: { readonly place: string; readonly outage: string; readonly reason: string },
    by: By,
  ): Promise<void> {
    const why = reasonOf(at.reason);
    await this.#change(organisation, by, async (store, tell) => {
      const [place, id] = [idOf(at.place, 'a place'), idOf(at.outage, 'an outage')];
      const outage = (await store.outages(place)).find((each) => each.id === id);
      if (!outage) throw sitesError('outage_not_found');
      await store.removeOutage(place, id);
      await tellOutage(tell, 'place.outage_removed', outage, why);
    });
  }

  get #now(): Temporal.Instant {
    return this.#parts.clock.now();
  }

  #look<T>(organisation: string, by: By, work: (store: PlacesStore) => Promise<T>): Promise<T> {
    return look(this.#parts, organisation, (_, tx) => work(tx.bind(placesStore)), by);
  }

  #change<T>(organisation: string, by: By, work: Work<T>): Promise<T> {
    return change(this.#parts, organisation, by, (_, tell, tx) => work(tx.bind(placesStore), tell, tx));
  }
}

const STILL_REFERRED = '23503';
const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';
const EXCLUSION_VIOLATION = '23P01';

async function demandFloor(store: PlacesStore, place: Place, now: Temporal.Instant): Promise<void> {
  if (place.parent === null) return;
  const floor = await store.place(place.parent, now);
  if (!floor || floor.building !== place.building)
    throw sitesError('place_not_found', { message: 'the building has no such floor' });
  if (floor.kind !== 'floor')
    throw invalid(`a place is on a floor; "${floor.name}" is ${WITH_ARTICLE[floor.kind]}`);
}

const WITH_ARTICLE = { floor: 'a floor', room: 'a room', common: 'a common area' } as const;

/** So that the other name can be said; the index refuses as well, since two may ask at once. */
async function demandName(store: PlacesStore, place: Place): Promise<void> {
  const other = await store.called(place);
  if (other !== undefined) throw taken(other);
}

const nameTaken = (place: Place) => (error: unknown) => {
  throw errorCode(error) === UNIQUE_VIOLATION ? taken(place.name, error) : error;
};

const taken = (name: string, cause?: unknown) =>
  sitesError('place_name_taken', { message: `the building has a place called "${name}" already`, cause });

function badDays(error: unknown): never {
  if (errorCode(error) === EXCLUSION_VIOLATION) throw sitesError('outage_overlaps', { cause: error });
  if (errorCode(error) === CHECK_VIOLATION)
    throw invalid('a place is back in use on a day after the one on which it went out of service');
  throw error;
}

function found(place: Place | undefined): Place {
  if (!place) throw sitesError('place_not_found');
  return place;
}

type OutageTopic = 'place.outage_added' | 'place.outage_ended' | 'place.outage_removed';

function tellOutage(tell: Tell, action: OutageTopic, outage: Outage, reason?: string): Promise<void> {
  const payload = { outage: outage.id, from: outage.from.toString(), to: outage.to?.toString() ?? null };
  return tell({
    action,
    subject: { type: 'place', id: outage.place },
    fields: ['from', 'to'],
    reason,
    payload,
  });
}
