import { type MeterProfile, type ProfileRegister, parseRatio } from '@meterline/contracts';

export type CounterRegister = Extract<ProfileRegister, { role: 'counter' }>;

/** Where nobody says what can pass: more is garbage, whatever is connected. */
const ABSURD = { watts: 1_000_000, litresPerHour: 500_000 } as const;
const HOUR_MS = 3_600_000n;
/** Rated currents may be exceeded for a while. */
const MARGIN = { num: 12n, den: 10n } as const;
const LEAST_COUNTS = 3n;
/** A float32 moves in steps of this part of its value. */
const FLOAT_STEP = 1n << 22n;

export interface Rating {
  readonly maxPowerW?: number | undefined;
  readonly maxFlowLitresPerHour?: number | undefined;
}

/** Most counts an hour as a fraction; undefined for bare pulses, whose weight only the hub knows. */
function ceilingOf(register: CounterRegister, rating: Rating): { num: bigint; den: bigint } | undefined {
  const worth = parseRatio(register.worth);
  if (register.unit === 'pulse') return undefined;
  const perHour =
    register.unit === 'mL'
      ? (rating.maxFlowLitresPerHour ?? ABSURD.litresPerHour) * 1_000
      : (rating.maxPowerW ?? ABSURD.watts);
  const num = worth.num < 0n ? -worth.num : worth.num;
  return { num: BigInt(Math.ceil(perHour)) * worth.den, den: num };
}

export const ratingOf = (meter: Rating, profile: MeterProfile): Rating => ({
  maxPowerW: meter.maxPowerW ?? profile.rating?.maxPowerW,
  maxFlowLitresPerHour: meter.maxFlowLitresPerHour ?? profile.rating?.maxFlowLitresPerHour,
});

export type CountJudgement =
  | { readonly kind: 'good' }
  /** It began again from 0, and what has passed meanwhile is possible. */
  | { readonly kind: 'rollover' }
  | { readonly kind: 'suspect'; readonly code: 'drop' | 'zero' | 'jump'; readonly limit?: bigint };

export interface Counted {
  readonly register: CounterRegister;
  readonly count: bigint;
  readonly previous: bigint;
  /** Undefined: nobody knows how long ago `previous` was. */
  readonly elapsedMs: number | undefined;
  readonly rating: Rating;
}

export function judgeCount(counted: Counted): CountJudgement {
  const { register, count, previous } = counted;
  const most = mostCounts(counted);
  if (count >= previous) {
    const jumped = most !== undefined && count - previous > most;
    return jumped ? { kind: 'suspect', code: 'jump', limit: previous + most } : { kind: 'good' };
  }
  // Register and rounding of a float may swing by one step without anything having been lost.
  if (register.type === 'float32' && previous - count <= previous / FLOAT_STEP) return { kind: 'good' };
  if (isRollover(counted, most)) return { kind: 'rollover' };
  return { kind: 'suspect', code: count === 0n ? 'zero' : 'drop' };
}

/** What can have passed since; undefined when that cannot be said. */
function mostCounts({ register, previous, elapsedMs, rating }: Counted): bigint | undefined {
  const ceiling = ceilingOf(register, rating);
  if (ceiling === undefined || elapsedMs === undefined) return undefined;
  const passed =
    (ceiling.num * MARGIN.num * BigInt(Math.max(0, Math.ceil(elapsedMs)))) /
    (ceiling.den * MARGIN.den * HOUR_MS);
  const step = register.type === 'float32' && previous > 0n ? previous / FLOAT_STEP : 0n;
  return passed + LEAST_COUNTS + 2n * step;
}

function isRollover({ register, count, previous }: Counted, most: bigint | undefined): boolean {
  if (register.modulus === undefined || most === undefined || count < 0n) return false;
  const modulus = BigInt(register.modulus);
  return previous < modulus && modulus - previous + count <= most;
}
