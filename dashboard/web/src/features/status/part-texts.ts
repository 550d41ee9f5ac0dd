import type { TFunction } from 'i18next';
import type { Reason } from './hub-report.ts';

const REASONS = [
  'events_failed',
  'events_late_seconds',
  'seals_late_seconds',
  'files_not_storable',
  'schema_not_of_this_version',
  'no_answer',
  'unreachable',
] as const;

/** Nothing for a reason of a later version: the state says enough, and no words are better than foreign ones. */
export function reasonText({ code, count }: Reason, t: TFunction): string | undefined {
  const known = REASONS.find((reason) => reason === code);
  return known && t(`status.because.${known}`, { n: count ?? '' });
}

const KNOWN = ['database', 'queue', 'files', 'outbox', 'audit', 'ingest', 'mqtt'] as const;

/** A part of a later version of the hub is shown by the name that it gives itself. */
export function partTexts(name: string, t: TFunction): { name: string; use?: string } {
  const known = KNOWN.find((part) => part === name);
  return known ? { name: t(`status.part.${known}.name`), use: t(`status.part.${known}.use`) } : { name };
}
