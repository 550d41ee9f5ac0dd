import type { QuantityUnit } from '@meterline/contracts';
import type { Epoch } from './domain/epoch.ts';
import type { StoredHour } from './domain/hours.ts';
import type { Anomaly } from './domain/line.ts';
import type { CountReading } from './domain/reading.ts';

/** A point while its row is held. */
export interface LedgerPoint {
  readonly no: number;
  readonly id: string;
  /** `profile@version/register`; null: nobody knows yet how it counts. */
  readonly register: string | null;
  /** What a point without a register counts, where its list says it. */
  readonly unit: string | null;
  /** Of its building; null while it belongs to none. */
  readonly zone: string | null;
}

export interface StoredEpoch extends Epoch {
  readonly id: string;
  readonly unit: QuantityUnit;
  readonly automatic: boolean;
}

export interface LoadedReadings {
  readonly readings: readonly CountReading[];
  readonly reachBack: boolean;
  readonly reachEnd: boolean;
}

export interface StoredAnomaly extends Anomaly {
  readonly id: string;
  readonly resolution: string | null;
}

/** A change of one point, as the worker has merged it. UTC in ms; the end may be open. */
export interface Change {
  readonly point: number;
  readonly from: number;
  readonly to: number;
}

export interface TimeRange {
  readonly point: number;
  readonly from: number;
  readonly to: number;
}

export interface PointHours {
  readonly point: number;
  readonly hours: readonly StoredHour[];
}
