import type { QuantityUnit } from '@meterline/contracts';
import type { AuditLog } from '../audit/index.ts';
import { mustBeConfirmed } from '../ingest/index.ts';
import { isUuid } from '../kernel/ids.ts';
import type { Outbox, Transaction } from '../platform/db/index.ts';
import * as sql from './decisions.sql.ts';
import type {
  ListedEpoch,
  ListedSuspect,
  ResolutionGiven,
  SuspectQuery,
  SuspectResolution,
} from './decisions.types.ts';
import { declarationDoubts } from './declaration-hints.ts';
import { type Beginning, declaredBeginning, leadsUpTo } from './declared-beginning.ts';
import { belongs } from './domain/citation.ts';
import { type EpochGiven, epochFrom } from './domain/declared-epoch.ts';
import { hasFraction } from './domain/epoch.ts';
import { counterOf, rulesOfPoint } from './domain/profile-epoch.ts';
import { type LedgerStore, ledgerStore } from './ledger.store.ts';
import type { LedgerPoint, StoredEpoch } from './ledger.types.ts';
import { meteringError } from './metering.errors.ts';
import { suspectEvents } from './metering.events.ts';
import type { Asking, MeteringParts } from './metering.parts.ts';
import { readingsAround } from './readings-around.ts';
import { timeText } from './times.ts';

type Row<T> = T & Record<string, unknown>;
type Tx = Transaction & { readonly audit: AuditLog; readonly outbox: Outbox };

/** One of the first cites its register, if any does. */
const FIRST_READINGS = 8;
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

  /**
   * An opening that came with a reading. Where the register has begun already it stands: what was billed since is not
   * given up. An earlier one moves the beginning back if it leads up to it; else a person is asked.
   */
  begin(asking: Asking, point: string, given: Beginning & { readonly evidence: string }): Promise<void> {
    return this.#parts.db.transaction({ ...asking, attempts: 3 }, async (tx) => {
      const store = tx.bind(ledgerStore);
      const [held] = await store.lock([await numberOf(tx, point)]);
      if (!held) throw meteringError('usage_subject_not_found');
      const epochs = (await store.epochs([held.no])).get(held.no) ?? [];
      const [first] = epochs;
      if (first && (first.from < given.at || (first.from === given.at && !first.automatic))) return;
      const begun = declaredBeginning(epochs, given.at);
      if (begun && !(await leadsUpTo(store, held.no, given, begun))) {
        await this.#listOpening(tx, held, given, begun);
        return;
      }
      const reason = 'came as the opening of the meter';
      const declared = { kind: 'installed', reason, confirmed: true } as const;
      await this.#declare(tx, held, { ...declared, ...given }, authorOf(asking));
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
    if (suspect.kind === 'opening')
      throw meteringError('epoch_invalid', {
        message:
          'an opening that does not lead up: declare what the meter began with (epoch declare), then dismiss it',
      });
    if (suspect.kind === 'other-register' && given.as !== 'replaced' && given.as !== 'voided')
      throw meteringError('epoch_invalid', {
        message:
          'another register is cited: say replaced, with the closing if it is known, dismissed or voided',
      });
    if (given.as === 'voided') {
      await this.#void(tx, point, suspect, given, author);
      return null;
    }
    return this.#declare(tx, point, epochOf(suspect, given.as, given), author);
  }

  async #declare(tx: Tx, point: LedgerPoint, given: EpochGiven, author: string): Promise<string> {
    const store = tx.bind(ledgerStore);
    const epochs = (await store.epochs([point.no])).get(point.no) ?? [];
    const { profiles } = this.#parts;
    const register = await registerFrom(store, point, given, epochs);
    if (given.register !== undefined && !counterOf(given.register, profiles))
      throw meteringError('epoch_invalid', { message: `no counter "${given.register}" is known` });
    const before = epochs.findLast(({ from }) => from <= given.at);
    const isOther = before !== undefined && register !== null && !belongs(register, before, profiles);
    const rules = rulesOfPoint({ ...point, register: register ?? point.register }, profiles);
    const counted = given.opening === undefined ? await countAt(store, point, given.at) : undefined;
    const begun = given.kind === 'installed' ? declaredBeginning(epochs, given.at) : undefined;
    const beginning = { at: given.at, opening: given.opening ?? 0n };
    const joins = begun !== undefined && (await leadsUpTo(store, point.no, beginning, begun));
    if (begun && !joins && given.confirmed !== true)
      throw meteringError('epoch_implausible', {
        message: `it does not lead up to what the register was said to begin with, ${begun.opening} at ${timeText(begun.from)}: look again, or confirm that it is right`,
      });
    const joined = joins ? begun.id : undefined;
    const made = epochFrom(given, { epochs, rules, isOther, joined, counted });
    if (!made.ok) throw meteringError(made.error.code, { message: made.error.message });
    const id = this.#parts.ids.next();
    const epoch: StoredEpoch = {
      ...made.value.epoch,
      unit: made.value.unit as QuantityUnit,
      id,
      automatic: false,
      register,
    };
    if (given.confirmed !== true) await demandPlausible(store, { point: point.no, epoch, epochs }, profiles);
    const now = this.#parts.clock.now();
    const gone = epochs.filter(({ id: other }) => made.value.supersedes.includes(other));
    await store.supersede(made.value.supersedes, id, now);
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

  async #listOpening(tx: Tx, point: LedgerPoint, { at, opening }: Beginning, begun: StoredEpoch) {
    const said = { since: at, before: opening, from: begun.from, after: begun.opening };
    const rest = { until: undefined, resumes: undefined, left: 0 };
    const anomaly = { ...said, ...rest, kind: 'opening', state: 'proposed', point } as const;
    await tx.bind(ledgerStore).saveAnomalies([anomaly], this.#parts.ids, this.#parts.clock.now());
    await tx.outbox.add(...suspectEvents([{ anomaly, before: undefined }], []));
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

async function demandPlausible(
  store: LedgerStore,
  declaration: Parameters<typeof declarationDoubts>[1],
  profiles: MeteringParts['profiles'],
): Promise<void> {
  const { hints, sentences } = await declarationDoubts(store, declaration, profiles);
  if (!mustBeConfirmed(hints)) return;
  throw meteringError('epoch_implausible', {
    message: `${sentences.join('; ')}: look again, or confirm that it is right`,
    details: { hints },
  });
}

/**
 * Whose counts they are from then on. A meter that was set in may be another model than the one before: it is what the
 * readings after it cite. As long as there are none, anything that is worth as much.
 */
async function registerFrom(
  store: LedgerStore,
  point: LedgerPoint,
  { kind, at, register }: EpochGiven,
  epochs: readonly StoredEpoch[],
): Promise<string | null> {
  const before = epochs.findLast(({ from }) => from <= at);
  const same = before === undefined ? point.register : before.register;
  if (register !== undefined) return register;
  if (kind !== 'installed' && kind !== 'replaced') return same;
  const end = epochs.find(({ from, automatic }) => from > at && !automatic)?.from ?? Infinity;
  const loaded = (await store.readings([{ point: point.no, from: at, to: at }], FIRST_READINGS)).get(
    point.no,
  );
  const cites = loaded?.readings.find(
    (reading) => reading.at >= at && reading.at < end && typeof reading.cites === 'string',
  )?.cites;
  if (typeof cites === 'string') return cites;
  return kind === 'replaced' && before !== undefined ? null : same;
}

type Declared = Exclude<SuspectResolution, 'dismissed' | 'voided'>;

/** A reset happened between the last reading before and the first after it; when, nobody saw: half-way, if nobody says. */
function epochOf(suspect: ListedSuspect, kind: Declared, given: ResolutionGiven): EpochGiven {
  const [since, from] = [suspect.sinceAt.epochMilliseconds, suspect.fromAt.epochMilliseconds];
  const { reason, confirmed } = given;
  if (kind === 'confirmed') {
    const count = BigInt(suspect.after);
    const at = suspect.resumesAt?.epochMilliseconds ?? from;
    return { kind, at, opening: count, closing: count, reason };
  }
  // Another register is read from the first reading on that cites it.
  if (suspect.kind === 'other-register') {
    const opening = given.opening ?? (given.at === undefined ? BigInt(suspect.after) : undefined);
    return { kind, at: given.at ?? from, reason, opening, closing: given.closing, confirmed };
  }
  const at = given.at ?? Math.floor((since + from) / 2);
  return { kind, at, reason, opening: given.opening, closing: given.closing, confirmed };
}

const authorOf = ({ actor }: Asking): string =>
  actor.id === undefined ? actor.kind : `${actor.kind} ${actor.id}`;
