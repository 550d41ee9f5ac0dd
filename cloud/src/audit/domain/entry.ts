import { digestOf, textForm } from './text-form.ts';

/** An entry as it stands in the table; `at` in the form of `timeText`, `personal` byte for byte. */
export interface Entry {
  readonly id: string;
  readonly organisation: string;
  readonly at: string;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly fields: readonly string[];
  readonly personal: string;
  readonly reason: string | null;
  readonly requestId: string | null;
}

export function entryText(entry: Entry): string {
  return textForm('meterline audit entry 1', [
    ['id', entry.id],
    ['organisation', entry.organisation],
    ['at', entry.at],
    ['actor kind', entry.actorKind],
    ['actor id', entry.actorId],
    ['address', entry.address],
    ['action', entry.action],
    ['subject type', entry.subjectType],
    ['subject id', entry.subjectId],
    ['fields', String(entry.fields.length)],
    ...entry.fields.map((field) => ['field', field] as const),
    ['personal', entry.personal],
    ['reason', entry.reason],
    ['request id', entry.requestId],
  ]);
}

export const entryDigest = (entry: Entry): string => digestOf(entryText(entry));
