import type { ConfigReport, ReadingClass, Status } from '@meterline/contracts';
import type { Temporal } from 'temporal-polyfill';

type Instant = Temporal.Instant;

export interface Letter {
  readonly id: string;
  readonly gateway: string | null;
  readonly topic: string;
  readonly reason: string;
  readonly detail: string;
  readonly digest: string;
  readonly size: number;
  readonly hasBytes: boolean;
  readonly count: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly state: 'open' | 'replay' | 'replayed' | 'discarded';
  readonly retryAfterMs: number | null;
}

export interface Conflict {
  readonly id: string;
  readonly kind: 'value' | 'decode';
  readonly class: ReadingClass;
  readonly point: string;
  readonly at: Instant;
  readonly stored: string | null;
  readonly offered: string | null;
  readonly raw: string | null;
  readonly register: string | null;
  readonly gateway: string | null;
  readonly detail: string;
  readonly foundAt: Instant;
  readonly state: 'open' | 'dismissed';
}

export interface Gap {
  readonly gateway: string;
  readonly journal: string;
  readonly missing: number;
  readonly since: Instant;
  readonly announcedAt: Instant | null;
  /** Half-open, as the database writes them; the beginning of a long list. */
  readonly ranges: string;
}

export interface Held {
  readonly reason: 'future' | 'foreign-point' | 'too-many-points' | 'unknown-profile';
  readonly gateway: string | null;
  readonly readings: number;
  readonly first: Instant;
  readonly last: Instant;
}

export interface Refused {
  readonly gateway: string;
  readonly reason: string;
  readonly messages: number;
  readonly bytes: number;
}

/** The latest that a gateway said of itself. */
export interface GatewayReport {
  readonly status: Status | null;
  readonly connected: boolean;
  readonly statusReceivedAt: Instant | null;
  readonly configReport: ConfigReport | null;
  readonly configReceivedAt: Instant | null;
}
