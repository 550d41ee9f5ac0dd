import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './site-lists.sql.ts';

/** A building as whoever brings in lists must know it. */
export interface ListedBuilding {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly currency: string;
}

export interface ListedPlace {
  readonly id: string;
  readonly kind: 'floor' | 'room' | 'common';
  readonly name: string;
  readonly otherName: string | null;
  /** The id of its floor. */
  readonly floor: string | null;
  readonly area: string | null;
  readonly capacity: number | null;
}

export interface ListedMeter {
  readonly id: string;
  readonly label: string;
  readonly serial: string | null;
  readonly role: 'main' | 'sub' | 'common';
  readonly measures: 'electricity' | 'water' | null;
  readonly profile: string | null;
  /** The main meter that sums it. */
  readonly main: string | null;
  readonly points: readonly string[];
  /** Where it hangs now, and since which local day; null for nowhere. */
  readonly place: string | null;
  readonly since: string | null;
}

export interface ListedPoint {
  readonly id: string;
  readonly meter: string;
  readonly register: string | null;
  readonly unit: string | null;
}

export interface ListedInstallation {
  readonly id: string;
  readonly point: string;
  readonly meter: string;
  readonly place: string | null;
  /** Its first local day. */
  readonly fromDay: string;
}

/** To be bound: `tx.bind(siteLists)`. Places and meters of a building, as many as a list has, in one statement each. */
export const siteLists = (tx: Transaction): SiteLists => new SiteLists(tx);

export class SiteLists {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  building(id: string): Promise<ListedBuilding | undefined> {
    return this.#one<ListedBuilding>(sql.BUILDING_SQL, id);
  }

  /** Of two lists that come in at once, the later waits here, and sees what the earlier has brought. */
  async lockBuilding(id: string): Promise<ListedBuilding | undefined> {
    await this.#all(sql.LOCK_BUILDING_SQL, id);
    return this.building(id);
  }

  places(building: string): Promise<readonly ListedPlace[]> {
    return this.#all<ListedPlace>(sql.PLACES_SQL, building);
  }

  async addPlaces(building: string, places: readonly ListedPlace[], at: Temporal.Instant): Promise<void> {
    await this.#each(sql.ADD_PLACES_SQL, places, building, at);
  }

  async changePlaces(places: readonly ListedPlace[]): Promise<void> {
    await this.#each(sql.CHANGE_PLACES_SQL, places);
  }

  meters(building: string): Promise<readonly ListedMeter[]> {
    return this.#all<ListedMeter>(sql.METERS_SQL, building);
  }

  async addMeters(building: string, meters: readonly ListedMeter[], at: Temporal.Instant): Promise<void> {
    await this.#each(sql.ADD_METERS_SQL, meters, building, at);
  }

  async changeMeters(meters: readonly ListedMeter[]): Promise<void> {
    await this.#each(sql.CHANGE_METERS_SQL, meters);
  }

  async addPoints(points: readonly ListedPoint[], at: Temporal.Instant): Promise<void> {
    await this.#each(sql.ADD_POINTS_SQL, points, at);
  }

  /** Where a point hung before ends as the new place begins. */
  async install(zone: string, installations: readonly ListedInstallation[]): Promise<void> {
    await this.#each(sql.END_INSTALLATIONS_SQL, installations, zone);
    await this.#each(sql.INSTALL_SQL, installations, zone);
  }

  async #each(text: string, rows: readonly object[], ...values: readonly unknown[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#tx.query(text, [this.#tx.organisation, JSON.stringify(rows), ...values]);
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    const { rows } = await this.#tx.query<T & Record<string, unknown>>(text, [
      this.#tx.organisation,
      ...values,
    ]);
    return rows;
  }

  async #one<T extends object>(text: string, ...values: readonly unknown[]): Promise<T | undefined> {
    return (await this.#all<T>(text, ...values))[0];
  }
}
