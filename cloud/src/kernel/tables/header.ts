import { plain, type Row } from './cell.ts';
import { type ColumnRef, headerKey } from './columns.ts';
import { DATE_ORDERS, type DateOrder, type DateRules, readDate } from './date.ts';
import { readNumber } from './number.ts';

/** How many lines may stand above the header: a title, an address, a month. */
const HEADER_WITHIN = 30;
const SAMPLES = 200;

/**
 * The line with the most known words, at least two; or with one where that is all that is needed, if it cannot be a
 * line of the list: it holds nothing else, or more than what stands above it.
 */
export function findHeader(
  rows: readonly Row[],
  isKnown: (key: string) => boolean,
  suffices: (key: string) => boolean = () => false,
): Row | undefined {
  let best: { row: Row; known: number } | undefined;
  for (const row of rows.slice(0, HEADER_WITHIN)) {
    const known = row.cells.filter(({ text }) => isKnown(headerKey(text))).length;
    if (known >= 2 && known > (best?.known ?? 1)) best = { row, known };
  }
  return best?.row ?? headerOfOne(rows.slice(0, HEADER_WITHIN), suffices);
}

function headerOfOne(rows: readonly Row[], suffices: (key: string) => boolean): Row | undefined {
  let widest = 0;
  for (const row of rows) {
    const filled = row.cells.filter(({ text }) => plain(text) !== '');
    const isNeeded = filled.some(({ text }) => suffices(headerKey(text)));
    if (isNeeded && (filled.length === 1 || filled.length > widest)) return row;
    widest = Math.max(widest, filled.length);
  }
  return undefined;
}

/** By its words; where two columns have the same, only the place tells them apart. */
export function refOf(header: Row, index: number): ColumnRef {
  const keys = header.cells.map(({ text }) => headerKey(text));
  const key = keys[index] ?? '';
  return keys.indexOf(key) === keys.lastIndexOf(key) ? plain(header.cells[index]?.text ?? '') : index + 1;
}

/** What stands as text in the first lines of a column. */
export function textsIn(body: readonly Row[], header: Row | undefined, ref: ColumnRef): string[] {
  const key = typeof ref === 'string' ? headerKey(ref) : '';
  const index =
    typeof ref === 'number'
      ? ref - 1
      : (header?.cells.findIndex(({ text }) => headerKey(text) === key) ?? -1);
  return body
    .slice(0, SAMPLES)
    .flatMap(({ cells }) => (cells[index]?.kind === 'text' ? [plain(cells[index].text)] : []))
    .filter((text) => text !== '');
}

/** The way of writing in which every sample is a number; a point where both are. */
export function decimalOf(texts: readonly string[]): '.' | ',' {
  const fits = (decimal: '.' | ',') => texts.filter((text) => readNumber(text, decimal).ok).length;
  return fits(',') > fits('.') ? ',' : '.';
}

/** What people write here. A file does not choose another order: one mistyped date would turn all the others. */
export const USUAL_ORDER: DateOrder = 'dmy';

/** What to say of dates that mean what they mean in the usual order only; nothing where no date depends on it. */
export function orderNote(
  texts: readonly string[],
  rules: Omit<DateRules, 'order' | 'era'>,
): string | undefined {
  const inAll = texts.map((text) =>
    DATE_ORDERS.map((order) => {
      const read = readDate(text, { ...rules, order, era: 'either' });
      return read.ok ? { order, day: JSON.stringify(read.value.date) } : undefined;
    }),
  );
  const depends = inAll.map((days) => new Set(days.map((day) => day?.day)).size > 1);
  if (!depends.includes(true)) return undefined;
  const isUsual = (days: (typeof inAll)[number]) => days.some((day) => day?.order === USUAL_ORDER);
  const misfit = texts.find((_, index) => depends[index] && !isUsual(inAll[index] ?? []));
  const isProven = inAll.some(
    (days) => isUsual(days) && days.filter((day) => day !== undefined).length === 1,
  );
  const said = 'dates are read as day, month, year';
  if (misfit !== undefined)
    return `${said}, in which "${misfit.slice(0, 40)}" is none: correct it or, only if the whole file is written in another order, say so with --date-order mdy or ymd (dates.order in a mapping)`;
  return isProven ? said : `${said}; no date of the file tells it from month, day, year`;
}
