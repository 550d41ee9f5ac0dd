import { type KeyRing, ringOf, type Verifier, verifierOf } from '@meterline/contracts';
import type pg from 'pg';
import type { Temporal } from 'temporal-polyfill';
import type { Clock } from '../kernel/clock.ts';
import { Listener } from '../platform/db/index.ts';
import {
  GATEWAYS_BY_ID_SQL,
  POINTS_BY_ID_SQL,
  REGISTER_POINTS_SQL,
  SEEN_SQL,
  SITES_CHANNEL,
} from './directory.sql.ts';
import { isOneOf } from './domain/token.ts';
import { KeptRows } from './kept-rows.ts';
import type { GatewayKind, PointClass } from './sites.types.ts';

/** What the ingest must know of a point. */
export interface KnownPoint {
  readonly id: string;
  /** Its name in the tables of readings. */
  readonly no: number;
  readonly organisation: string;
  /** Who sends it now; null where no gateway does. */
  readonly gateway: string | null;
  /** Everybody who ever sent it, the first one first: of these a late reading is believed. */
  readonly gateways: readonly string[];
  /** Null until somebody assigns it. */
  readonly meter: string | null;
  readonly class: PointClass;
  readonly register: string | null;
  readonly unit: string | null;
}

export interface KnownGateway {
  readonly id: string;
  readonly organisation: string;
  readonly building: string;
  readonly kind: GatewayKind;
  readonly state: 'active' | 'revoked';
  /** Whose place it took: of that one's journal it may tell. */
  readonly replaces: string | null;
  /** In use. */
  readonly keys: KeyRing;
  /** Retired as well: what was sealed before still verifies. */
  readonly everyKey: KeyRing;
  holdsToken(token: string): boolean;
  /** SHA-256 of the certificate as it came over the wire, in hex. */
  holdsCertificate(fingerprint: string): boolean;
}

/** A point that a gateway has named for the first time. */
export interface NamedPoint {
  readonly id: string;
  readonly class: PointClass;
  readonly register?: string | null;
  readonly unit?: string | null;
}

export interface PointDirectory {
  /** Those that there are; the others are missing from the answer. */
  resolve(ids: readonly string[]): Promise<ReadonlyMap<string, KnownPoint>>;
  /** Gives each that is new a row of the gateway's organisation, unassigned. Answers as `resolve` does, from now on. */
  register(gateway: string, points: readonly NamedPoint[]): Promise<ReadonlyMap<string, KnownPoint>>;
}

export interface GatewayDirectory {
  gateway(id: string): Promise<KnownGateway | undefined>;
  /** Kept for the list of gateways; to be called now and then, not for every message. */
  seen(at: ReadonlyMap<string, Temporal.Instant>): Promise<void>;
}

export interface SiteDirectoryOptions {
  /** Of meterline_ingest. */
  readonly pool: Pick<pg.Pool, 'query'>;
  readonly url: string;
  readonly setting: string;
  readonly clock: Clock;
  readonly onLost: (error: unknown) => void;
}

/** Changes are told by the database; should one be missed, it is known after this. */
const MAX_AGE_MS = 60_000;
/** While nobody tells. */
const MAX_AGE_UNTOLD_MS = 2_000;
const MOST_POINTS = 200_000;
const MOST_GATEWAYS = 20_000;

/** Gateways and points by id, as they were a moment ago, for doors and pipeline: a message costs no query. */
export class SiteDirectory implements PointDirectory, GatewayDirectory {
  readonly #options: SiteDirectoryOptions;
  readonly #points: KeptRows<KnownPoint>;
  readonly #gateways: KeptRows<KnownGateway>;
  readonly #listener: Listener;
  #told = false;

  constructor(options: SiteDirectoryOptions) {
    this.#options = options;
    const nowMs = () => options.clock.monotonicMs();
    const shared = { idOf: ({ id }: { id: string }) => id, nowMs };
    this.#points = new KeptRows({ ...shared, load: (ids) => this.#loadPoints(ids), most: MOST_POINTS });
    this.#gateways = new KeptRows({ ...shared, load: (ids) => this.#loadGateways(ids), most: MOST_GATEWAYS });
    this.#listener = new Listener({
      url: options.url,
      setting: options.setting,
      channel: SITES_CHANNEL,
      onNotify: () => {
        this.#told = true;
        this.expire();
      },
      onLost: (error) => {
        this.#told = false;
        options.onLost(error);
      },
    });
  }

  start(): void {
    this.#listener.start();
  }

  async stop(): Promise<void> {
    await this.#listener.stop();
    this.#told = false;
  }

  expire(): void {
    this.#points.expire();
    this.#gateways.expire();
  }

  resolve(ids: readonly string[]): Promise<ReadonlyMap<string, KnownPoint>> {
    return this.#points.get(ids, this.#maxAgeMs);
  }

  async gateway(id: string): Promise<KnownGateway | undefined> {
    return (await this.#gateways.get([id], this.#maxAgeMs)).get(id);
  }

  async register(gateway: string, points: readonly NamedPoint[]): Promise<ReadonlyMap<string, KnownPoint>> {
    const ids = points.map(({ id }) => id);
    await this.#options.pool.query(REGISTER_POINTS_SQL, [
      gateway,
      ids,
      points.map((point) => point.class),
      points.map(({ register = null }) => register),
      points.map(({ unit = null }) => unit),
      this.#options.clock.now().toString(),
    ]);
    // What a point lacked may have been filled in.
    this.#points.forget(ids);
    return this.resolve(ids);
  }

  async seen(at: ReadonlyMap<string, Temporal.Instant>): Promise<void> {
    if (at.size === 0) return;
    await this.#options.pool.query(SEEN_SQL, [[...at.keys()], [...at.values()].map(String)]);
  }

  get #maxAgeMs(): number {
    return this.#told ? MAX_AGE_MS : MAX_AGE_UNTOLD_MS;
  }

  async #loadPoints(ids: readonly string[]): Promise<readonly KnownPoint[]> {
    const { rows } = await this.#options.pool.query(POINTS_BY_ID_SQL, [ids]);
    return rows.map((row) => ({
      id: row.id,
      no: row.no,
      organisation: row.organisation_id,
      gateway: row.gateway_id,
      gateways: row.gateways,
      meter: row.meter_id,
      class: row.class,
      register: row.register,
      unit: row.unit,
    }));
  }

  async #loadGateways(ids: readonly string[]): Promise<readonly KnownGateway[]> {
    const { rows } = await this.#options.pool.query(GATEWAYS_BY_ID_SQL, [ids]);
    return rows.map(knownGateway);
  }
}

interface GatewayRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly building_id: string;
  readonly kind: GatewayKind;
  readonly state: 'active' | 'revoked';
  readonly replaces_id: string | null;
  readonly public_keys: readonly Buffer[];
  readonly retired_keys: readonly Buffer[];
  readonly token_hashes: readonly Buffer[];
  readonly certificates: readonly Buffer[];
}

function knownGateway(row: GatewayRow): KnownGateway {
  const inUse = row.public_keys.flatMap(verifier);
  const certificates = new Set(row.certificates.map((bytes) => bytes.toString('hex')));
  return {
    id: row.id,
    organisation: row.organisation_id,
    building: row.building_id,
    kind: row.kind,
    state: row.state,
    replaces: row.replaces_id,
    keys: ringOf(...inUse),
    everyKey: ringOf(...inUse, ...row.retired_keys.flatMap(verifier)),
    holdsToken: (token) => row.state === 'active' && isOneOf(token, row.token_hashes),
    holdsCertificate: (fingerprint) => row.state === 'active' && certificates.has(fingerprint),
  };
}

/** A key that was let in once is good; were it not, it would verify nothing. */
function verifier(bytes: Buffer): readonly Verifier[] {
  const read = verifierOf(bytes);
  return read.ok ? [read.key] : [];
}
