import type { Temporal } from 'temporal-polyfill';
import type { Currency } from '../kernel/money.ts';

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Temporal.Instant;
}

export interface Building {
  readonly id: string;
  readonly name: string;
  /** The same name in the other script. */
  readonly otherName: string | null;
  readonly zone: string;
  readonly address: string | null;
  /** Of new leases and tariffs. */
  readonly currency: Currency;
  /** On which day of the month a billing cycle begins; in a shorter month on its last. */
  readonly cycleDay: number;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}

export const PLACE_KINDS = ['floor', 'room', 'common'] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];
export interface Place {
  readonly id: string;
  readonly building: string;
  /** The floor on which it is. */
  readonly parent: string | null;
  readonly name: string;
  readonly otherName: string | null;
  readonly kind: PlaceKind;
  /** Of a floor: 0 is the ground. */
  readonly level: number | null;
  /** A decimal as text. */
  readonly areaM2: string | null;
  /** How many people may live in it. */
  readonly capacity: number | null;
  /** Today, in the building's zone. */
  readonly state: 'in-use' | 'out-of-service';
  readonly version: number;
}

/** Days on which a place cannot be let; `to` is the first on which it is in use again. */
export interface Outage {
  readonly id: string;
  readonly place: string;
  readonly from: Temporal.PlainDate;
  readonly to: Temporal.PlainDate | null;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: Temporal.Instant;
}

export const GATEWAY_KINDS = ['signed', 'simple'] as const;
export type GatewayKind = (typeof GATEWAY_KINDS)[number];

export interface Gateway {
  readonly id: string;
  readonly building: string;
  readonly name: string;
  readonly kind: GatewayKind;
  readonly state: 'active' | 'revoked';
  /** Whose place it took. */
  readonly replaces: string | null;
  readonly createdAt: Temporal.Instant;
  readonly revokedAt: Temporal.Instant | null;
  readonly seenAt: Temporal.Instant | null;
  /** How many it reads now. */
  readonly points: number;
}

export interface GatewayKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly addedAt: Temporal.Instant;
  readonly retiredAt: Temporal.Instant | null;
}

export interface GatewayToken {
  readonly id: string;
  readonly createdAt: Temporal.Instant;
  readonly revokedAt: Temporal.Instant | null;
}

export interface GatewayCertificate {
  readonly fingerprint: string;
  readonly serial: string;
  readonly issuedAt: Temporal.Instant;
  readonly notAfter: Temporal.Instant;
  readonly revokedAt: Temporal.Instant | null;
}

export interface GatewayDetails extends Gateway {
  readonly keys: readonly GatewayKey[];
  readonly tokens: readonly GatewayToken[];
  readonly certificates: readonly GatewayCertificate[];
}

export const METER_ROLES = ['main', 'sub', 'common'] as const;
export type MeterRole = (typeof METER_ROLES)[number];
export const MEASURES = ['electricity', 'water'] as const;
export type Measures = (typeof MEASURES)[number];
export interface Meter {
  readonly id: string;
  readonly building: string;
  readonly profile: string | null;
  readonly serial: string | null;
  readonly role: MeterRole;
  readonly label: string;
  /** The main meter that measures what this one measures as well. */
  readonly parent: string | null;
  readonly measures: Measures | null;
  /** Permitted error in parts per million; null: as its profile says. */
  readonly accuracyPpm: number | null;
  readonly version: number;
}

/** What keeps a meter's share out of the sum of its main meter. */
export const SUM_FAULTS = ['no-point', 'not-installed', 'never-read'] as const;
export interface Summed extends Meter {
  /** Where it hangs now. */
  readonly place: string | null;
  readonly lacks: (typeof SUM_FAULTS)[number] | null;
}

export const POINT_CLASSES = ['billing', 'counter', 'gauge'] as const;
export type PointClass = (typeof POINT_CLASSES)[number];

export interface Point {
  readonly id: string;
  /** Its name in the tables of readings. */
  readonly no: number;
  readonly gateway: string | null;
  readonly meter: string | null;
  readonly meterLabel: string | null;
  readonly register: string | null;
  readonly quantity: string | null;
  readonly unit: string | null;
  readonly class: PointClass;
  readonly seenAt: Temporal.Instant | null;
}

export interface Installation {
  readonly id: string;
  readonly point: string;
  readonly meter: string;
  readonly place: string | null;
  readonly fromAt: Temporal.Instant;
  readonly toAt: Temporal.Instant | null;
}
