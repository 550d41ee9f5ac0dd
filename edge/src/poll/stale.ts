import { type ProfileRegister, parseRatio } from '@meterline/contracts';
import type { Reading } from '../meters/readings.ts';

/** A power or flow is taken to last until the next one is read, but not for longer than this. */
const LASTS_MS = 300_000;
const LEAST = { counts: 20, Wh: 100, mL: 20_000 } as const;
const FROZEN_VISITS = 15;
const FROZEN_GAUGES = 3;

type Counter = Extract<ProfileRegister, { role: 'counter' }>;

/**
 * A meter that answers, but whose values stand still where they should not: a counter while energy or water flows,
 * or many gauges that are the same to the last bit for a quarter of an hour.
 */
export class Stillness {
  /** Passed since the start by the gauge of power (Wh) or flow (mL). */
  private passed = 0;
  private rate: { readonly perMs: number; readonly mono: number } | undefined;
  private readonly changed = new Map<string, { count: bigint; passed: number }>();
  private frozen = { raw: '', visits: 0 };

  /** The gauges of one visit. */
  gauges(readings: readonly Reading[], mono: number): void {
    for (const { register, decoded } of readings) {
      if (register.role !== 'gauge' || decoded.kind !== 'gauge') continue;
      const scale = RATE[register.name as keyof typeof RATE];
      if (scale === undefined || scale.unit !== register.unit) continue;
      this.pass(mono);
      this.rate = { perMs: Math.max(0, decoded.value) * scale.perMs, mono };
    }
    this.freeze(readings);
  }

  private pass(mono: number): void {
    if (this.rate) this.passed += this.rate.perMs * Math.min(LASTS_MS, Math.max(0, mono - this.rate.mono));
    this.rate = undefined;
  }

  private freeze(readings: readonly Reading[]): void {
    const moving = readings.filter(
      ({ register, decoded }) => register.role === 'gauge' && decoded.kind === 'gauge' && decoded.value !== 0,
    );
    if (moving.length < FROZEN_GAUGES) return;
    // The request that brings the load speaks for the meter; others have nothing to compare with.
    if (!readings.some(({ register }) => register.name in RATE)) return;
    const isLoaded = moving.some(({ register }) => register.name in RATE);
    const raw = moving.map((reading) => reading.raw).join();
    this.frozen =
      isLoaded && raw === this.frozen.raw ? { raw, visits: this.frozen.visits + 1 } : { raw, visits: 0 };
  }

  get gaugesFrozen(): boolean {
    return this.frozen.visits >= FROZEN_VISITS;
  }

  /** Whether this counter should have moved by now. */
  counter(register: Counter, count: bigint, mono: number): boolean {
    const rate = this.rate;
    this.pass(mono);
    if (rate) this.rate = { ...rate, mono };
    const known = this.changed.get(register.name);
    if (known?.count !== count) {
      this.changed.set(register.name, { count, passed: this.passed });
      return false;
    }
    return register.billing === true && this.passed - known.passed >= leastOf(register, count);
  }
}

/** mW → Wh and mL/h → mL, a millisecond. */
const RATE = {
  power: { unit: 'mW', perMs: 1 / 3.6e9 },
  power_total: { unit: 'mW', perMs: 1 / 3.6e9 },
  flow: { unit: 'mL/h', perMs: 1 / 3.6e6 },
  flow_rate: { unit: 'mL/h', perMs: 1 / 3.6e6 },
} as const;

function leastOf(register: Counter, count: bigint): number {
  if (register.unit !== 'Wh' && register.unit !== 'mL') return Number.POSITIVE_INFINITY;
  const { num, den } = parseRatio(register.worth);
  const worth = Math.abs(Number(num) / Number(den));
  // A float32 of a large count moves in steps.
  const step = register.type === 'float32' ? (Number(count) * worth) / 2 ** 21 : 0;
  return Math.max(LEAST.counts * worth, LEAST[register.unit], step);
}
