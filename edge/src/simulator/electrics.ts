import { share, swing } from './chance.ts';
import type { Channel } from './flow.ts';
import type { Place } from './places.ts';
import type { Supply } from './supply.ts';

/** What a meter sees on one phase, or on all: fixed-point as gauges are. P = V · I · PF within their last digits. */
export interface Electrics {
  readonly voltageMv: number;
  readonly currentMa: number;
  readonly powerMw: number;
  readonly apparentMva: number;
  readonly reactiveMvar: number;
  /** Ten-thousandths. */
  readonly powerFactor: number;
  readonly frequencyMhz: number;
}

const NOMINAL_MV = 230_000;
const SLOT_MS = 10_000;
/** Of the cable from the transformer to the meter, in ohms. */
const CABLE_OHM = 0.12;
/** One mWh a minute is 60 mW. */
const MW_OF_RATE = 60;

function frequencyAt(seed: number, ms: number): number {
  const slot = Math.floor(ms / SLOT_MS);
  return 50_000 + Math.round(35 * swing(seed, 0xf2e9, Math.floor(slot / 6)) + 8 * swing(seed, 0xf2ea, slot));
}

/** Small electronics draw current out of step; motors less; heaters not at all. */
const powerFactorOf = (powerMw: number): number => 0.985 - 0.35 / (1 + powerMw / 90_000);

/** On one phase. */
export function phaseAt(seed: number, supply: Supply, place: Place, phase: Channel, ms: number): Electrics {
  const powerMw = MW_OF_RATE * supply.rate(place, phase, ms);
  return electricsOf(seed, powerMw, phase, ms);
}

export function electricsOf(seed: number, powerMw: number, phase: Channel, ms: number): Electrics {
  const slot = Math.floor(ms / SLOT_MS);
  const amperes = powerMw / NOMINAL_MV;
  const voltageMv = Math.round(
    NOMINAL_MV +
      2_500 * swing(seed, 0x7017, phase, Math.floor(slot / 90)) +
      500 * swing(seed, 0x7018, phase, slot) -
      Math.min(25_000, 1_000 * CABLE_OHM * amperes),
  );
  const frequencyMhz = frequencyAt(seed, ms);
  if (powerMw === 0) {
    return {
      voltageMv,
      currentMa: 0,
      powerMw: 0,
      apparentMva: 0,
      reactiveMvar: 0,
      powerFactor: 10_000,
      frequencyMhz,
    };
  }
  const factor = Math.min(1, powerFactorOf(powerMw) + 0.015 * share(seed, 0x9f, phase, slot));
  const currentMa = Math.max(1, Math.round((powerMw / (voltageMv * factor)) * 1_000));
  const apparentMva = Math.max(powerMw, Math.round((voltageMv * currentMa) / 1_000));
  return {
    voltageMv,
    currentMa,
    powerMw,
    apparentMva,
    reactiveMvar: Math.round(Math.sqrt(apparentMva ** 2 - powerMw ** 2)),
    powerFactor: Math.round((powerMw * 10_000) / apparentMva),
    frequencyMhz,
  };
}

/** The three phases as one: the voltage of the first, sums of the rest. */
export function together(phases: readonly [Electrics, ...Electrics[]]): Electrics {
  const [first] = phases;
  const sum = (of: (phase: Electrics) => number): number =>
    phases.reduce((total, phase) => total + of(phase), 0);
  const powerMw = sum((phase) => phase.powerMw);
  const apparentMva = sum((phase) => phase.apparentMva);
  return {
    voltageMv: first.voltageMv,
    currentMa: sum((phase) => phase.currentMa),
    powerMw,
    apparentMva,
    reactiveMvar: sum((phase) => phase.reactiveMvar),
    powerFactor: apparentMva === 0 ? 10_000 : Math.round((powerMw * 10_000) / apparentMva),
    frequencyMhz: first.frequencyMhz,
  };
}
