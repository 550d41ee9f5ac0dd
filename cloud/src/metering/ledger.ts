import type { MeterProfile } from '@meterline/contracts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Outbox, Transaction } from '../platform/db/index.ts';
import { withForeign } from './domain/citation.ts';
import { type Day, dayOf, type LocalDay, localDays } from './domain/days.ts';
import type { DirtyRange } from './domain/dirty.ts';
import { HOUR_MS, type HourChanges, hourChanges, hourFloor, type StoredHour } from './domain/hours.ts';
import type { Anomaly } from './domain/line.ts';
import { type Recomputed, recompute } from './domain/recompute.ts';
import { EpochKeeper } from './epoch-keeper.ts';
import { type LedgerStore, ledgerStore, type PointHour } from './ledger.store.ts';
import type { Change, LedgerPoint, LoadedReadings, StoredAnomaly, StoredEpoch } from './ledger.types.ts';
import { contradictionEvents, suspectEvents, usageEvents } from './metering.events.ts';
import { VersionKeeper } from './version-keeper.ts';

export interface LedgerOptions {
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly ids: Ids;
  readonly clock: Clock;
}

export interface LedgerTx extends Transaction {
  readonly outbox: Outbox;
}

type Done = Extract<Recomputed, { kind: 'done' }>;

/** One point on its way through a recomputation. */
interface Work {
  readonly point: LedgerPoint;
  readonly epochs: readonly StoredEpoch[];
  readonly dirty: DirtyRange;
  readonly zone: string;
  /** Asked for without an end: its days are written again, whether or not their hours differ. */
  readonly rebuild: boolean;
}

interface Result extends Work {
  readonly done: Done;
  readonly known: readonly StoredAnomaly[];
  readonly contradicted: readonly number[];
}

interface DayChanges extends HourChanges {
  readonly result: Result;
  readonly hours: Map<number, StoredHour>;
  /** All hours of the days in it are among them. */
  readonly days: { readonly from: number; readonly to: number | undefined };
}

/** A change is worked out in slices of at most so much: the rest waits for its next turn. */
const SLICE_MS = 92 * 24 * HOUR_MS;
/** Readings of each class beyond the range at the first try, and how far it is widened when they do not suffice. */
const NEIGHBOURS = 4;
const MARGINS_MS = [HOUR_MS, 26 * HOUR_MS, 8 * 24 * HOUR_MS, 62 * 24 * HOUR_MS, Infinity] as const;

/**
 * Works out anew what changes of some points touch, in one transaction: hold the points, read, decide (domain/), write
 * what differs, tell. Doing it again, or not having been told of all changes at once, gives the same.
 */
export class Ledger {
  readonly #tx: LedgerTx;
  readonly #store: LedgerStore;
  readonly #options: LedgerOptions;

  constructor(tx: LedgerTx, options: LedgerOptions) {
    this.#tx = tx;
    this.#store = tx.bind(ledgerStore);
    this.#options = options;
  }

  /** One change a point. Answers how many hours turned out to be different. */
  async apply(changes: readonly Change[]): Promise<{ readonly hours: number }> {
    const points = await this.#store.lock(changes.map(({ point }) => point));
    const keeper = new EpochKeeper(this.#store, this.#options);
    const kept = await keeper.epochsFor(points, changes);
    const work = kept.flatMap(({ point, epochs, dirty }): Work[] => {
      const zone = point.zone ?? 'UTC';
      return epochs.length === 0
        ? []
        : [{ point, epochs, dirty: sliced(dirty), zone, rebuild: dirty.to === Infinity }];
    });
    const results = await this.#recompute(work);
    const hours = await this.#save(results);
    await this.#store.noteDirty(kept.flatMap(({ point, dirty }) => rest(point.no, dirty, results)));
    return { hours };
  }

  /** Reads ever wider around those that cannot be decided yet, until all are. */
  async #recompute(work: readonly Work[]): Promise<readonly Result[]> {
    const results: Result[] = [];
    const versions = new VersionKeeper(this.#store, this.#options);
    let open = work.map((each) => ({ ...each, back: 0, ahead: 0 }));
    while (open.length > 0) {
      const readings = await this.#store.readings(
        open.map(({ point, dirty, back, ahead }) => ({
          point: point.no,
          from: dirty.from - (MARGINS_MS[back] ?? Infinity),
          to: dirty.to + (MARGINS_MS[ahead] ?? Infinity),
        })),
        NEIGHBOURS,
      );
      const known = await this.#store.known(open.map((each) => firstOf(each, readings.get(each.point.no))));
      const more: typeof open = [];
      for (const each of open) {
        const spans = known.get(each.point.no) ?? [];
        const loaded = readings.get(each.point.no) ?? NO_READINGS;
        const held = await versions.epochsFor(each.point, each.epochs, loaded);
        const epochs = withForeign(held, loaded.readings, this.#options.profiles);
        const done = recompute({ ...loaded, epochs, dirty: each.dirty, known: spans });
        const { contradicted } = loaded;
        if (done.kind === 'done') results.push({ ...each, epochs, done, known: spans, contradicted });
        else if (done.where === 'back') more.push({ ...each, epochs, back: each.back + 1 });
        else more.push({ ...each, epochs, ahead: each.ahead + 1 });
      }
      open = more;
    }
    return results;
  }

  async #save(results: readonly Result[]): Promise<number> {
    const windows = results.map(dayWindow);
    const stored = await this.#store.hours(windows);
    const changes = results.map((result, place) => {
      const hours = stored.get(result.point.no) ?? new Map<number, StoredHour>();
      const days = windows[place]?.days ?? result.done;
      return { result, hours, days, ...hourChanges(hours, result.done) };
    });
    const now = this.#options.clock.now();
    await this.#store.saveHours(changes.flatMap(({ result, changed }) => pointed(result, changed)));
    await this.#store.saveRevisions(
      changes.flatMap(({ result, revised }) => pointed(result, revised)),
      now,
    );
    await this.#saveDays(changes);
    await this.#saveAnomalies(results);
    const contradicted = results.flatMap(({ point, contradicted: times }) =>
      times.map((at) => ({ point: point.no, at })),
    );
    const conflicts = await this.#store.noteContradictions(contradicted, now);
    await this.#tx.outbox.add(...contradictionEvents(conflicts));
    await this.#store.saveBelieved(results.flatMap(lastBelieved));
    const usage = changes.filter(({ changed }) => changed.length > 0);
    await this.#tx.outbox.add(...usageEvents(usage.map(({ result, changed }) => ({ ...result, changed }))));
    return usage.reduce((sum, { changed }) => sum + changed.length, 0);
  }

  async #saveDays(changes: readonly DayChanges[]): Promise<void> {
    const days: (Day & { point: number })[] = [];
    const gone: { point: number; date: string }[] = [];
    for (const { result, hours, days: known, changed } of changes) {
      for (const hour of changed) hours.set(hour.at, hour);
      const written = result.rebuild ? [...hours.values()].sort((a, b) => a.at - b.at) : changed;
      const [first, last] = [written[0], written.at(-1)];
      if (!first || !last) continue;
      const touched = new Set(written.map(({ at }) => at));
      for (const local of localDays(first.at, last.at + HOUR_MS, result.zone)) {
        const isKnown = local.from >= known.from && local.to <= (known.to ?? Infinity);
        if (!isKnown || !touches(local, touched)) continue;
        const day = dayOf(hours, local);
        if (day) days.push({ ...day, point: result.point.no });
        else gone.push({ point: result.point.no, date: local.date });
      }
    }
    await this.#store.saveDays(days);
    await this.#store.dropDays(gone);
  }

  async #saveAnomalies(results: readonly Result[]): Promise<void> {
    const now = this.#options.clock.now();
    const fresh: (Anomaly & { readonly point: LedgerPoint; readonly before_: StoredAnomaly | undefined })[] =
      [];
    const gone: { readonly point: LedgerPoint; readonly anomaly: StoredAnomaly }[] = [];
    for (const { point, done, known } of results) {
      const { since, met = Infinity } = done;
      const replaced = known.filter((anomaly) => anomaly.since >= since && anomaly.since < met);
      const byKey = new Map(replaced.map((anomaly) => [keyOf(anomaly), anomaly]));
      for (const anomaly of done.anomalies) {
        const before = byKey.get(keyOf(anomaly));
        byKey.delete(keyOf(anomaly));
        if (!before || !isSameAnomaly(before, anomaly)) fresh.push({ ...anomaly, point, before_: before });
      }
      for (const anomaly of byKey.values()) gone.push({ point, anomaly });
    }
    // First what is gone: its place may be taken.
    await this.#store.withdraw(
      gone.map(({ anomaly }) => anomaly.id),
      now,
    );
    await this.#store.saveAnomalies(fresh, this.#options.ids, now);
    await this.#tx.outbox.add(
      ...suspectEvents(
        fresh.map(({ before_, ...anomaly }) => ({ anomaly, before: before_ })),
        gone,
      ),
    );
  }
}

const NO_READINGS: LoadedReadings = { readings: [], reachBack: true, reachEnd: true, contradicted: [] };

const sliced = ({ from, to }: DirtyRange): DirtyRange => ({ from, to: Math.min(to, from + SLICE_MS) });

/** What lies beyond the slice, unless everything to the last reading has been seen already. */
function rest(point: number, dirty: DirtyRange, results: readonly Result[]): readonly Change[] {
  const result = results.find((each) => each.point.no === point);
  if (!result || result.done.to === undefined || dirty.to <= result.dirty.to) return [];
  return [{ point, from: result.dirty.to, to: dirty.to }];
}

function firstOf({ point, dirty }: Work, loaded: LoadedReadings | undefined) {
  return { point: point.no, from: Math.min(loaded?.readings[0]?.at ?? dirty.from, dirty.from) };
}

/**
 * The local days that the hours of the replaced quarters lie in, and the hours of those days. Where midnight is within
 * an hour (18:15 UTC in Kathmandu), the first and the last hour are of a day as well that is not among them.
 */
function dayWindow({ point, done, zone }: Result) {
  const [first] = localDays(hourFloor(done.from), done.from + 1, zone);
  const last =
    done.to === undefined ? undefined : localDays(done.to, hourFloor(done.to) + HOUR_MS, zone).at(-1);
  const days = { from: first?.from ?? done.from, to: last?.to ?? Infinity };
  return { point: point.no, from: hourFloor(days.from), to: days.to, days };
}

function touches({ from, to }: LocalDay, hours: ReadonlySet<number>): boolean {
  for (let hour = hourFloor(from); hour < to; hour += HOUR_MS) if (hours.has(hour)) return true;
  return false;
}

const pointed = ({ point }: Work, hours: readonly StoredHour[]): readonly PointHour[] =>
  hours.map((hour) => ({ ...hour, point: point.no }));

function lastBelieved({ point, done }: Result) {
  return done.to === undefined && done.last ? [{ point: point.no, ...done.last }] : [];
}

const keyOf = ({ since, from }: Anomaly): string => `${since} ${from}`;

const COMPARED = ['kind', 'state', 'after', 'resumes', 'until', 'left'] as const;
const isSameAnomaly = (a: Anomaly, b: Anomaly): boolean => COMPARED.every((field) => a[field] === b[field]);
