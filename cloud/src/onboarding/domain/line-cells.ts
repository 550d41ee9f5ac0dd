import { Temporal } from 'temporal-polyfill';
import { type CallingCode, readContact } from '../../identity/index.ts';
import { fromScaled, type ScaledInteger } from '../../kernel/decimal.ts';
import { type Currency, exponentOf } from '../../kernel/money.ts';
import type { Cell, Row } from '../../kernel/tables/cell.ts';
import { type DateRules, type LocalDate, readDate, readSerial } from '../../kernel/tables/date.ts';
import { readNumber, readStoredNumber } from '../../kernel/tables/number.ts';
import { textOf, usableText } from '../../kernel/tables/usable.ts';
import { type Fault, type FaultCode, faultAt } from './faults.ts';
import type { ResolvedColumns } from './list-mapping.ts';

/** What a line must know of its file and its building to be read. */
export interface LineRules {
  readonly formulas: 'refuse' | 'stored';
  readonly decimal: '.' | ',';
  readonly dates: DateRules & { readonly date1904: boolean };
  readonly currency: Currency;
  readonly callingCode: CallingCode;
}

type Trouble = readonly [code: FaultCode, fact?: string];

const PLAIN_ASCII = /^[\x20-\x7e]*$/;
/** Workbooks keep this many digits of a number. */
const EXACT_DIGITS = 15;
/** What people write around an amount. */
const MONEY_WORDS = /^(?:฿|thb|rp\.?|idr|\$|usd)\s*|\s*(?:บาท|baht|thb|฿|rupiah|idr|\.-|,-)$/giu;

/**
 * One line of a list: gives its cells as what they mean, and notes what is wrong with them. An empty cell, like one
 * whose column is not there, is `undefined`; so is one with a fault.
 */
export class LineCells<Role extends string> {
  readonly line: number;
  readonly faults: Fault[] = [];
  readonly #row: Row;
  readonly #columns: ResolvedColumns;
  readonly #rules: LineRules;

  constructor(row: Row, columns: ResolvedColumns, rules: LineRules) {
    this.line = row.line;
    this.#row = row;
    this.#columns = columns;
    this.#rules = rules;
  }

  /** A fault of the line, at the cell of this role if the file has such a column. */
  fault(role: Role, code: FaultCode, fact?: string): void {
    const index = this.#columns.roles.get(role);
    const columnName = index === undefined ? undefined : this.#columns.names[index];
    const place = {
      line: this.line,
      ...(index !== undefined && { column: index + 1 }),
      ...(columnName !== undefined && { columnName }),
    };
    this.faults.push(faultAt(place, code, this.#shown(role), fact));
  }

  text(role: Role, max: number): string | undefined {
    if (this.#usable(role) === undefined) return undefined;
    const name = asWritten(this.#cell(role)?.text ?? '');
    if ([...name].length > max) return this.#refuse(role, ['text_too_long', String(max)]);
    if (/[\p{Cc}\p{Cs}]/u.test(name)) return this.#refuse(role, ['text_control']);
    const isNumber = this.#cell(role)?.kind === 'number';
    return isNumber && name.replace(/\D/g, '').length > EXACT_DIGITS
      ? this.#refuse(role, ['digits_lost'])
      : name;
  }

  /** Nothing is said, or one of the words that mean it. */
  lacks(role: Role, words: ReadonlySet<string> = NO_WORDS): boolean {
    const text = textOf(this.#cell(role));
    return isDash(text) || words.has(bareWord(text));
  }

  required(role: Role, max: number): string | undefined {
    const before = this.faults.length;
    const text = this.text(role, max);
    if (text === undefined && this.faults.length === before) this.fault(role, 'cell_missing');
    return text;
  }

  /** `2025-08-01` */
  day(role: Role): string | undefined {
    const text = this.#usable(role);
    if (text === undefined) return undefined;
    const isSerial = this.#cell(role)?.kind !== 'text';
    const read = isSerial ? readSerial(text, this.#rules.dates) : readDate(text, this.#rules.dates);
    return read.ok ? isoDay(read.value.date) : this.#refuse(role, [read.error]);
  }

  /** In the smallest unit of the currency. */
  amount(role: Role): bigint | undefined {
    const exponent = exponentOf(this.#rules.currency);
    const number = this.#number(role, exponent, (text) => text.replaceAll(MONEY_WORDS, ''));
    if (number === undefined) return undefined;
    const minor = number.digits * 10n ** BigInt(exponent - number.scale);
    if (minor >= 0n && minor <= MOST_MINOR) return minor;
    return this.#refuse(role, [
      'number_out_of_range',
      `0 and ${fromScaled({ digits: MOST_MINOR, scale: exponent })}`,
    ]);
  }

  /** `24.5`, above zero. */
  decimal(role: Role, scale: number, most: bigint): string | undefined {
    const number = this.#number(role, scale);
    if (number === undefined) return undefined;
    const isWithin = number.digits > 0n && number.digits <= most * 10n ** BigInt(number.scale);
    return isWithin ? bare(number) : this.#refuse(role, ['number_out_of_range', `0 and ${most}`]);
  }

  integer(role: Role, least: number, most: number): number | undefined {
    const number = this.#number(role, 0);
    if (number === undefined) return undefined;
    const value = number.digits;
    return value >= least && value <= most
      ? Number(value)
      : this.#refuse(role, ['number_out_of_range', `${least} and ${most}`]);
  }

  word<T extends string>(role: Role, words: Words<T>): T | undefined {
    const text = this.#usable(role);
    if (text === undefined) return undefined;
    const found = words.find(text);
    return found ?? this.#refuse(role, ['word_unknown', words.shown]);
  }

  phone(role: Role): string | undefined {
    const text = this.#usable(role);
    if (text === undefined) return undefined;
    const digits = text.replace(/\D/g, '');
    const contact = readContact(text, this.#rules.callingCode);
    if (contact.ok && contact.value.kind === 'phone') return contact.value.value;
    const lostItsZero = /^[1-9]\d{7,11}$/.test(digits) && PLAIN_ASCII.test(text) && !text.includes('+');
    return this.#refuse(role, [lostItsZero ? 'phone_without_zero' : 'phone_unreadable']);
  }

  email(role: Role): string | undefined {
    const text = this.#usable(role);
    if (text === undefined) return undefined;
    const contact = readContact(text);
    const isEmail = contact.ok && contact.value.kind === 'email';
    return isEmail ? contact.value.value : this.#refuse(role, ['email_unreadable']);
  }

  /** The last four characters of a document's number: more of it is nobody's business. */
  tail(role: Role): string | undefined {
    const text = this.text(role, 40);
    if (text === undefined) return undefined;
    const bare = text.replaceAll(/[^0-9A-Za-z]/g, '');
    return bare.length < 4 ? this.#refuse(role, ['id_too_short']) : bare.slice(-4).toUpperCase();
  }

  #number(
    role: Role,
    scale: number,
    clean: (text: string) => string = (text) => text,
  ): ScaledInteger | undefined {
    const text = this.#usable(role);
    if (text === undefined) return undefined;
    const isStored = this.#cell(role)?.kind !== 'text';
    const read = isStored ? readStoredNumber(text) : readNumber(clean(text).trim(), this.#rules.decimal);
    if (!read.ok) return this.#refuse(role, [read.error]);
    const number = withoutZeros(read.value);
    return number.scale <= scale ? number : this.#refuse(role, ['number_too_fine', String(scale)]);
  }

  #usable(role: Role): string | undefined {
    const usable = usableText(this.#cell(role), { formulas: this.#rules.formulas, mayBeMerged: true });
    if (!usable.ok) return this.#refuse(role, [usable.error, this.#shown(role)]);
    // Lists are drawn with dashes where there is nothing.
    return isDash(usable.value) ? undefined : usable.value;
  }

  #refuse(role: Role, [code, fact]: Trouble): undefined {
    this.fault(role, code, fact);
    return undefined;
  }

  #cell(role: Role): Cell | undefined {
    const index = this.#columns.roles.get(role);
    return index === undefined ? undefined : this.#row.cells[index];
  }

  #shown(role: Role): string {
    return (this.#cell(role)?.text ?? '').trim();
  }
}

/** With the digits that the person chose; only what cannot be seen is taken out. */
const asWritten = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const isDash = (text: string): boolean => /^[-–—]*$/.test(text);
const NO_WORDS: ReadonlySet<string> = new Set();

const MOST_MINOR = 10n ** 14n;

/** Words of three languages for one of a few things. */
export class Words<T extends string> {
  readonly shown: string;
  readonly #known: ReadonlyMap<string, T>;

  constructor(words: Readonly<Record<T, readonly string[]>>) {
    const entries = Object.entries<readonly string[]>(words) as [T, readonly string[]][];
    this.shown = entries.map(([word, others]) => [word, ...others.slice(0, 1)].join(' / ')).join(', ');
    this.#known = new Map(
      entries.flatMap(([word, others]) => [word, ...others].map((each) => [bareWord(each), word] as const)),
    );
  }

  find(text: string): T | undefined {
    return this.#known.get(bareWord(text));
  }
}

const bareWord = (text: string): string => text.toLowerCase().replaceAll(/[\s._\-/]/g, '');

function isoDay({ year, month, day }: LocalDate): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}`;
}

/** The day after: of a last day that is part of it, the end that is not. */
export const dayAfter = (day: string): string => Temporal.PlainDate.from(day).add({ days: 1 }).toString();
export const dayBefore = (day: string): string =>
  Temporal.PlainDate.from(day).subtract({ days: 1 }).toString();

function withoutZeros({ digits, scale }: ScaledInteger): ScaledInteger {
  let [left, places] = [digits, scale];
  while (places > 0 && left % 10n === 0n) {
    left /= 10n;
    places -= 1;
  }
  return { digits: left, scale: places };
}

const bare = (number: ScaledInteger): string => fromScaled(withoutZeros(number));
