import { expect, it } from 'vitest';
import { orderNote } from './header.ts';

const RULES = { referenceYear: 2026 };
const SAID = 'dates are read as day, month, year';

it.each<[string, string[], string | undefined]>([
  ['nothing where no date depends on it', ['2026-01-31', '1 ก.พ. 2569', 'x', ''], undefined],
  ['the order that a date proves', ['1/2/2569', '31/1/2569'], SAID],
  ['that nothing proves it', ['1/2/2569', '3/4/2569'], `${SAID}; no date of the file tells it`],
  [
    'a day that is none in it',
    ['1/2/2569', '3/4/2569', '1/13/2569'],
    `${SAID}, in which "1/13/2569" is none`,
  ],
  ['a whole file of another order', ['1/13/2026', '2/28/2026'], '--date-order mdy'],
  ['years first in two digits', ['69-01-31'], '--date-order mdy or ymd'],
])('tells of the order of dates %s', (_what, texts, note) => {
  const told = orderNote(texts, RULES);
  if (note === undefined || note === SAID) expect(told).toBe(note);
  else expect(told).toContain(note);
});
