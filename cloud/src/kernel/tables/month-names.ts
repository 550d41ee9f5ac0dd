const NAMES: readonly (readonly string[])[] = [
  ['มกราคม', 'มค', 'january', 'jan', 'januari'],
  ['กุมภาพันธ์', 'กพ', 'february', 'feb', 'februari', 'pebruari'],
  ['มีนาคม', 'มีค', 'march', 'mar', 'maret'],
  ['เมษายน', 'เมย', 'april', 'apr'],
  ['พฤษภาคม', 'พค', 'may', 'mei'],
  ['มิถุนายน', 'มิย', 'june', 'jun', 'juni'],
  ['กรกฎาคม', 'กค', 'july', 'jul', 'juli'],
  ['สิงหาคม', 'สค', 'august', 'aug', 'agustus', 'agu', 'agt'],
  ['กันยายน', 'กย', 'september', 'sep', 'sept'],
  ['ตุลาคม', 'ตค', 'october', 'oct', 'oktober', 'okt'],
  ['พฤศจิกายน', 'พย', 'november', 'nov', 'nopember', 'nop'],
  ['ธันวาคม', 'ธค', 'december', 'dec', 'desember', 'des'],
];

/** Thai, English and Indonesian names of months, lower case and without dots. */
export const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.map((name) => [name, index + 1] as const)),
);
