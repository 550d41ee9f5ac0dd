import type { RevealedValue, ShownEntry } from '../audit/index.ts';
import { csvLine } from '../platform/tables/index.ts';

type Portions = AsyncIterable<readonly ShownEntry[]>;

/** The audit as a spreadsheet takes it, written while it is read. */
export async function* auditCsv(portions: Portions): AsyncGenerator<string> {
  yield `\ufeff${csvLine(COLUMNS.map(([name]) => name))}`;
  for await (const entries of portions)
    yield entries.map((entry) => csvLine(COLUMNS.map(([, of]) => of(entry)))).join('');
}

/** The same for programs: one JSON object a line. */
export async function* auditJsonl(portions: Portions): AsyncGenerator<string> {
  for await (const entries of portions) yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

const COLUMNS: readonly (readonly [string, (entry: ShownEntry) => string])[] = [
  ['at', ({ at }) => at],
  ['actor kind', ({ actor }) => actor.kind],
  ['actor', ({ actor }) => actor.id ?? ''],
  ['address', ({ actor }) => actor.address ?? ''],
  ['action', ({ action }) => action],
  ['outcome', ({ outcome }) => outcome],
  ['subject type', ({ subject }) => subject.type],
  ['subject', ({ subject }) => subject.id],
  ['fields', ({ fields }) => fields.join(' ')],
  ['values', ({ values }) => values.map(valueText).join('; ')],
  ['reason', ({ reason }) => reason ?? ''],
  ['request', ({ requestId }) => requestId ?? ''],
  ['entry', ({ id }) => id],
];

function valueText({ field, before, after, forgotten }: RevealedValue): string {
  if (forgotten) return `${field}: forgotten`;
  return before === undefined ? `${field}: ${after ?? ''}` : `${field}: ${before} > ${after ?? ''}`;
}
