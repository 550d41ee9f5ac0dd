import type { Readable } from 'node:stream';
import { Temporal } from 'temporal-polyfill';
import type { Tx } from '../../platform/db/index.ts';
import { type FileStore, fileError } from '../../platform/files/index.ts';
import type { Profiles } from '../domain/decode-check.ts';
import { type Asked, authorOf, type DoorParts, type DoorStores } from '../door-parts.ts';
import type { DirectReadings, DirectSettled } from '../intake.ts';
import { type Hint, hintsOf, mustBeConfirmed, openingFault } from './domain/plausibility.ts';
import { epochAt, type RegisterEpoch } from './domain/register-epoch.ts';
import { demandSame, directOf, evidenceOf, noteEntry, toMillisecond } from './entry.ts';
import { manualError } from './manual.errors.ts';
import {
  type EnteredRow,
  type ManualStore,
  manualStore,
  type NeighbourRow,
  type PointRow,
} from './manual.store.ts';
import type { EpochsOf } from './register-epochs.ts';
import { countOf, mostPerHour, type WrittenReading } from './written-reading.ts';

export interface ManualParts extends DoorParts {
  readonly files: FileStore;
  readonly profiles: Profiles;
  readonly epochsOf: EpochsOf;
}

export interface ReadingToEnter extends WrittenReading {
  /** Of the caller: the same id is the same reading, however often it is sent. */
  readonly id?: string | undefined;
  readonly point: string;
  readonly at: Temporal.Instant;
  readonly photo?: string | undefined;
  readonly note?: string | undefined;
  /** The meter began with it. */
  readonly opening?: boolean | undefined;
  /** Whoever enters it has seen the hints. */
  readonly confirmed?: boolean | undefined;
}

export interface Judged {
  readonly count: bigint;
  readonly hints: readonly Hint[];
  readonly previous: NeighbourRow | undefined;
  readonly next: NeighbourRow | undefined;
  /** Why the meter cannot have begun with it. */
  readonly notOpening: string | undefined;
}

export interface Entered extends Judged {
  readonly id: string;
  /** 6 with a photo, 7 without. */
  readonly evidence: 6 | 7;
  readonly repeated: boolean;
}

const MAX_PHOTO_BYTES = 15 * 1024 * 1024;
const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/heic': 'heic',
};

/** Readings that a person takes from the display. */
export class ManualService {
  readonly #parts: ManualParts;

  constructor(parts: ManualParts) {
    this.#parts = parts;
  }

  async addPhoto(asked: Asked, contentType: string, body: Readable): Promise<{ readonly id: string }> {
    const ending = ENDINGS[contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''];
    if (ending === undefined) {
      body.destroy();
      throw fileError('files_type_refused', { message: `A photo is ${Object.keys(ENDINGS).join(', ')}` });
    }
    const id = this.#parts.ids.next();
    const fileKey = `photos/${asked.organisation}/${id}.${ending}`;
    const { sha256, size } = await this.#parts.files.put(fileKey, body, {
      contentType,
      maxBytes: MAX_PHOTO_BYTES,
    });
    await this.#within(asked, async (store, tx) => {
      await store.addPhoto({
        id,
        fileKey,
        sha256,
        size,
        author: authorOf(asked),
        at: this.#parts.clock.now(),
      });
      await tx.audit.append({ action: 'reading.photo_added', subject: { type: 'reading_photo', id } });
    });
    return { id };
  }

  /** A link that works without a sign-in for a while. */
  async photoLink(asked: Asked, id: string): Promise<string> {
    const photo = await this.#within(asked, (store) => demandPhoto(store, id));
    return this.#parts.files.signedUrl(photo.fileKey, { expiresIn: 600, disposition: 'inline' });
  }

  /** What would speak against it, before anybody decides. */
  judge(asked: Asked, reading: Pick<ReadingToEnter, 'point' | 'at' | keyof WrittenReading>): Promise<Judged> {
    return this.#within(asked, async (store, tx) =>
      this.#judge(tx, await demandPoint(store, reading.point), reading),
    );
  }

  /** Everything that could refuse it, without storing anything. */
  async check(asked: Asked, reading: ReadingToEnter): Promise<Judged> {
    return (await this.#checked(asked, reading)).judged;
  }

  async enter(asked: Asked, reading: ReadingToEnter): Promise<Entered> {
    const { point, judged, entry } = await this.#checked(asked, reading);
    // Who, why and by which photo first: a reading without them would be worth less than it is.
    const { stands, isNew } = await this.#note(asked, entry, judged);
    const { stored, conflicts } = await this.#store(directOf(asked.organisation, point, stands));
    if (stands.count !== entry.count) throw contradicts(String(stands.count), entry);
    // Somebody else's reading for this instant came in between.
    const [conflict] = conflicts;
    if (conflict) throw contradicts(conflict.stored, entry, '; yours lies among the conflicts');
    return { ...judged, id: stands.id, evidence: evidenceOf(stands), repeated: !isNew || stored === 0 };
  }

  #note(asked: Asked, entry: EnteredRow, { hints }: Judged): ReturnType<typeof noteEntry> {
    return this.#within(asked, async (store, tx) => {
      const about = { hints, author: authorOf(asked), createdAt: this.#parts.clock.now() };
      const noted = await noteEntry(store, entry, about);
      const subject = { type: 'point', id: entry.point };
      if (noted.isNew) await tx.audit.append({ action: 'reading.entered', subject });
      return noted;
    });
  }

  async #checked(asked: Asked, given: ReadingToEnter) {
    const reading = { ...given, at: toMillisecond(given.at) };
    this.#demandPast(reading.at);
    const id = reading.id ?? this.#parts.ids.next();
    const { point, judged, known } = await this.#within(asked, async (store, tx) => {
      const found = await demandPoint(store, reading.point);
      if (reading.photo !== undefined) await demandPhoto(store, reading.photo);
      return {
        point: found,
        judged: await this.#judge(tx, found, reading),
        known: reading.id === undefined ? undefined : await store.entered(reading.id),
      };
    });
    const entry = entryOf(id, point, reading, judged.count);
    if (known) demandSame(known, entry);
    else if (entry.opening && judged.notOpening !== undefined) throw notOpening(judged.notOpening);
    await this.#demandTakable(directOf(asked.organisation, point, entry));
    if (!known && mustBeConfirmed(judged.hints) && reading.confirmed !== true) throw implausible(judged);
    return { point, judged, entry };
  }

  async #judge(
    tx: Tx<DoorStores>,
    point: PointRow,
    reading: Pick<ReadingToEnter, 'at' | keyof WrittenReading>,
  ): Promise<Judged> {
    const { profiles, epochsOf } = this.#parts;
    const epochs = (await epochsOf(tx, [point.no])).get(point.no) ?? [];
    const count = countOf(reading, point, profiles, epochAt(epochs, reading.at.epochMilliseconds));
    return judgeCount(tx.bind(manualStore), { point, at: reading.at, count, epochs, profiles });
  }

  /** Asked before anything is written: a value that cannot be taken leaves no trace of a reading. */
  async #demandTakable(direct: DirectReadings): Promise<void> {
    const reference = `${direct.reference}/check`;
    const { conflicts } = await this.#store({ ...direct, reference, dryRun: true });
    const [conflict] = conflicts;
    if (conflict) throw contradicts(conflict.stored, { count: conflict.offered });
  }

  async #store(direct: DirectReadings): Promise<DirectSettled> {
    const settled = await this.#parts.intake.readings(direct);
    const [first] = settled.refused;
    if (!first) return settled;
    const message = `the reading cannot be taken: ${first.reason.replaceAll('-', ' ')}`;
    throw manualError('reading_invalid', { message, details: { reason: first.reason } });
  }

  #demandPast(at: Temporal.Instant): void {
    if (Temporal.Instant.compare(at, this.#parts.clock.now().add({ minutes: 5 })) <= 0) return;
    throw manualError('reading_invalid', { message: 'the reading is of the future; check its date' });
  }

  #within<T>(
    { organisation, actor, requestId, may }: Asked,
    work: (store: ManualStore, tx: Tx<DoorStores>) => Promise<T>,
  ): Promise<T> {
    return this.#parts.db.transaction(
      {
        organisation,
        actor,
        ...(requestId !== undefined && { requestId }),
        ...(may !== undefined && { may }),
      },
      (tx) => work(tx.bind(manualStore), tx),
    );
  }
}

/** What speaks against a count at an instant, whether it is entered or put in the place of another. */
export async function judgeCount(
  store: ManualStore,
  offered: {
    readonly point: PointRow;
    readonly at: Temporal.Instant;
    readonly count: bigint;
    readonly epochs: readonly RegisterEpoch[];
    readonly profiles: Profiles;
  },
): Promise<Judged> {
  const { point, count, epochs, profiles } = offered;
  const at = offered.at.epochMilliseconds;
  const rows = await store.neighbours(point.no, offered.at);
  const known = rows.map((row) => ({ row, at: row.at.epochMilliseconds, count: row.count }));
  const before = known.filter((each) => each.at < at);
  const after = known.filter((each) => each.at > at);
  const same = known.find((each) => each.at === at);
  const hints = hintsOf({ at, count }, { before, after, same }, mostPerHour(point, profiles), epochs);
  const notOpening = openingFault({ at, count }, { before }, epochs);
  return { count, hints, previous: before.at(-1)?.row, next: after[0]?.row, notOpening };
}

const entryOf = (id: string, point: PointRow, reading: ReadingToEnter, count: bigint): EnteredRow => ({
  id,
  point: point.id,
  at: reading.at,
  count,
  photo: reading.photo ?? null,
  note: reading.note ?? null,
  opening: reading.opening === true,
});

const contradicts = (
  stored: string | null,
  { count }: { readonly count: bigint | string | null },
  and = '',
) =>
  manualError('reading_contradicts', {
    message: `${stored ?? 'no value'} is stored at this instant${and}; supersede it if it is wrong`,
    details: { stored, offered: count === null ? null : String(count) },
  });

const notOpening = (why: string) =>
  manualError('reading_not_opening', {
    message: `the meter cannot begin with this reading: ${why}; leave opening out, or declare what happened to the meter (epoch declare)`,
  });

export function implausible({ hints, previous, next }: Pick<Judged, 'hints' | 'previous' | 'next'>) {
  return manualError('reading_implausible', {
    message: `${beside(previous, 'before it')}${beside(next, 'after it')}the reading does not fit (${hints.join(', ')}): look again, declare what happened to the meter, or confirm that it is right`,
    details: { hints, previous: shownNeighbour(previous), next: shownNeighbour(next) },
  });
}

const beside = (row: NeighbourRow | undefined, where: string): string =>
  row === undefined ? '' : `${row.count} ${where}, at ${row.at.toString({ smallestUnit: 'minute' })}; `;

export const shownNeighbour = (row: NeighbourRow | undefined) =>
  row && {
    at: row.at.toString({ smallestUnit: 'millisecond' }),
    count: String(row.count),
    evidence: row.source,
  };

export async function demandPoint(store: ManualStore, id: string): Promise<PointRow> {
  const point = await store.point(id);
  if (point) return point;
  throw manualError('reading_point_not_found');
}

export async function demandPhoto(store: ManualStore, id: string): Promise<{ readonly fileKey: string }> {
  const photo = await store.photo(id);
  if (photo) return photo;
  throw manualError('reading_photo_not_found');
}
