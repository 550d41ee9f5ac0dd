import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './meters.sql.ts';
import type { Installation, Meter, Summed } from './sites.types.ts';

type Instant = Temporal.Instant;
type Row<T> = T & Record<string, unknown>;

export interface InstallationQuery {
  readonly point?: string | undefined;
  readonly meter?: string | undefined;
  readonly place?: string | undefined;
}

/** To be bound: `tx.bind(metersStore)`. The organisation is the transaction's. */
export const metersStore = (tx: Transaction): MetersStore => new MetersStore(tx);

export class MetersStore {
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

  meters(building?: string): Promise<readonly Meter[]> {
    return this.#all(sql.METERS_SQL, building ?? null);
  }

  meter(id: string): Promise<Meter | undefined> {
    return this.#one(sql.METER_SQL, id);
  }

  lockMeter(id: string): Promise<Meter | undefined> {
    return this.#one(sql.LOCK_METER_SQL, id);
  }

  async addMeter(meter: Meter, at: Instant): Promise<void> {
    const { id, building, profile, serial, role, label, parent, measures, accuracyPpm } = meter;
    const said = [profile, serial, role, label, parent, measures, accuracyPpm];
    await this.#all(sql.ADD_METER_SQL, id, building, ...said, at);
  }

  async changeMeter({
    id,
    profile,
    serial,
    role,
    label,
    parent,
    measures,
    accuracyPpm,
  }: Meter): Promise<void> {
    const said = [profile, serial, role, label, parent, measures, accuracyPpm];
    await this.#all(sql.CHANGE_METER_SQL, id, ...said);
  }

  /** What the one summed the other sums from now on. */
  async sumByOther(one: string, other: string): Promise<void> {
    await this.#all(sql.SUM_BY_OTHER_SQL, one, other);
  }

  summed(main: string, at: Instant): Promise<readonly Summed[]> {
    return this.#all(sql.SUMMED_SQL, main, at);
  }

  /** Held until the transaction ends. */
  async pointsOf(meter: string): Promise<readonly string[]> {
    return (await this.#all<{ id: string }>(sql.POINTS_OF_METER_SQL, meter)).map(({ id }) => id);
  }

  installations({ point, meter, place }: InstallationQuery): Promise<readonly Installation[]> {
    return this.#all(sql.INSTALLATIONS_SQL, point ?? null, meter ?? null, place ?? null);
  }

  /** Where it was before ends at the same instant. */
  async install({ id, point, meter, place, fromAt }: Omit<Installation, 'toAt'>): Promise<Installation> {
    await this.#all(sql.ASSIGN_POINT_SQL, point, meter);
    await this.#all(sql.END_INSTALLATION_SQL, point, fromAt);
    const [made] = await this.#all<Installation>(sql.INSTALL_SQL, id, point, meter, place, fromAt);
    if (!made) throw new TypeError('the database inserted nothing');
    return made;
  }

  /** What ended. */
  endMeter(meter: string, at: Instant): Promise<readonly Installation[]> {
    return this.#all(sql.END_METER_SQL, meter, at);
  }

  removeInstallation(id: string): Promise<Installation | undefined> {
    return this.#one(sql.REMOVE_INSTALLATION_SQL, id);
  }
}
