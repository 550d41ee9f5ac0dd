import { type ProfileRegister, wordsOf } from '../profile-register.ts';
import { onWire, orderOf, type WordOrder, wordAt } from './word-order.ts';

/** A whole part and its fraction, as some water meters count. */
export interface Pair {
  readonly whole: number;
  readonly fraction: number;
}

/** What the words hold before any scale. 64-bit values and BCD are bigint, undefined is BCD with a digit above 9. */
export type Raw = number | bigint | Pair | string | undefined;

/** Words to raw value and back: exact both ways, for every type and order. */
export interface CellCodec<R extends Raw = Raw> {
  readonly words: number;
  /** `words[at]` is the first register of the value. */
  readonly read: (words: readonly number[], at: number) => R;
  /** Throws RangeError where the value does not fit. */
  readonly write: (raw: R) => number[];
}

export type RegisterLike = Pick<ProfileRegister, 'type' | 'words' | 'order'>;

const bits = new DataView(new ArrayBuffer(8));

export function cellCodec(register: RegisterLike): CellCodec {
  const { type } = register;
  const order = orderOf(register);
  const words = wordsOf(register);
  switch (type) {
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
      return small(words, order, type.startsWith('int')) as CellCodec;
    case 'uint64':
    case 'int64':
      return wide(order, type === 'int64') as CellCodec;
    case 'float32':
      return float32(order) as CellCodec;
    case 'float64':
      return float64(order) as CellCodec;
    case 'int32+float32':
      return pair(order) as CellCodec;
    case 'bcd':
      return bcd(words, order) as CellCodec;
    case 'ascii':
    case 'ascii-low':
      return text(words, order, type === 'ascii' ? 2 : 1) as CellCodec;
  }
}

function small(words: number, order: WordOrder, signed: boolean): CellCodec<number> {
  const span = words === 1 ? 0x1_0000 : 0x1_0000_0000;
  const [low, high] = signed ? [-span / 2, span / 2 - 1] : [0, span - 1];
  return {
    words,
    read: (source, at) => {
      const first = wordAt(source, at, order, 0);
      const value = words === 1 ? first : first * 0x1_0000 + wordAt(source, at, order, 1);
      return value > high ? value - span : value;
    },
    write: (raw) => {
      within(raw, low, high);
      const value = raw < 0 ? raw + span : raw;
      const least = value % 0x1_0000;
      return onWire(words === 1 ? [value] : [(value - least) / 0x1_0000, least], order);
    },
  };
}

function wide(order: WordOrder, signed: boolean): CellCodec<bigint> {
  return {
    words: 4,
    read: (source, at) => {
      const high = wordAt(source, at, order, 0) * 0x1_0000 + wordAt(source, at, order, 1);
      const low = wordAt(source, at, order, 2) * 0x1_0000 + wordAt(source, at, order, 3);
      const value = (BigInt(high) << 32n) | BigInt(low);
      return signed ? BigInt.asIntN(64, value) : value;
    },
    write: (raw) => {
      if ((signed ? BigInt.asIntN(64, raw) : BigInt.asUintN(64, raw)) !== raw) throw outside(raw);
      return onWire(
        [48n, 32n, 16n, 0n].map((shift) => Number((raw >> shift) & 0xffffn)),
        order,
      );
    },
  };
}

function float32(order: WordOrder): CellCodec<number> {
  return {
    words: 2,
    read: (source, at) => {
      bits.setUint16(0, wordAt(source, at, order, 0));
      bits.setUint16(2, wordAt(source, at, order, 1));
      return bits.getFloat32(0);
    },
    write: (raw) => {
      bits.setFloat32(0, raw);
      return onWire([bits.getUint16(0), bits.getUint16(2)], order);
    },
  };
}

function float64(order: WordOrder): CellCodec<number> {
  return {
    words: 4,
    read: (source, at) => {
      for (let k = 0; k < 4; k += 1) bits.setUint16(2 * k, wordAt(source, at, order, k));
      return bits.getFloat64(0);
    },
    write: (raw) => {
      bits.setFloat64(0, raw);
      return onWire(
        [0, 2, 4, 6].map((byte) => bits.getUint16(byte)),
        order,
      );
    },
  };
}

function pair(order: WordOrder): CellCodec<Pair> {
  const whole = small(2, order, true);
  const fraction = float32(order);
  return {
    words: 4,
    read: (source, at) => ({ whole: whole.read(source, at), fraction: fraction.read(source, at + 2) }),
    write: (raw) => [...whole.write(raw.whole), ...fraction.write(raw.fraction)],
  };
}

function bcd(words: number, order: WordOrder): CellCodec<bigint | undefined> {
  return {
    words,
    read: (source, at) => {
      let digits = '';
      for (let k = 0; k < words; k += 1) digits += wordAt(source, at, order, k).toString(16).padStart(4, '0');
      return /^[0-9]+$/.test(digits) ? BigInt(digits) : undefined;
    },
    write: (raw) => {
      const digits = raw === undefined ? 'f' : String(raw);
      if (digits.startsWith('-') || digits.length > 4 * words) throw outside(raw ?? 0n);
      const padded = digits.padStart(4 * words, '0');
      return onWire(
        Array.from({ length: words }, (_, k) => Number.parseInt(padded.slice(4 * k, 4 * k + 4), 16)),
        order,
      );
    },
  };
}

/** One or two characters a register; what follows the text is zeros or spaces. */
function text(words: number, order: WordOrder, perWord: 1 | 2): CellCodec<string> {
  return {
    words,
    read: (source, at) => {
      let read = '';
      for (let k = 0; k < words; k += 1) {
        const word = wordAt(source, at, order, k);
        if (perWord === 2) read += String.fromCharCode(word >>> 8);
        read += String.fromCharCode(word & 0xff);
      }
      return read.replace(/[\0 ]+$/, '');
    },
    write: (raw) => {
      if (raw.length > words * perWord) throw new RangeError(`"${raw}" is longer than ${words * perWord}`);
      const padded = raw.padEnd(words * perWord, '\0');
      const code = (i: number): number => within(padded.charCodeAt(i), 0, 0xff);
      const one = (k: number): number => (perWord === 1 ? code(k) : (code(2 * k) << 8) | code(2 * k + 1));
      return onWire(
        Array.from({ length: words }, (_, k) => one(k)),
        order,
      );
    },
  };
}

function within(value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) throw outside(value);
  return value;
}

const outside = (value: number | bigint): RangeError => new RangeError(`${value} does not fit the register`);
