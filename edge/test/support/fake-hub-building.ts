import { type GaugeUnit, idsFrom, type PointId } from '@meterline/contracts';
import type { Clock } from '../../src/clock.ts';
import type { Entry, Journal } from '../../src/store/index.ts';

const REGISTER = 'eastron-sdm630@1/energy_import_total';
const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

/** Resolution as good single-phase meters have it, and how much of it changes from minute to minute. */
const GAUGES: readonly { unit: GaugeUnit; step: number; base: number; wander: number }[] = [
  { unit: 'mV', step: 100, base: 229_800, wander: 15 },
  { unit: 'mA', step: 1, base: 1_840, wander: 90 },
  { unit: 'mW', step: 100, base: 391_000, wander: 200 },
  { unit: 'mVA', step: 100, base: 423_000, wander: 200 },
  { unit: 'mvar', step: 100, base: 150_000, wander: 120 },
  { unit: '1e-4', step: 10, base: 9_240, wander: 12 },
  { unit: 'mHz', step: 10, base: 50_000, wander: 3 },
  { unit: 'm°C', step: 100, base: 41_000, wander: 3 },
];

interface Moving extends Clock {
  advance(ms: number): void;
}

/** Repeatable noise: a linear congruence, the constants of Numerical Recipes. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

export interface BuildingOptions {
  readonly meters: number;
  readonly gauges: number;
  readonly gaugeMs: number;
  readonly counterMs: number;
  /** Counters of a meter that are billed on. */
  readonly counters: number;
}

/** Meters of a building, minute by minute, as the poller would journal them: blocks of one meter at one instant. */
export class FakeBuilding {
  readonly points: readonly PointId[];
  private readonly options: BuildingOptions;
  private readonly journal: Journal;
  private readonly clock: Moving;
  private readonly random = noise(42);
  private readonly values: number[];
  private readonly counts: number[];
  private minute = 0;
  /** What the newest sweep took of the minute after it. */
  private swept = 0;

  constructor(journal: Journal, clock: Moving, options: BuildingOptions) {
    this.journal = journal;
    this.clock = clock;
    this.options = options;
    const { meters, gauges, counters } = options;
    const bytes = noise(7);
    const random = (n: number) => Uint8Array.from({ length: n }, () => Math.floor((bytes() + 0.5) * 256));
    const ids = idsFrom({ nowMs: () => 1_769_860_800_000, random });
    this.points = Array.from({ length: meters * (gauges + counters) }, () => ids.point());
    this.values = Array.from({ length: meters * gauges }, (_, n) => GAUGES[n % gauges]?.base ?? 0);
    this.counts = Array.from({ length: meters * counters }, (_, n) => 1_000_000 + n * 7_919);
  }

  /** One minute passes. The journal seals in its own time; `tended` is called each time that it was asked to. */
  pass(tended: () => void = () => {}): void {
    const { journal, clock } = this;
    const begin = this.minute * MINUTE;
    this.minute += 1;
    const spent = this.poll(begin);
    clock.advance(Math.max(0, MINUTE - spent));
    if ((this.minute * MINUTE) % QUARTER === 0) this.sweep();
    journal.tend();
    tended();
  }

  private poll(begin: number): number {
    const { meters, gaugeMs, counterMs } = this.options;
    let spent = 0;
    for (let meter = 0; meter < meters; meter += 1) {
      const entries: Entry[] = [];
      if (begin % gaugeMs === 0) entries.push(...this.gauges(meter));
      if (begin % counterMs === 0) entries.push(...this.counters(meter));
      if (entries.length > 0) this.journal.append(entries);
      const took = 90 + Math.round(this.random() * 12);
      this.clock.advance(took);
      spent += took;
    }
    return spent;
  }

  private gauges(meter: number): Entry[] {
    const { gauges, counters } = this.options;
    const at = this.clock.now();
    return Array.from({ length: gauges }, (_, n): Entry => {
      const { unit, step, base, wander } = GAUGES[n] ?? { unit: 'mV', step: 1, base: 0, wander: 1 };
      const place = meter * gauges + n;
      const before = this.values[place] ?? base;
      // It wanders, and is drawn back: a day looks like a day.
      const value =
        before +
        step * Math.round(this.random() * wander) +
        step * Math.round(((base - before) / step) * 0.02);
      this.values[place] = value;
      const point = this.points[meter * (gauges + counters) + n] ?? ('' as PointId);
      return { kind: 'gauge', point, unit, value, at };
    });
  }

  private counters(meter: number): Entry[] {
    const { gauges, counters } = this.options;
    const at = this.clock.now();
    return Array.from({ length: counters }, (_, n): Entry => {
      const place = meter * counters + n;
      const value = (this.counts[place] ?? 0) + Math.round((this.random() + 0.5) * 6);
      this.counts[place] = value;
      const point = this.points[meter * (gauges + counters) + gauges + n] ?? ('' as PointId);
      return { kind: 'counter', point, value: String(value), at };
    });
  }

  /** The quarter hour: the first meter is the main one, read first and last. */
  private sweep(): void {
    const { meters, gauges, counters } = this.options;
    const boundary = Math.floor(this.clock.wallMs() / QUARTER) * QUARTER;
    const order = [...Array.from({ length: meters * counters }, (_, n) => n), 0];
    for (const [turn, place] of order.entries()) {
      const meter = Math.floor(place / counters);
      const count = this.counts[place] ?? 0;
      const at = this.clock.now();
      const main = place === 0;
      const entry: Entry = {
        kind: 'boundary',
        at,
        boundary,
        occasion: 'quarter',
        pass: main ? (turn === 0 ? 'first' : 'last') : 'only',
        point: this.points[meter * (gauges + counters) + gauges + (place % counters)] ?? ('' as PointId),
        register: REGISTER,
        raw: count.toString(16).padStart(8, '0'),
        value: String(count),
        bracket: { at: Math.max(0, at.mono - 5 * MINUTE + turn), count: String(count - (turn % 5)) },
        quality: 'good',
        rereads: [],
      };
      this.clock.advance(40);
      this.swept += 40;
      const last = turn === order.length - 1;
      this.journal.append([entry], last ? { durable: true, lastOf: boundary } : { durable: false });
    }
  }
}
