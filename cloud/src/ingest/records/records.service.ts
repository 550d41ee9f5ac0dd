import type { Temporal } from 'temporal-polyfill';
import { localDay } from '../../kernel/period.ts';
import type { Transaction, TransactionOptions, Tx } from '../../platform/db/index.ts';
import { type BilledPoint, completenessOf, type DayOfMeter, presentKey } from '../domain/completeness.ts';
import type { Asked, DoorParts, DoorStores } from '../door-parts.ts';
import { ingestError } from '../ingest.errors.ts';
import * as sql from './records.sql.ts';
import type { Conflict, Gap, GatewayReport, Held, Letter, Refused } from './records.types.ts';

type Instant = Temporal.Instant;

export interface Page {
  readonly state?: string | undefined;
  /** Of the last one that was shown. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const LONGEST_DAYS = 92;

type PointRow = Omit<BilledPoint, 'since' | 'until'> & {
  readonly since: Instant;
  readonly until: Instant | null;
};

interface QuartersRow {
  readonly point: number;
  readonly day: Temporal.PlainDate;
  readonly present: number;
  readonly automatic: boolean;
}

/** What came in and is no reading: letters, conflicts, gaps, what is held; and how complete the rest is. */
export class RecordsService {
  readonly #parts: Pick<DoorParts, 'db' | 'clock'>;

  constructor(parts: Pick<DoorParts, 'db' | 'clock'>) {
    this.#parts = parts;
  }

  letters(asked: Asked, { state, before, limit }: Page): Promise<Letter[]> {
    return this.#look(asked, (tx) => rowsOf<Letter>(tx, sql.LETTERS, [state ?? null, before ?? null, limit]));
  }

  /** The bytes as they came. */
  async letterBytes(asked: Asked, id: string): Promise<Buffer> {
    const [row] = await this.#look(asked, (tx) =>
      rowsOf<{ bytes: Buffer | null }>(tx, sql.LETTER_BYTES, [id]),
    );
    if (!row) throw ingestError('letter_not_found');
    if (row.bytes === null) throw ingestError('letter_without_bytes');
    return row.bytes;
  }

  /** What has become of it. */
  async letterState(asked: Asked, id: string): Promise<Pick<Letter, 'state' | 'reason' | 'detail'>> {
    const [row] = await this.#look(asked, (tx) =>
      rowsOf<Pick<Letter, 'state' | 'reason' | 'detail'>>(tx, sql.LETTER_STATE, [id]),
    );
    if (!row) throw ingestError('letter_not_found');
    return row;
  }

  /** The pipeline takes it in again within a second or two; what is refused again stays a letter. */
  replay(asked: Asked, id: string): Promise<void> {
    return this.#decide(asked, id, { state: 'replay', action: 'ingest.letter_replayed' });
  }

  discard(asked: Asked, id: string, reason: string): Promise<void> {
    return this.#decide(asked, id, { state: 'discarded', action: 'ingest.letter_discarded', reason });
  }

  conflicts(asked: Asked, { state, before, limit }: Page): Promise<Conflict[]> {
    return this.#look(asked, (tx) =>
      rowsOf<Conflict>(tx, sql.CONFLICTS, [state ?? null, before ?? null, limit]),
    );
  }

  /** Somebody has looked: the stored value stands. To put another one in its place is a correction. */
  dismissConflict(asked: Asked, id: string, reason: string): Promise<void> {
    return this.#change(asked, async (tx) => {
      const rows = await rowsOf(tx, sql.DISMISS_CONFLICT, [id, this.#now()]);
      if (rows.length === 0) throw ingestError('conflict_not_found');
      await tx.audit.append({
        action: 'ingest.conflict_dismissed',
        subject: { type: 'reading_conflict', id },
        reason,
      });
    });
  }

  gaps(asked: Asked): Promise<Gap[]> {
    return this.#look(asked, (tx) => rowsOf<Gap>(tx, sql.GAPS, []));
  }

  held(asked: Asked): Promise<Held[]> {
    return this.#look(asked, (tx) => rowsOf<Held>(tx, sql.HELD, []));
  }

  /** Every refused message since then, also those that were not kept. */
  refused(asked: Asked, since: Instant): Promise<Refused[]> {
    return this.#look(asked, (tx) => rowsOf<Refused>(tx, sql.REFUSED, [since.toString()]));
  }

  async gatewayReport(asked: Asked, gateway: string): Promise<GatewayReport | undefined> {
    const [row] = await this.#look(asked, (tx) => rowsOf<GatewayReport>(tx, sql.STATE, [gateway]));
    return row;
  }

  /** By meter and day of its building, both ends belonging. */
  async completeness(
    asked: Asked,
    {
      from,
      to,
      meter,
    }: {
      readonly from: Temporal.PlainDate;
      readonly to: Temporal.PlainDate;
      readonly meter?: string | undefined;
    },
  ): Promise<DayOfMeter[]> {
    const days = daysOf(from, to);
    return this.#look(asked, async (tx) => {
      const points = (await rowsOf<PointRow>(tx, sql.BILLED_POINTS, [meter ?? null])).map(
        ({ since, until, ...rest }): BilledPoint => ({
          ...rest,
          since: since.epochMilliseconds,
          until: until?.epochMilliseconds ?? null,
        }),
      );
      const present = new Map<string, number>();
      const systems = new Set(points.flatMap(({ no, automatic }) => (automatic ? [no] : [])));
      for (const zone of new Set(points.map((point) => point.zone))) {
        const own = points.filter((point) => point.zone === zone).map(({ no }) => no);
        const [start, end] = [localDay(from, zone).start.toString(), localDay(to, zone).end.toString()];
        for (const row of await rowsOf<QuartersRow>(tx, sql.QUARTERS, [own, start, end, zone])) {
          present.set(presentKey(row.point, row.day.toString()), row.present);
          if (row.automatic) systems.add(row.point);
        }
        // A system that has fallen silent is missed all the same.
        for (const { point } of await rowsOf<{ point: number }>(tx, sql.SENT_LATELY, [own, end]))
          systems.add(point);
      }
      const read = points.map((point) => ({ ...point, automatic: systems.has(point.no) }));
      return completenessOf(read, present, days, this.#parts.clock.now().epochMilliseconds);
    });
  }

  #decide(
    asked: Asked,
    id: string,
    {
      state,
      action,
      reason,
    }: { readonly state: 'replay' | 'discarded'; readonly action: string; readonly reason?: string },
  ): Promise<void> {
    return this.#change(asked, async (tx) => {
      const closedAt = state === 'replay' ? null : this.#now();
      const [row] = await rowsOf<{ hasBytes: boolean }>(tx, sql.DECIDE_LETTER, [id, state, closedAt]);
      if (!row) throw ingestError('letter_not_found');
      if (state === 'replay' && !row.hasBytes) throw ingestError('letter_without_bytes');
      await tx.audit.append({
        action,
        subject: { type: 'dead_letter', id },
        ...(reason !== undefined && { reason }),
      });
    });
  }

  #now(): string {
    return this.#parts.clock.now().toString();
  }

  #look<T>(asked: Asked, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#parts.db.transaction({ ...(asked as TransactionOptions), readOnly: true }, work);
  }

  #change<T>(asked: Asked, work: (tx: Tx<DoorStores>) => Promise<T>): Promise<T> {
    return this.#parts.db.transaction(asked as TransactionOptions, work);
  }
}

function daysOf(from: Temporal.PlainDate, to: Temporal.PlainDate): string[] {
  const length = from.until(to, { largestUnit: 'days' }).days + 1;
  if (length < 1 || length > LONGEST_DAYS) {
    const message = `${from} to ${to} is not a period of 1 to ${LONGEST_DAYS} days`;
    throw ingestError('completeness_period_invalid', { message });
  }
  return Array.from({ length }, (_, n) => from.add({ days: n }).toString());
}

async function rowsOf<Row>(tx: Transaction, text: string, parameters: readonly unknown[]): Promise<Row[]> {
  const { rows } = await tx.query(text, parameters);
  return rows as Row[];
}
