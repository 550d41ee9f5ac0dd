import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import type { RegimeWord } from './domain/regime.ts';
import * as sql from './places.sql.ts';
import type { Building, Outage, Place } from './sites.types.ts';

type Row<T> = T & Record<string, unknown>;
type NewPlace = Omit<Place, 'state' | 'version'>;
type ChangedBuilding = Pick<Building, 'id' | 'name' | 'otherName' | 'address' | 'currency' | 'cycleDay'>;

/** To be bound: `tx.bind(placesStore)`. The organisation is the transaction's. */
export const placesStore = (tx: Transaction): PlacesStore => new PlacesStore(tx);

export class PlacesStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<Row<T>>(text, [this.#tx.organisation, ...values])).rows;
  }

  async #one<T extends object>(text: string, ...values: readonly unknown[]): Promise<T | undefined> {
    return (await this.#all<T>(text, ...values))[0];
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<number> {
    return (await this.#tx.query(text, [this.#tx.organisation, ...values])).rowCount ?? 0;
  }

  buildings(): Promise<readonly Building[]> {
    return this.#all(sql.BUILDINGS_SQL);
  }

  building(id: string): Promise<Building | undefined> {
    return this.#one(sql.BUILDING_SQL, id);
  }

  lockBuilding(id: string): Promise<Building | undefined> {
    return this.#one(sql.LOCK_BUILDING_SQL, id);
  }

  async addBuilding(given: Omit<Building, 'version'>): Promise<Building | undefined> {
    const { id, name, otherName, zone, address, currency, cycleDay, createdAt } = given;
    return this.#one(sql.ADD_BUILDING_SQL, id, name, otherName, zone, address, currency, cycleDay, createdAt);
  }

  changeBuilding(given: ChangedBuilding): Promise<Building | undefined> {
    const { id, name, otherName, address, currency, cycleDay } = given;
    return this.#one(sql.CHANGE_BUILDING_SQL, id, name, otherName, address, currency, cycleDay);
  }

  regimes(building: string): Promise<readonly RegimeWord[]> {
    return this.#all(sql.REGIMES_SQL, building);
  }

  async sayRegime(building: string, word: RegimeWord): Promise<void> {
    const { id, from, regime, reason, author, createdAt } = word;
    await this.#run(sql.SAY_REGIME_SQL, id, building, from, regime, reason, author, createdAt);
  }

  places(building: string | undefined, now: Temporal.Instant): Promise<readonly Place[]> {
    return this.#all(sql.PLACES_SQL, building ?? null, now);
  }

  place(id: string, now: Temporal.Instant): Promise<Place | undefined> {
    return this.#one(sql.PLACE_SQL, id, now);
  }

  lockPlace(id: string, now: Temporal.Instant): Promise<Place | undefined> {
    return this.#one(sql.LOCK_PLACE_SQL, id, now);
  }

  /** The name of another place of the building that is the same name. */
  async called(place: Pick<Place, 'id' | 'building' | 'kind' | 'name'>): Promise<string | undefined> {
    const { id, building, kind, name } = place;
    return (await this.#one<{ name: string }>(sql.PLACE_CALLED_SQL, building, kind, name, id))?.name;
  }

  async addPlace(place: NewPlace, at: Temporal.Instant): Promise<void> {
    const { id, building, parent, name, otherName, kind, level, areaM2, capacity } = place;
    await this.#run(
      sql.ADD_PLACE_SQL,
      id,
      building,
      parent,
      name,
      otherName,
      kind,
      level,
      areaM2,
      capacity,
      at,
    );
  }

  async changePlace(place: NewPlace): Promise<void> {
    const { id, parent, name, otherName, level, areaM2, capacity } = place;
    await this.#run(sql.CHANGE_PLACE_SQL, id, parent, name, otherName, level, areaM2, capacity);
  }

  removePlace(id: string): Promise<number> {
    return this.#run(sql.REMOVE_PLACE_SQL, id);
  }

  outages(place: string): Promise<readonly Outage[]> {
    return this.#all(sql.OUTAGES_SQL, place);
  }

  addOutage({ id, place, from, to, reason, author, createdAt }: Outage): Promise<Outage | undefined> {
    return this.#one(sql.ADD_OUTAGE_SQL, id, place, from, to, reason, author, createdAt);
  }

  endOutage(place: string, id: string, to: Temporal.PlainDate): Promise<Outage | undefined> {
    return this.#one(sql.END_OUTAGE_SQL, place, id, to);
  }

  removeOutage(place: string, id: string): Promise<number> {
    return this.#run(sql.REMOVE_OUTAGE_SQL, place, id);
  }
}
