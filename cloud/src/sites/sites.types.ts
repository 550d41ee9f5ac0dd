import type { Temporal } from 'temporal-polyfill';

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Temporal.Instant;
}

export interface Building {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly createdAt: Temporal.Instant;
}

export const PLACE_KINDS = ['floor', 'room', 'common'] as const;
export interface Place {
  readonly id: string;
  readonly building: string;
  readonly parent: string | null;
  readonly name: string;
  readonly kind: (typeof PLACE_KINDS)[number];
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
export interface Meter {
  readonly id: string;
  readonly building: string;
  readonly profile: string | null;
  readonly serial: string | null;
  readonly role: (typeof METER_ROLES)[number];
  readonly label: string;
  /** The main meter that measures what this one measures as well. */
  readonly parent: string | null;
  /** Permitted error in parts per million; null: as its profile says. */
  readonly accuracyPpm: number | null;
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
