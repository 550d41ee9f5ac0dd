import { ORDERS, type Order, orderWords, type ProfileRegister } from '../profile-register.ts';
import type { MeterProfile } from '../profile-rules.ts';
import { parseRatio, type Ratio, scale } from '../units.ts';
import { cellCodec, type Pair, type Raw } from './cell.ts';
import { exactFraction, roundHalfAway } from './float.ts';
import { orderOf, type WordOrder, wordAt } from './word-order.ts';

/** Why words are not a value. */
export type NoValueReason =
  | 'sentinel' // the meter says "not available"
  | 'not-a-number'
  | 'infinite'
  | 'not-bcd'
  | 'not-text'
  | 'bad-fraction' // the fraction of a pair is more than one
  | 'too-big'; // beyond what a reading can carry: 64 bits for a counter, 53 for a gauge

/** A decoded register. Counters are exact at the resolution of the profile, gauges whole numbers in their unit. */
export type Decoded =
  | { readonly kind: 'counter'; readonly count: bigint }
  | { readonly kind: 'gauge'; readonly value: number }
  | { readonly kind: 'identity'; readonly text: string }
  | { readonly kind: 'setting'; readonly text: string; readonly whole: bigint | undefined }
  | { readonly kind: 'state'; readonly names: readonly string[]; readonly word: number }
  | { readonly kind: 'no-value'; readonly reason: NoValueReason };

export type Decoder = (words: readonly number[], at: number) => Decoded;

const decoders = new WeakMap<ProfileRegister, Decoder>();

/** Compiled once for a register of a loaded profile. */
function decoderOf(register: ProfileRegister): Decoder {
  const known = decoders.get(register);
  if (known) return known;
  const made = compile(register);
  decoders.set(register, made);
  return made;
}

export const decode = (register: ProfileRegister, words: readonly number[], at = 0): Decoded =>
  decoderOf(register)(words, at);

/** Words as they came, for the `raw` column: four hex digits each. */
export function rawOf(words: readonly number[], at: number, count: number): string {
  if (at + count > words.length) throw new RangeError(`${words.length} words are too few`);
  let raw = '';
  for (let i = at; i < at + count; i += 1) raw += (0x1_0000 + (words[i] ?? 0)).toString(16).slice(1);
  return raw;
}

/** The whole number that probes and checks compare: counts, gauges in their unit, whole settings and codes. */
export function wholeOf(decoded: Decoded): bigint | undefined {
  switch (decoded.kind) {
    case 'counter':
      return decoded.count;
    case 'gauge':
      return BigInt(decoded.value);
    case 'identity':
      return /^-?[0-9]{1,19}$/.test(decoded.text) ? BigInt(decoded.text) : undefined;
    case 'setting':
      return decoded.whole;
    case 'state':
      return BigInt(decoded.word);
    case 'no-value':
      return undefined;
  }
}

/** The same meter set to another order: every number to which the order applies. */
export function reordered(profile: MeterProfile, order: Order): MeterProfile {
  const apply = (register: ProfileRegister): ProfileRegister => {
    const fitting: readonly string[] = ORDERS[orderWords(register) as 1] ?? [];
    const numeric = register.type !== 'ascii' && register.type !== 'ascii-low' && register.type !== 'bcd';
    return numeric && fitting.includes(order) ? { ...register, order } : register;
  };
  return { ...profile, registers: profile.registers.map(apply) };
}

function compile(register: ProfileRegister): Decoder {
  const plain = byRole(register);
  const patterns = register.sentinels?.map((pattern) => sentinel(register, pattern)) ?? [];
  if (patterns.length === 0) return plain;
  return (words, at) =>
    patterns.some((matches) => matches(words, at)) ? NO_VALUE.sentinel : plain(words, at);
}

function byRole(register: ProfileRegister): Decoder {
  const cell = cellCodec(register);
  switch (register.role) {
    case 'gauge':
      return gauge(register.type, parseRatio(register.scale), cell.read);
    case 'counter':
      return counter(register.type, parseRatio(register.scale), cell.read);
    case 'identity':
      return (words, at) => identity(cell.read(words, at));
    case 'setting':
      return (words, at) => setting(cell.read(words, at));
    case 'state':
      return state(register.values, orderOf(register), cell.words);
  }
}

const noValue = (reason: NoValueReason): Decoded => ({ kind: 'no-value', reason });
const NO_VALUE = {
  sentinel: noValue('sentinel'),
  tooBig: noValue('too-big'),
} as const;

type Read = (words: readonly number[], at: number) => Raw;

/** Largest factor with which a product stays exact in a double: 32-bit integers, and the 24 bits of a float32. */
const EXACT_FACTOR = { int: 2n ** 21n, float32: 2n ** 29n } as const;

const isExact = (type: ProfileRegister['type'], { num, den }: Ratio): boolean => {
  const factor = num < 0n ? -num : num;
  if (den !== 1n) return false;
  if (type === 'float32') return factor <= EXACT_FACTOR.float32;
  return /^u?int(16|32)$/.test(type) && factor <= EXACT_FACTOR.int;
};

function gauge(type: ProfileRegister['type'], ratio: Ratio, read: Read): Decoder {
  const factor = Number(ratio.num);
  const whole = (value: number): Decoded =>
    Number.isSafeInteger(value) ? { kind: 'gauge', value } : NO_VALUE.tooBig;
  if (isExact(type, ratio)) {
    return (words, at) => {
      const raw = read(words, at) as number;
      return Number.isFinite(raw) ? whole(roundHalfAway(raw * factor)) : notFinite(raw);
    };
  }
  return (words, at) => {
    const scaled = scaledRaw(read(words, at), ratio);
    return typeof scaled === 'bigint' ? whole(Number(scaled)) : scaled;
  };
}

const INT64 = 2n ** 63n;

function counter(type: ProfileRegister['type'], ratio: Ratio, read: Read): Decoder {
  const factor = Number(ratio.num);
  const counted = (count: bigint): Decoded =>
    count >= -INT64 && count < INT64 ? { kind: 'counter', count } : NO_VALUE.tooBig;
  if (isExact(type, ratio)) {
    return (words, at) => {
      const raw = read(words, at) as number;
      return Number.isFinite(raw) ? counted(BigInt(roundHalfAway(raw * factor))) : notFinite(raw);
    };
  }
  return (words, at) => {
    const scaled = scaledRaw(read(words, at), ratio);
    return typeof scaled === 'bigint' ? counted(scaled) : scaled;
  };
}

const notFinite = (raw: number): Decoded => noValue(Number.isNaN(raw) ? 'not-a-number' : 'infinite');

/** raw × ratio in whole numbers, rounded once, halves away from zero. */
function scaledRaw(raw: Raw, ratio: Ratio): bigint | Decoded {
  if (typeof raw === 'bigint') return scale(raw, ratio);
  if (typeof raw === 'number') {
    return Number.isFinite(raw) ? scaleExact(0n, raw, ratio) : notFinite(raw);
  }
  if (raw === undefined) return noValue('not-bcd');
  if (typeof raw === 'string') return noValue('not-a-number');
  return scaledPair(raw, ratio);
}

function scaledPair({ whole, fraction }: Pair, ratio: Ratio): bigint | Decoded {
  if (!Number.isFinite(fraction)) return notFinite(fraction);
  // A fraction that is rounded up in the meter may read exactly 1; more is two halves of different values.
  if (Math.abs(fraction) > 1) return noValue('bad-fraction');
  return scaleExact(BigInt(whole), fraction, ratio);
}

/** (whole + float) × ratio, where the float stands for the exact fraction that it is. */
function scaleExact(whole: bigint, float: number, { num, den }: Ratio): bigint {
  const exact = exactFraction(float);
  return scale((whole << exact.shift) + exact.num, { num, den: den << exact.shift });
}

function identity(raw: Raw): Decoded {
  if (typeof raw === 'object' || raw === undefined) return noValue('not-bcd');
  if (typeof raw === 'number' && !Number.isFinite(raw)) return notFinite(raw);
  if (typeof raw !== 'string') return { kind: 'identity', text: String(raw) };
  return /^[\x20-\x7e]+$/.test(raw) ? { kind: 'identity', text: raw.trim() } : noValue('not-text');
}

function setting(raw: Raw): Decoded {
  if (raw === undefined) return noValue('not-bcd');
  if (typeof raw === 'string') return { kind: 'setting', text: raw, whole: undefined };
  if (typeof raw === 'bigint') return { kind: 'setting', text: String(raw), whole: raw };
  if (typeof raw === 'object')
    return { kind: 'setting', text: `${raw.whole}+${raw.fraction}`, whole: undefined };
  if (!Number.isFinite(raw)) return notFinite(raw);
  const whole = Number.isInteger(raw) ? BigInt(raw) : undefined;
  return { kind: 'setting', text: whole === undefined ? String(raw) : String(whole), whole };
}

type StateValue = Extract<ProfileRegister, { role: 'state' }>['values'][number];

/** Masks reach over the 32 least significant bits, whatever the sign of the type. */
function state(values: readonly StateValue[], order: WordOrder, words: number): Decoder {
  return (source, at) => {
    const low = wordAt(source, at, order, words - 1);
    const high = words > 1 ? wordAt(source, at, order, words - 2) : 0;
    const word = high * 0x1_0000 + low;
    const names = values.filter(({ equals, mask }) => {
      const seen = mask === undefined ? word : (word & mask) >>> 0;
      return seen === equals;
    });
    return { kind: 'state', names: names.map(({ name }) => name), word };
  };
}

/** Hex digits from the most significant on, x for any; the halves of a pair stand one after the other. */
function sentinel(
  register: ProfileRegister,
  pattern: string,
): (words: readonly number[], at: number) => boolean {
  const order = orderOf(register);
  const span = order.index.length;
  const wanted = Array.from({ length: pattern.length / 4 }, (_, k) => {
    const digits = pattern.slice(4 * k, 4 * k + 4);
    return {
      mask: Number.parseInt(digits.replace(/[0-9a-f]/g, 'f').replace(/x/g, '0'), 16),
      value: Number.parseInt(digits.replace(/x/g, '0'), 16),
    };
  });
  return (words, at) =>
    wanted.every(({ mask, value }, k) => {
      const half = Math.trunc(k / span) * span;
      return (wordAt(words, at + half, order, k - half) & mask) === value;
    });
}
