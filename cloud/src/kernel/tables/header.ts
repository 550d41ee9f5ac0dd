import { plain, type Row } from './cell.ts';
import { type ColumnRef, headerKey } from './columns.ts';
import { type DateRules, readDate } from './date.ts';
import { readNumber } from './number.ts';

/** How many lines may stand above the header: a title, an address, a month. */
const HEADER_WITHIN = 30;
const SAMPLES = 200;

/** The line with the most known words, at least two. */
export function findHeader(rows: readonly Row[], isKnown: (key: string) => boolean): Row | undefined {
  let best: { row: Row; known: number } | undefined;
  for (const row of rows.slice(0, HEADER_WITHIN)) {
    const known = row.cells.filter(({ text }) => isKnown(headerKey(text))).length;
    if (known >= 2 && known > (best?.known ?? 1)) best = { row, known };
  }
  return best?.row;
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

const ORDERS = ['dmy', 'mdy', 'ymd'] as const;

/** The order in which most samples are dates; `sure` is false where two orders fit and mean different days. */
export function orderOf(
  texts: readonly string[],
  rules: Omit<DateRules, 'order' | 'era'>,
): { readonly order: DateRules['order']; readonly sure: boolean } {
  const fits = ORDERS.map((order) => ({
    order,
    count: texts.filter((text) => readDate(text, { ...rules, order, era: 'either' }).ok).length,
  }));
  const most = Math.max(...fits.map(({ count }) => count));
  const fitting = fits.filter(({ count }) => count === most && count > 0).map(({ order }) => order);
  const open = fitting.includes('dmy') && fitting.includes('mdy');
  return {
    order: fitting[0] ?? 'dmy',
    sure: !(open && texts.some((text) => /^\d{1,2}[-/. ]/.test(text))),
  };
}
