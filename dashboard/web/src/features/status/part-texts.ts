import type { TFunction } from 'i18next';

const KNOWN = ['database', 'queue', 'files', 'outbox', 'audit'] as const;

/** A part of a later version of the hub is shown by the name that it gives itself. */
export function partTexts(name: string, t: TFunction): { name: string; use?: string } {
  const known = KNOWN.find((part) => part === name);
  return known ? { name: t(`status.part.${known}.name`), use: t(`status.part.${known}.use`) } : { name };
}
