import type { ProfileRegister } from '../profile-register.ts';
import { parseRatio, type Ratio, scale } from '../units.ts';
import { cellCodec as compile, type Raw } from './cell.ts';
import type { Decoded } from './decode.ts';
import { nearestFloat } from './float.ts';
import { onWire, orderOf } from './word-order.ts';

/**
 * Words that decode to the value: what a virtual meter answers. Throws RangeError where the register cannot hold it.
 * A float holds only so many digits: the count comes back as long as a step of the float is finer than half a count.
 */
export function encode(register: ProfileRegister, value: Decoded): number[] {
  if (value.kind === 'no-value') return unavailable(register);
  if (value.kind !== register.role) {
    throw new RangeError(`${register.name} is a ${register.role}, not a ${value.kind}`);
  }
  return codecOf(register).write(rawFor(register, value));
}

type Codec = ReturnType<typeof compile> & { readonly ratio: Ratio };

const codecs = new WeakMap<ProfileRegister, Codec>();

/** Compiled once for a register of a loaded profile: a virtual building answers with thousands of values a second. */
function codecOf(register: ProfileRegister): Codec {
  const known = codecs.get(register);
  if (known) return known;
  const made = { ...compile(register), ratio: ratioOf(register) };
  codecs.set(register, made);
  return made;
}

function rawFor(register: ProfileRegister, value: Exclude<Decoded, { kind: 'no-value' }>): Raw {
  switch (value.kind) {
    case 'counter':
      return unscaled(register, value.count);
    case 'gauge':
      return unscaled(register, BigInt(value.value));
    case 'identity':
      return asRaw(register, value.text);
    case 'setting':
      return value.whole === undefined ? asRaw(register, value.text) : unscaled(register, value.whole);
    case 'state':
      return unscaled(register, BigInt(value.word));
  }
}

const ONE: Ratio = { num: 1n, den: 1n };

const ratioOf = (register: ProfileRegister): Ratio =>
  register.role === 'gauge' || register.role === 'counter' ? parseRatio(register.scale) : ONE;

/** The raw value that, scaled, gives this one. */
function unscaled(register: ProfileRegister, value: bigint): Raw {
  const { num, den } = codecOf(register).ratio;
  const [up, down] = num < 0n ? [-den, -num] : [den, num];
  switch (register.type) {
    case 'float32':
    case 'float64':
      return nearestFloat(value * up, down, register.type);
    case 'int32+float32': {
      const whole = (value * up) / down;
      return { whole: Number(whole), fraction: nearestFloat(value * up - whole * down, down, 'float32') };
    }
    case 'uint64':
    case 'int64':
    case 'bcd':
      return scale(value, { num: up, den: down });
    case 'ascii':
    case 'ascii-low':
      return String(value);
    default:
      return Number(scale(value, { num: up, den: down }));
  }
}

function asRaw(register: ProfileRegister, text: string): Raw {
  switch (register.type) {
    case 'ascii':
    case 'ascii-low':
      return text;
    case 'float32':
    case 'float64':
      return Number(text);
    default:
      return unscaled(register, BigInt(text));
  }
}

/** The meter's own words for "not available"; NaN where the profile names none and the type has one. */
function unavailable(register: ProfileRegister): number[] {
  const pattern = register.sentinels?.[0];
  if (pattern !== undefined) {
    const order = orderOf(register);
    const span = order.index.length;
    const digits = pattern.replace(/x/g, '0');
    const words = Array.from({ length: digits.length / 4 }, (_, k) =>
      Number.parseInt(digits.slice(4 * k, 4 * k + 4), 16),
    );
    return Array.from({ length: words.length / span }, (_, half) =>
      onWire(words.slice(half * span, (half + 1) * span), order),
    ).flat();
  }
  if (register.type === 'float32' || register.type === 'float64') return codecOf(register).write(Number.NaN);
  if (register.type === 'int32+float32') return codecOf(register).write({ whole: 0, fraction: Number.NaN });
  if (register.type === 'bcd') return codecOf(register).write(undefined);
  throw new RangeError(`${register.name} has no words for "not available"`);
}
