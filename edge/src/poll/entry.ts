import type { GaugeUnit, MeterId, PointId, Quality } from '@meterline/contracts';
import type { Instant } from '../clock.ts';

// What polling hands on. The journal of the next stage takes these as they are; polling does not know the journal.

export interface Evidence {
  readonly previous?: { readonly value: string; readonly at?: number };
  readonly rereads?: readonly { readonly value: string | null; readonly raw?: string }[];
  /** The bound that was exceeded, in the unit of the value. */
  readonly limit?: string;
}

export interface Mark {
  readonly code: Exclude<Quality, 'good'>;
  readonly evidence?: Evidence;
}

interface Reading {
  readonly point: PointId;
  readonly at: Instant;
  readonly mark?: Mark;
}

export interface GaugeEntry extends Reading {
  readonly kind: 'gauge';
  readonly unit: GaugeUnit;
  readonly value: number | null;
}

export interface CounterEntry extends Reading {
  readonly kind: 'counter';
  readonly value: string | null;
}

/** A reading to bill on while nobody knows what time it is. */
export interface BillingEntry extends Reading {
  readonly kind: 'billing';
  readonly register: string;
  readonly raw: string;
  readonly value: string | null;
}

export type Occasion = 'quarter' | 'period-end' | 'on-demand';
export type Pass = 'only' | 'first' | 'last';

export interface CountAt {
  /** Monotonic ms of the boot. */
  readonly at: number;
  readonly count: string;
}

export interface BoundaryEntry {
  readonly kind: 'boundary';
  readonly at: Instant;
  readonly boundary: number;
  readonly occasion: Occasion;
  readonly pass: Pass;
  readonly point: PointId;
  readonly register: string;
  readonly raw: string;
  readonly value: string | null;
  readonly bracket: CountAt | null;
  readonly quality: Quality;
  readonly rereads: readonly string[];
}

export interface Seen {
  readonly point: PointId;
  readonly count: string;
  readonly raw: string;
  readonly at: number;
}

export interface SwapEntry {
  readonly kind: 'event';
  readonly at: Instant;
  readonly event: {
    readonly kind: 'swap';
    readonly meter: MeterId;
    readonly serial: { readonly before: string; readonly after: string };
    readonly last: readonly Seen[];
    readonly first: readonly Seen[];
  };
}

export type PollEntry = GaugeEntry | CounterEntry | BillingEntry | BoundaryEntry | SwapEntry;

/** For the eye: never stored, never billed. Counters have no unit and their count as text. */
export interface LiveSample {
  readonly point: PointId;
  readonly unit: GaugeUnit | null;
  readonly at: Instant;
  readonly value: number | string | null;
}
