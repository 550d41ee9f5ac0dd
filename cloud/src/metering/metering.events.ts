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

/** Told once when a person is needed, and once more when nobody is any longer. */
export function suspectEvents(
  fresh: readonly {
    readonly anomaly: Anomaly & { readonly point: LedgerPoint };
    readonly before: Anomaly['state'] | undefined;
  }[],
  gone: readonly { readonly point: LedgerPoint; readonly anomaly: StoredAnomaly }[],
): readonly NewEvent[] {
  const told: NewEvent[] = [];
  for (const { anomaly, before } of fresh) {
    if (anomaly.state === 'proposed' && before !== 'proposed')
      told.push(suspect(anomaly.point, anomaly, 'proposed'));
    if (anomaly.state !== 'proposed' && before === 'proposed')
      told.push(suspect(anomaly.point, anomaly, 'withdrawn'));
  }
  for (const { point, anomaly } of gone)
    if (anomaly.state === 'proposed') told.push(suspect(point, anomaly, 'withdrawn'));
  return told;
}

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
