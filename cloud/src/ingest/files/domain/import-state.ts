export const IMPORT_STATES = [
  'received',
  'queued',
  'checking',
  'checked',
  'refused',
  'storing',
  'done',
  'cancelled',
  'failed',
] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/**
 * `storing` is the point of no return: before it nothing of the file is stored, and from it only `done` follows, after
 * however many crashes. What was `checked`, `refused` or `failed` may be started again, with another mapping.
 */
const NEXT: Readonly<Record<ImportState, readonly ImportState[]>> = {
  received: ['queued', 'cancelled'],
  queued: ['checking', 'cancelled'],
  checking: ['checked', 'refused', 'storing', 'cancelled', 'failed'],
  checked: ['queued'],
  refused: ['queued'],
  failed: ['queued'],
  storing: ['done'],
  done: [],
  cancelled: [],
};

export const mayFollow = (from: ImportState, to: ImportState): boolean => NEXT[from].includes(to);

/** Nobody works on it, and nobody will unless a person asks again. */
export const isOver = (state: ImportState): boolean =>
  state === 'checked' ||
  state === 'refused' ||
  state === 'done' ||
  state === 'cancelled' ||
  state === 'failed';
