import type { Temporal } from 'temporal-polyfill';
import type { Transaction, Tx } from '../../platform/db/index.ts';
import { type Asked, authorOf, type DoorStores } from '../door-parts.ts';
import { mustBeConfirmed } from './domain/plausibility.ts';
import { epochAt } from './domain/register-epoch.ts';
import { manualError } from './manual.errors.ts';
import { demandPhoto, demandPoint, implausible, judgeCount, type ManualParts } from './manual.service.ts';
import {
  type Correction,
  type CorrectionKind,
  type ManualStore,
  manualStore,
  type PointRow,
} from './manual.store.ts';
import { countOf, type WrittenReading } from './written-reading.ts';

export interface CorrectionToMake extends WrittenReading {
  readonly point: string;
  readonly at: Temporal.Instant;
  readonly kind: CorrectionKind;
  readonly reason: string;
  readonly photo?: string | undefined;
  /** Whoever decides has seen the hints. */
  readonly confirmed?: boolean | undefined;
}

/** What a person decides about readings that are stored: they stay, and the newest decision counts (law 2). */
export class CorrectionsService {
  readonly #parts: Omit<ManualParts, 'intake' | 'files'>;

  constructor(parts: Omit<ManualParts, 'intake' | 'files'>) {
    this.#parts = parts;
  }

  /** The decision, its audit entry and what the ledger must look at again, in one transaction. */
  correct(asked: Asked, wanted: CorrectionToMake): Promise<Correction> {
    const author = authorOf(asked);
    return this.#within(asked, async (store, tx) => {
      await store.lockPoint(wanted.point);
      const id = this.#parts.ids.next();
      const point = await demandPoint(store, wanted.point);
      if (wanted.photo !== undefined) await demandPhoto(store, wanted.photo);
      await demandReading(store, point, wanted);
      const { at, kind, reason, photo } = wanted;
      const value = kind === 'superseded' ? await this.#valueOf(store, tx, wanted, point) : undefined;
      const createdAt = this.#parts.clock.now();
      await store.addCorrection({ id, point, at, kind, value, reason, author, photo, createdAt });
      await tx.audit.append({ action: `reading.${kind}`, subject: { type: 'point', id: point.id }, reason });
      const payload = { point: point.id, at: at.epochMilliseconds, kind, correction: id };
      await tx.outbox.add({ topic: READING_CORRECTED, key: point.id, payload });
      const [made] = await store.corrections(point.id, undefined, 1);
      if (!made) throw manualError('reading_not_found');
      return made;
    });
  }

  list(
    asked: Asked,
    page: {
      readonly point?: string | undefined;
      readonly before?: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly Correction[]> {
    return this.#within(asked, (store) => store.corrections(page.point, page.before, page.limit));
  }

  /** A gauge has no register on a display: what stands in its place is a whole number of its unit. */
  async #valueOf(
    store: ManualStore,
    tx: Transaction,
    wanted: CorrectionToMake,
    point: PointRow,
  ): Promise<bigint> {
    if (point.class !== 'gauge') {
      const { epochsOf, profiles } = this.#parts;
      const epochs = (await epochsOf(tx, [point.no])).get(point.no) ?? [];
      const count = countOf(wanted, point, profiles, epochAt(epochs, wanted.at.epochMilliseconds));
      const judged = await judgeCount(store, { point, at: wanted.at, count, epochs, profiles });
      // That it is another one than the stored is the point of it.
      const hints = judged.hints.filter((hint) => hint !== 'differs-from-stored');
      if (mustBeConfirmed(hints) && wanted.confirmed !== true) throw implausible({ ...judged, hints });
      return count;
    }
    if (wanted.count !== undefined && /^-?\d{1,18}$/.test(wanted.count)) return BigInt(wanted.count);
    throw manualError('reading_invalid', {
      message: 'a gauge is superseded by count, a whole number of its unit',
    });
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

export const READING_CORRECTED = 'reading.corrected';

async function demandReading(
  store: ManualStore,
  point: PointRow,
  { at, kind }: CorrectionToMake,
): Promise<void> {
  if ((await store.stored(point.no, at)) === undefined) {
    throw manualError('reading_not_found', {
      message: `the point has no reading at ${at.toString({ smallestUnit: 'millisecond' })}`,
    });
  }
  const newest = await store.newestDecision(point.no, at);
  if (kind === 'restored' && (newest === undefined || newest === 'restored'))
    throw manualError('reading_not_corrected');
}
