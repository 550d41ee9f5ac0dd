import type { Resolution } from './domain/series.ts';

/** A point as usage is asked of it, for the time that it counts for what was asked about. UTC in ms. */
export interface SelectedPoint {
  readonly id: string;
  readonly no: number;
  readonly register: string | null;
  readonly class: 'billing' | 'counter' | 'gauge';
  readonly measures: string | null;
  readonly gaugeUnit: string | null;
  readonly zone: string | null;
  /** Of its epochs; null while it has none. */
  readonly unit: string | null;
  readonly from: number;
  readonly to: number;
}

/** A register of a main meter, or of one that it sums. */
export interface SummedPoint extends SelectedPoint {
  readonly meter: string;
  readonly sub: boolean;
  readonly profile: string | null;
  /** Of its meter; null: as its profile says. */
  readonly accuracyPpm: number | null;
}

export type Subject =
  | { readonly kind: 'point'; readonly id: string }
  | { readonly kind: 'meter'; readonly id: string }
  | { readonly kind: 'place'; readonly id: string };

export interface UsageQuery {
  readonly subject: Subject;
  readonly from: number;
  readonly to: number;
  /** Most bars of one series. */
  readonly budget: number;
  readonly resolution?: Resolution | undefined;
  readonly previous: boolean;
}

export interface Bar {
  readonly from: string;
  readonly to: string;
  readonly quantity: string | null;
  readonly estimated: string;
  readonly completeness: number;
}

export interface Series {
  readonly unit: string;
  readonly points: readonly string[];
  readonly total: {
    readonly quantity: string | null;
    readonly estimated: string;
    readonly estimatedShare: number;
    readonly completeness: number;
  };
  readonly bars: readonly Bar[];
}

export interface UsageAnswer {
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly resolution: Resolution;
  readonly asOf: string;
  readonly series: readonly Series[];
  readonly previous?: { readonly from: string; readonly to: string; readonly series: readonly Series[] };
}
