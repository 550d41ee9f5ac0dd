import type {
  BoundaryHead,
  CommandId,
  GaugeUnit,
  MeterId,
  PointId,
  Quality,
  SwitchState,
} from '@meterline/contracts';
import type { Anchor, Instant } from './clock.ts';

// What is written down, in the words of whoever has read, switched or commissioned something: polling makes these and
// does not know the journal, the journal keeps them and does not know the line.
// Instants within an entry are monotonic ms of the boot of `at`: they become times when the batch is sealed.

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
  /** When the reply came in. */
  readonly at: Instant;
  readonly mark?: Mark;
}

export interface GaugeEntry extends Reading {
  readonly kind: 'gauge';
  readonly unit: GaugeUnit;
  /** Fixed-point in `unit`; null goes with the mark no-value. */
  readonly value: number | null;
}

export interface CounterEntry extends Reading {
  readonly kind: 'counter';
  readonly value: string | null;
}

/** A reading to bill on that belongs to no boundary: nobody knew what time it was. */
export interface BillingEntry extends Reading {
  readonly kind: 'billing';
  readonly register: string;
  readonly raw: string;
  readonly value: string | null;
}

export type Occasion = BoundaryHead['occasion'];
export type Pass = 'only' | 'first' | 'last';

export interface CountAt {
  readonly at: number;
  readonly count: string;
}

/** One counter of one sweep at a boundary. */
export interface BoundaryEntry {
  readonly kind: 'boundary';
  readonly at: Instant;
  /** UTC ms: the boundary that the sweep is for. */
  readonly boundary: number;
  readonly occasion: Occasion;
  /** The `read` command that asked for it, on demand only. */
  readonly command?: CommandId;
  readonly pass: Pass;
  readonly point: PointId;
  readonly register: string;
  readonly raw: string;
  readonly value: string | null;
  /** The reading on the other side of the boundary, of the same boot. */
  readonly bracket: CountAt | null;
  readonly quality: Quality;
  readonly rereads: readonly string[];
}

/** A count on one side of a swap. */
export interface Seen {
  readonly point: PointId;
  readonly count: string;
  readonly raw: string;
  readonly at: number;
}

export interface SwapBody {
  readonly kind: 'swap';
  readonly meter: MeterId;
  readonly serial: { readonly before: string; readonly after: string };
  readonly last: readonly Seen[];
  readonly first: readonly Seen[];
}

/** A relay or valve changed, by command or by hand. */
export interface Switched {
  readonly kind: 'switched';
  readonly meter: MeterId;
  readonly control: string;
  readonly state: SwitchState;
  readonly cause: 'command' | 'local' | 'power-return' | 'unknown';
  readonly command?: CommandId;
}

export type EventBody =
  | ({ readonly kind: 'clock' } & Anchor)
  | SwapBody
  | { readonly kind: 'commission'; readonly meter: unknown }
  | Switched;

export interface EventEntry {
  readonly kind: 'event';
  readonly at: Instant;
  readonly event: EventBody;
}

export type ReadingEntry = GaugeEntry | CounterEntry | BillingEntry | BoundaryEntry;
export type Entry = ReadingEntry | EventEntry;
