import type { Temporal } from 'temporal-polyfill';
import type { EpochKind } from './domain/epoch.ts';

export interface ListedEpoch {
  readonly id: string;
  readonly kind: EpochKind;
  readonly fromAt: Temporal.Instant;
  readonly opening: string;
  readonly closing: string | null;
  readonly modulus: string | null;
  readonly num: string;
  readonly den: string;
  readonly unit: string;
  readonly maxPerHour: string | null;
  readonly gapMs: number;
  readonly register: string | null;
  readonly automatic: boolean;
  readonly evidence: object;
  readonly reason: string | null;
  readonly author: string;
  readonly createdAt: Temporal.Instant;
  readonly supersededAt: Temporal.Instant | null;
  readonly supersededBy: string | null;
}

export const RESOLUTIONS_OF_SUSPECTS = [
  'reset',
  'replaced',
  'rollover',
  'confirmed',
  'dismissed',
  'voided',
] as const;
export type SuspectResolution = (typeof RESOLUTIONS_OF_SUSPECTS)[number];

export interface ResolutionGiven {
  readonly as: SuspectResolution;
  readonly closing?: bigint | undefined;
  readonly opening?: bigint | undefined;
  readonly at?: number | undefined;
  readonly reason: string;
  /** Whoever decides has seen what speaks against it. */
  readonly confirmed?: boolean | undefined;
}

export interface ListedSuspect {
  readonly id: string;
  readonly point: string;
  readonly kind: string;
  readonly state: string;
  readonly sinceAt: Temporal.Instant;
  readonly before: string;
  readonly fromAt: Temporal.Instant;
  readonly after: string;
  readonly resumesAt: Temporal.Instant | null;
  readonly untilAt: Temporal.Instant | null;
  readonly leftOut: number;
  readonly seenAt: Temporal.Instant;
  readonly changedAt: Temporal.Instant;
  readonly resolution: SuspectResolution | null;
  readonly epoch: string | null;
  readonly reason: string | null;
  readonly resolvedAt: Temporal.Instant | null;
  readonly resolvedBy: string | null;
}

export interface SuspectQuery {
  readonly point?: string | undefined;
  readonly open: boolean;
  readonly after?: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
}
