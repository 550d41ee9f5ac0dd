/** As the database compares names (`name_key`): form, case, kind of digits, and spaces where no digits meet. */
export function nameKey(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50))
    .replaceAll('ς', 'σ')
    .replaceAll(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/([\u0e48-\u0e4b])\u0e4d/g, '\u0e4d$1')
    .replaceAll(/([^0-9]) | (?=[^0-9])/g, '$1');
}
