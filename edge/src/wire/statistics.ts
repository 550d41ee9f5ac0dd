import type { LateCounts } from './conversation.ts';
import { FAULTS, type Fault } from './fault.ts';
import { Histogram } from './histogram.ts';

/** Counted since the bus was started; rates are differences of two snapshots. */
export interface BusStatistics {
  readonly sinceUs: number;
  readonly busyUs: number;
  /** Share of the time in which the wire was in use, silences included. */
  readonly busyShare: number;
  readonly requests: number;
  readonly replies: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly late: LateCounts;
  readonly queued: number;
  readonly queueWaitUs: { readonly p50: number; readonly p99: number };
}

export class BusCounters {
  readonly #startUs: number;
  readonly #waits = new Histogram();
  readonly #faults = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  busyUs = 0;
  requests = 0;
  replies = 0;
  bytesOut = 0;
  bytesIn = 0;

  constructor(nowUs: number) {
    this.#startUs = nowUs;
  }

  fault(fault: Fault): void {
    this.#faults[fault]++;
  }

  waited(us: number): void {
    this.#waits.add(us);
  }

  snapshot(nowUs: number, late: LateCounts, queued: number): BusStatistics {
    const sinceUs = nowUs - this.#startUs;
    return {
      sinceUs,
      busyUs: this.busyUs,
      busyShare: sinceUs > 0 ? Math.min(1, this.busyUs / sinceUs) : 0,
      requests: this.requests,
      replies: this.replies,
      bytesOut: this.bytesOut,
      bytesIn: this.bytesIn,
      faults: { ...this.#faults },
      late,
      queued,
      queueWaitUs: { p50: this.#waits.quantileUs(0.5), p99: this.#waits.quantileUs(0.99) },
    };
  }
}
