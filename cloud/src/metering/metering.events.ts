import type { NewEvent } from '../platform/db/index.ts';
import { HOUR_MS, type StoredHour } from './domain/hours.ts';
import type { Anomaly } from './domain/line.ts';
import type { LedgerPoint, StoredAnomaly } from './ledger.types.ts';

/** Usage that was read before may be another now: whoever made something of it looks again. */
const USAGE_CHANGED = 'usage.changed';
/** A count that only a person can judge, or one that has come to nothing since. */
const METER_SUSPECT = 'meter.suspect';
export const METERING_TOPICS = [USAGE_CHANGED, METER_SUSPECT] as const;

/** So many points fit well into one event. */
const POINTS_A_EVENT = 300;

export function usageEvents(
  changes: readonly { readonly point: LedgerPoint; readonly changed: readonly StoredHour[] }[],
): readonly NewEvent[] {
  const points = changes.map(({ point, changed }) => ({
    point: point.id,
    from: text(changed[0]?.at ?? 0),
    to: text((changed.at(-1)?.at ?? 0) + HOUR_MS),
  }));
  const events: NewEvent[] = [];
  for (let begin = 0; begin < points.length; begin += POINTS_A_EVENT)
    events.push({ topic: USAGE_CHANGED, payload: { points: points.slice(begin, begin + POINTS_A_EVENT) } });
  return events;
}

/** One instant, two classes, two counts: the same event as for one class. */
export const contradictionEvents = (conflicts: number): readonly NewEvent[] =>
  conflicts === 0 ? [] : [{ topic: 'reading.conflict', payload: { conflicts } }];

/** Told once when a person is needed, and once more when nobody is any longer. */
export function suspectEvents(
  fresh: readonly {
    readonly anomaly: Anomaly & { readonly point: LedgerPoint };
    readonly before: Pick<Anomaly, 'kind' | 'state'> | undefined;
  }[],
  gone: readonly { readonly point: LedgerPoint; readonly anomaly: StoredAnomaly }[],
): readonly NewEvent[] {
  const told: NewEvent[] = [];
  for (const { anomaly, before } of fresh) {
    const needed = needsPerson(anomaly);
    const wasNeeded = before !== undefined && needsPerson(before);
    if (needed !== wasNeeded) told.push(suspect(anomaly.point, anomaly, needed ? 'proposed' : 'withdrawn'));
  }
  for (const { point, anomaly } of gone)
    if (needsPerson(anomaly)) told.push(suspect(point, anomaly, 'withdrawn'));
  return told;
}

/** No later reading says what has become of a register that readings stopped to cite. */
const needsPerson = ({ kind, state }: Pick<Anomaly, 'kind' | 'state'>): boolean =>
  state === 'proposed' || (kind === 'other-register' && state === 'held');

function suspect(point: LedgerPoint, anomaly: Anomaly, state: 'proposed' | 'withdrawn'): NewEvent {
  const { kind, since, from, before, after } = anomaly;
  const payload = {
    point: point.id,
    kind,
    state,
    since: text(since),
    from: text(from),
    before: String(before),
    after: String(after),
  };
  return { topic: METER_SUSPECT, key: point.id, payload };
}

const text = (at: number): string => new Date(at).toISOString();
