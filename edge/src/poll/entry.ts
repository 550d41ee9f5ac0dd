import type { GaugeUnit, PointId } from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import type { EventEntry, ReadingEntry, SwapBody } from '../entry.ts';

export interface SwapEntry extends EventEntry {
  readonly event: SwapBody;
}

/** What polling hands on. */
export type PollEntry = ReadingEntry | SwapEntry;

/** For the eye: never stored, never billed. Counters have no unit and their count as text. */
export interface LiveSample {
  readonly point: PointId;
  readonly unit: GaugeUnit | null;
  readonly at: Instant;
  readonly value: number | string | null;
}
