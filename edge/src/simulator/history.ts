import { encode, type PointId, rawOf, wordsOf } from '@meterline/contracts';
import type { Building } from './building.ts';
import { MINUTE_MS } from './calendar.ts';
import type { VirtualPoint } from './points.ts';

/** A reading as it would be sealed into a batch, without the way over a bus. */
export interface HistoryReading {
  readonly point: PointId;
  /** UTC ms. */
  readonly time: number;
  /** The meter’s own integer, as its register says it. */
  readonly v: string;
  /** `profile@version/register` */
  readonly register: string;
  /** The words of the register; only where they were asked for. */
  readonly raw?: string;
}

export interface HistorySpan {
  /** UTC ms; `to` does not belong to it. */
  readonly from: number;
  readonly to: number;
  readonly stepMinutes: number;
  /** With the words, as billing readings have them. Costs about as much as all the rest. */
  readonly raw?: boolean;
}

/** Every billed point at every step, in order of time. What is drawn stays in memory for three days only. */
export function* history(building: Building, span: HistorySpan): Generator<HistoryReading> {
  const step = span.stepMinutes * MINUTE_MS;
  if (!Number.isSafeInteger(span.stepMinutes) || step <= 0)
    throw new RangeError(`a step is whole minutes, not ${span.stepMinutes}`);
  const points = building.points.map((point) => ({ point, ref: refOf(point), isFloat: isFloat(point) }));
  for (let time = Math.max(building.since, span.from); time < span.to; time += step) {
    for (const { point, ref, isFloat: hasFewDigits } of points) {
      if (time < point.from || time >= point.to) continue;
      const { count } = point.meter.count(point.index, time);
      const v = String(hasFewDigits ? point.meter.shown(point.index, count) : count);
      if (span.raw) yield { point: point.id, time, v, register: ref, raw: rawAt(point, count) };
      else yield { point: point.id, time, v, register: ref };
    }
  }
}

const isFloat = ({ register }: VirtualPoint): boolean => /float/.test(register.type);

const refOf = ({ meter, register }: VirtualPoint): string =>
  `${meter.parts.profile.id}@${meter.parts.profile.version}/${register.name}`;

const rawAt = ({ register }: VirtualPoint, count: bigint): string =>
  rawOf(encode(register, { kind: 'counter', count }), 0, wordsOf(register));
