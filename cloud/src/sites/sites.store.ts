import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import type { PublicKey } from './domain/public-key.ts';
import * as sql from './sites.sql.ts';
import type {
  Building,
  Gateway,
  GatewayCertificate,
  GatewayKey,
  GatewayKind,
  GatewayToken,
  Installation,
  Meter,
  Organisation,
  Place,
  Point,
  PointClass,
} from './sites.types.ts';

type Instant = Temporal.Instant;
type Row<T> = T & Record<string, unknown>;

export interface NewGateway {
  readonly id: string;
  readonly building: string;
  readonly name: string;
  readonly kind: GatewayKind;
  readonly replaces: string | null;
}

export interface NewPoint {
  readonly id: string;
  readonly gateway: string | null;
  readonly meter: string | null;
  readonly register: string | null;
  readonly quantity: string | null;
  readonly unit: string | null;
  readonly class: PointClass;
}

/** To be bound: `tx.bind(sitesStore)`. The organisation is the transaction's. */
export const sitesStore = (tx: Transaction): SitesStore => new SitesStore(tx);

export class SitesStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  get #org(): string | null {
    return this.#tx.organisation;
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<Row<T>>(text, [this.#org, ...values])).rows;
  }

  async #one<T extends object>(text: string, ...values: readonly unknown[]): Promise<T | undefined> {
    return (await this.#all<T>(text, ...values))[0];
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<number> {
    return (await this.#tx.query(text, values)).rowCount ?? 0;
  }

  /** Its own for one organisation, everybody's for the worker. */
  async organisations(): Promise<readonly Organisation[]> {
    return (await this.#tx.query<Row<Organisation>>(sql.ORGANISATIONS_SQL)).rows;
  }

  async addOrganisation(id: string, name: string, at: Instant): Promise<void> {
    await this.#run(sql.ADD_ORGANISATION_SQL, id, name, at);
  }

  buildings(): Promise<readonly Building[]> {
    return this.#all(sql.BUILDINGS_SQL);
  }

  async addBuilding(building: Building): Promise<void> {
    const { id, name, zone, createdAt } = building;
    await this.#run(sql.ADD_BUILDING_SQL, id, this.#org, name, zone, createdAt);
  }

  places(building?: string): Promise<readonly Place[]> {
    return this.#all(sql.PLACES_SQL, building ?? null);
  }

  async addPlace({ id, building, parent, name, kind }: Place, at: Instant): Promise<void> {
    await this.#run(sql.ADD_PLACE_SQL, id, this.#org, building, parent, name, kind, at);
  }

  gateways(building?: string): Promise<readonly Gateway[]> {
    return this.#all(sql.GATEWAYS_SQL, building ?? null);
  }

  gateway(id: string): Promise<Gateway | undefined> {
    return this.#one(sql.GATEWAY_SQL, id);
  }

  /** Nobody else changes it or its credentials until the transaction ends. */
  lockGateway(
    id: string,
  ): Promise<{ readonly state: string; readonly kind: GatewayKind; readonly building: string } | undefined> {
    return this.#one(sql.LOCK_GATEWAY_SQL, id);
  }

  async addGateway({ id, building, name, kind, replaces }: NewGateway, at: Instant): Promise<void> {
    await this.#run(sql.ADD_GATEWAY_SQL, id, this.#org, building, name, kind, replaces, at);
  }

  async revokeGateway(id: string, at: Instant): Promise<void> {
    for (const text of [sql.REVOKE_TOKENS_SQL, sql.REVOKE_CERTIFICATES_SQL, sql.REVOKE_GATEWAY_SQL])
      await this.#run(text, this.#org, id, at);
  }

  keys(gateway: string): Promise<readonly GatewayKey[]> {
    return this.#all(sql.KEYS_SQL, gateway);
  }

  async addKey(gateway: string, { keyId, bytes }: PublicKey, at: Instant): Promise<void> {
    await this.#run(sql.ADD_KEY_SQL, keyId, this.#org, gateway, bytes, at);
  }

  retireKey(gateway: string, keyId: string, at: Instant): Promise<number> {
    return this.#run(sql.RETIRE_KEY_SQL, this.#org, gateway, keyId, at);
  }

  tokens(gateway: string): Promise<readonly GatewayToken[]> {
    return this.#all(sql.TOKENS_SQL, gateway);
  }

  async addToken(gateway: string, id: string, hash: Buffer, at: Instant): Promise<void> {
    await this.#run(sql.ADD_TOKEN_SQL, id, this.#org, gateway, hash, at);
  }

  revokeTokens(gateway: string, at: Instant): Promise<number> {
    return this.#run(sql.REVOKE_TOKENS_SQL, this.#org, gateway, at);
  }

  certificates(gateway: string): Promise<readonly GatewayCertificate[]> {
    return this.#all(sql.CERTIFICATES_SQL, gateway);
  }

  async addCertificate(gateway: string, certificate: Omit<GatewayCertificate, 'revokedAt'>): Promise<void> {
    const { fingerprint, serial, issuedAt, notAfter } = certificate;
    const bytes = Buffer.from(fingerprint, 'hex');
    await this.#run(sql.ADD_CERTIFICATE_SQL, bytes, this.#org, gateway, serial, issuedAt, notAfter);
  }

  meters(building?: string): Promise<readonly Meter[]> {
    return this.#all(sql.METERS_SQL, building ?? null);
  }

  meter(id: string): Promise<Meter | undefined> {
    return this.#one(sql.METER_SQL, id);
  }

  async addMeter(meter: Meter, at: Instant): Promise<void> {
    const { id, building, profile, serial, role, label, parent, accuracyPpm } = meter;
    const values = [id, this.#org, building, profile, serial, role, label, parent, accuracyPpm, at];
    await this.#run(sql.ADD_METER_SQL, ...values);
  }

  setAccuracy(id: string, ppm: number | null): Promise<number> {
    return this.#run(sql.METER_ACCURACY_SQL, this.#org, id, ppm);
  }

  points(page: {
    readonly gateway?: string | undefined;
    readonly meter?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly Point[]> {
    return this.#all(
      sql.POINTS_SQL,
      page.gateway ?? null,
      page.meter ?? null,
      page.after ?? null,
      page.limit,
    );
  }

  point(id: string): Promise<Point | undefined> {
    return this.#one(sql.POINT_SQL, id);
  }

  lockPoint(id: string): Promise<{ readonly id: string; readonly meter: string | null } | undefined> {
    return this.#one(sql.LOCK_POINT_SQL, id);
  }

  async addPoint(point: NewPoint, at: Instant): Promise<void> {
    const { id, gateway, meter, register, quantity, unit } = point;
    await this.#run(
      sql.ADD_POINT_SQL,
      id,
      this.#org,
      gateway,
      meter,
      register,
      quantity,
      unit,
      point.class,
      at,
    );
    if (gateway !== null) await this.#run(sql.ADD_SOURCE_SQL, id, gateway, this.#org, at);
  }

  /** How many points the new gateway reads from now on. */
  takeOver(old: string, gateway: string, at: Instant): Promise<number> {
    return this.#run(sql.TAKE_OVER_SQL, this.#org, old, gateway, at);
  }

  installations(point?: string): Promise<readonly Installation[]> {
    return this.#all(sql.INSTALLATIONS_SQL, point ?? null);
  }

  /** Where it was before ends at the same instant. */
  async install({ id, point, meter, place, fromAt }: Omit<Installation, 'toAt'>): Promise<void> {
    await this.#run(sql.ASSIGN_POINT_SQL, this.#org, point, meter);
    await this.#run(sql.END_INSTALLATION_SQL, this.#org, point, fromAt);
    await this.#run(sql.INSTALL_SQL, id, this.#org, point, meter, place, fromAt);
  }
}
