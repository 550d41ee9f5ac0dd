import { csvLine } from '../platform/tables/index.ts';
import { columnOf, LANGUAGES, type Language, type ListKind, rolesOf } from './domain/list-columns.ts';

/** A file to fill in: the names of the columns, and a line that shows what belongs into them. */
export function template(kind: ListKind, language: Language): string {
  const at = LANGUAGES.indexOf(language);
  const columns = rolesOf(kind).map((role) => columnOf(kind, role));
  const names = columns.map((column) => column?.names[at] ?? '');
  const examples = columns.map((column) => column?.examples[at] ?? '');
  // The mark tells spreadsheets that it is UTF-8.
  return `\ufeff${csvLine(names)}${csvLine(examples)}`;
}
