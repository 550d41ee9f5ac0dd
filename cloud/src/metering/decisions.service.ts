import type { QuantityUnit } from '@meterline/contracts';
import type { AuditLog } from '../audit/index.ts';
import { isUuid } from '../kernel/ids.ts';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './decisions.sql.ts';
import type {
  ListedEpoch,
  ListedSuspect,
  ResolutionGiven,
  SuspectQuery,
  SuspectResolution,
} from './decisions.types.ts';
import { type EpochGiven, epochFrom } from './domain/declared-epoch.ts';
import { hasFraction } from './domain/epoch.ts';
import { rulesOfPoint } from './domain/profile-epoch.ts';
import { type LedgerStore, ledgerStore } from './ledger.store.ts';
import type { LedgerPoint, StoredEpoch } from './ledger.types.ts';
import { meteringError } from './metering.errors.ts';
import type { Asking, MeteringParts } from './metering.parts.ts';
import { readingsAround } from './readings-around.ts';
import { timeText } from './times.ts';

type Row<T> = T & Record<string, unknown>;
type Tx = Transaction & { readonly audit: AuditLog };

/** More than that is no glitch, and is voided where readings are corrected. */
const MOST_VOIDED = 2_000;

/** What people decide about registers: declared once, never edited; the ledger works out what follows from it. */
export class DecisionsService {
  readonly #parts: MeteringParts;

  constructor(parts: MeteringParts) {
    this.#parts = parts;
  }

  async epochs(asking: Asking, point: string): Promise<readonly ListedEpoch[]> {
    return this.#parts.db.transaction({ ...asking, readOnly: true }, async (tx) => {
      await numberOf(tx, point);
      return (await tx.query<Row<ListedEpoch>>(sql.EPOCHS_LIST_SQL, [tx.organisation, point])).rows;
    });
  }

  /** A meter was set in, replaced or reset, its register turned over, or its counts are worth something else from now on. */
  declare(asking: Asking, point: string, given: EpochGiven): Promise<{ readonly id: string }> {
    return this.#parts.db.transaction({ ...asking, attempts: 3 }, async (tx) => {
      const [held] = await tx.bind(ledgerStore).lock([await numberOf(tx, point)]);
      if (!held) throw meteringError('usage_subject_not_found');
      return { id: await this.#declare(tx, held, given, authorOf(asking)) };
    });
  }

  async suspects(
    asking: Asking,
    { point, open, after, limit }: SuspectQuery,
  ): Promise<readonly ListedSuspect[]> {
    const values = [asking.organisation, point ?? null, open, after?.at ?? null, after?.id ?? null, limit];
    return this.#parts.db.transaction(
      { ...asking, readOnly: true },
      async (tx) => (await tx.query<Row<ListedSuspect>>(sql.SUSPECTS_SQL, values)).rows,
    );
  }

  /** Says what a suspicion was. Declared as an event of the register it is billed so; dismissed it stays unbilled. */
  resolve(asking: Asking, id: string, given: ResolutionGiven): Promise<{ readonly epoch: string | null }> {
    return this.#parts.db.transaction({ ...asking, attempts: 3 }, async (tx) => {
      const suspect = await findSuspect(tx, id);
      const [held] = await tx.bind(ledgerStore).lock([suspect.no]);
      if (!held) throw meteringError('suspect_not_found');
      const author = authorOf(asking);
      const epoch = await this.#act(tx, held, suspect, given, author);
      const now = this.#parts.clock.now();
      const { rowCount } = await tx.query(sql.RESOLVE_SQL, [id, given.as, epoch, given.reason, now, author]);
      if (rowCount === 0) throw meteringError('suspect_resolved');
      const subject = { type: 'suspect', id };
      await tx.audit.append({ action: `suspect.${given.as}`, subject, reason: given.reason });
      return { epoch };
    });
  }

  async #act(
    tx: Tx,
    point: LedgerPoint,
    suspect: ListedSuspect,
    given: ResolutionGiven,
    author: string,
  ): Promise<string | null> {
    if (given.as === 'dismissed') return null;
    if (given.as === 'voided') {
      await this.#void(tx, point, suspect, given, author);
      return null;
    }
    return this.#declare(tx, point, epochOf(suspect, given.as, given), author);
  }

  async #declare(tx: Tx, point: LedgerPoint, given: EpochGiven, author: string): Promise<string> {
    const store = tx.bind(ledgerStore);
    const epochs = (await store.epochs([point.no])).get(point.no) ?? [];
    const rules = rulesOfPoint(point, this.#parts.profiles);
    const counted = given.opening === undefined ? await countAt(store, point, given.at) : undefined;
    const made = epochFrom(given, { epochs, rules, counted });
    if (!made.ok) throw meteringError(made.error.code, { message: made.error.message });
    const id = this.#parts.ids.next();
    const epoch: StoredEpoch = {
      ...made.value.epoch,
      unit: made.value.unit as QuantityUnit,
      id,
      automatic: false,
    };
    const now = this.#parts.clock.now();
    const gone = epochs.filter(({ id: other }) => made.value.supersedes.includes(other));
    await tx.query(sql.SUPERSEDE_SQL, [made.value.supersedes, now, id]);
    const evidence = {
      ...(given.evidence !== undefined && { note: given.evidence }),
      ...(counted && { counted: counted.method }),
    };
    await store.addEpoch(point, epoch, { evidence, reason: given.reason, author, at: now });
    const next = epochs.find(
      ({ from, id: other }) => from > epoch.from && !made.value.supersedes.includes(other),
    );
    const from = Math.min(epoch.from, ...gone.map((each) => each.from));
    await store.noteDirty([{ point: point.no, from, to: next?.from ?? Infinity }]);
    const subject = { type: 'point', id: point.id };
    const fields = ['kind', 'from', 'opening', 'closing', ...(hasFraction(epoch) ? ['ratio'] : [])];
    await tx.audit.append({ action: 'epoch.declared', subject, fields, reason: given.reason });
    return id;
  }

  async #void(
    tx: Tx,
    point: LedgerPoint,
    suspect: ListedSuspect,
    { reason }: ResolutionGiven,
    author: string,
  ): Promise<void> {
    if (suspect.state !== 'held')
      throw meteringError('suspect_resolved', {
        message: 'only readings that are held can be voided together; void others one by one',
      });
    const from = suspect.fromAt.epochMilliseconds;
    const to = suspect.resumesAt?.epochMilliseconds ?? Infinity;
    const loaded = (await tx.bind(ledgerStore).readings([{ point: point.no, from, to }], 1)).get(point.no);
    const times = (loaded?.readings ?? [])
      .filter(({ at }) => at >= from && at < to)
      .map(({ at }) => timeText(at));
    if (times.length > MOST_VOIDED)
      throw meteringError('epoch_invalid', {
        message: `${times.length} readings are too many to void together`,
      });
    const ids = times.map(() => this.#parts.ids.next());
    const now = this.#parts.clock.now();
    await tx.query(sql.VOID_SQL, [tx.organisation, point.id, point.no, ids, times, reason, author, now]);
    await tx.bind(ledgerStore).noteDirty([{ point: point.no, from, to }]);
  }
}

async function numberOf(tx: Transaction, point: string): Promise<number> {
  if (!isUuid(point)) throw meteringError('usage_subject_not_found');
  const { rows } = await tx.query<{ no: number }>(sql.POINT_NO_SQL, [tx.organisation, point]);
  const [found] = rows;
  if (!found) throw meteringError('usage_subject_not_found');
  return found.no;
}

async function findSuspect(tx: Transaction, id: string): Promise<ListedSuspect & { readonly no: number }> {
  if (!isUuid(id)) throw meteringError('suspect_not_found');
  type Found = Row<ListedSuspect & { readonly no: number }>;
  const [suspect] = (await tx.query<Found>(sql.SUSPECT_SQL, [tx.organisation, id])).rows;
  if (!suspect) throw meteringError('suspect_not_found');
  if (suspect.resolution !== null || suspect.state === 'withdrawn') throw meteringError('suspect_resolved');
  return suspect;
}

async function countAt(store: LedgerStore, { no }: LedgerPoint, at: number) {
  const around = await readingsAround(store, no, at);
  return around.count === undefined ? undefined : { count: around.count, method: around.method };
}

type Declared = Exclude<SuspectResolution, 'dismissed' | 'voided'>;

/** A reset happened between the last reading before and the first after it; when, nobody saw: half-way, if nobody says. */
function epochOf(suspect: ListedSuspect, kind: Declared, given: ResolutionGiven): EpochGiven {
  const [since, from] = [suspect.sinceAt.epochMilliseconds, suspect.fromAt.epochMilliseconds];
  const { reason } = given;
  if (kind === 'confirmed') {
    const count = BigInt(suspect.after);
    const at = suspect.resumesAt?.epochMilliseconds ?? from;
    return { kind, at, opening: count, closing: count, reason };
  }
  const at = given.at ?? Math.floor((since + from) / 2);
  return { kind, at, reason, opening: given.opening, closing: given.closing };
}

const authorOf = ({ actor }: Asking): string =>
  actor.id === undefined ? actor.kind : `${actor.kind} ${actor.id}`;
