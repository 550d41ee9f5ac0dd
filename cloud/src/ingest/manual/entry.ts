import type { PointId } from '@meterline/contracts';
import type { Temporal } from 'temporal-polyfill';
import type { DirectReadings } from '../intake.ts';
import { manualError } from './manual.errors.ts';
import type { EnteredRow, ManualStore, NewManualReading, PointRow } from './manual.store.ts';

/** 6 with a photo, 7 without. */
export const evidenceOf = ({ photo }: { readonly photo: string | null | undefined }): 6 | 7 =>
  photo === undefined || photo === null ? 7 : 6;

/** As readings are kept: to the millisecond. */
export const toMillisecond = (at: Temporal.Instant): Temporal.Instant =>
  at.round({ smallestUnit: 'millisecond', roundingMode: 'floor' });

/** What goes to the pipeline for what somebody wrote, the same however often it is asked for. */
export function directOf(organisation: string, point: PointRow, entry: EnteredRow): DirectReadings {
  const { id, at, count, opening, note } = entry;
  return {
    organisation,
    source: evidenceOf(entry),
    reference: id,
    readings: [
      {
        point: point.id as PointId,
        at: at.epochMilliseconds,
        class: point.class === 'counter' ? 'counter' : 'billing',
        count,
        ...(opening && { opening }),
        ...(note !== null && { note }),
      },
    ],
  };
}

/** An id is one reading for ever: another one under it would be taken for a repeat, and lost. */
export function demandSame(known: EnteredRow, entry: EnteredRow): void {
  const isSame =
    known.point === entry.point &&
    known.at.epochMilliseconds === entry.at.epochMilliseconds &&
    known.count === entry.count &&
    known.photo === entry.photo &&
    known.note === entry.note &&
    known.opening === entry.opening;
  if (!isSame) throw idReused(entry.id);
}

const idReused = (id: string) =>
  manualError('reading_id_reused', {
    message: `the id ${id} was used for another reading; send a new one, or leave it out`,
  });

/**
 * Notes what a person wrote, unless somebody has written something for this instant: answers what stands there. One at a
 * time for a point; the caller's transaction must end before the reading itself is stored.
 */
export async function noteEntry(
  store: ManualStore,
  entry: EnteredRow,
  about: Pick<NewManualReading, 'hints' | 'author' | 'createdAt'>,
): Promise<{ readonly stands: EnteredRow; readonly isNew: boolean }> {
  await store.lockPoint(entry.point);
  const own = await store.entered(entry.id);
  if (own) {
    demandSame(own, entry);
    return { stands: own, isNew: false };
  }
  const other = await store.enteredAt(entry.point, entry.at);
  if (other) return { stands: other, isNew: false };
  const { photo, note, ...rest } = entry;
  const added = await store.addReading({
    ...rest,
    ...about,
    photo: photo ?? undefined,
    note: note ?? undefined,
  });
  // Of another organisation, which must not be seen.
  if (!added) throw idReused(entry.id);
  return { stands: entry, isNew: true };
}
