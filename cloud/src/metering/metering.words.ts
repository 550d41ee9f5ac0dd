import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { ListedSuspect, ResolutionGiven, SuspectQuery } from './decisions.types.ts';
import type { EpochGiven } from './domain/declared-epoch.ts';
import type { Stretch } from './domain/series.ts';
import { meteringError } from './metering.errors.ts';
import type { declareSchema, resolveSchema } from './metering.schemas.ts';
import type { Subject } from './usage.types.ts';

/** Between the words of a request and those of the feature. */
export const msOf = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;

export const stretchOf = ({ from, to }: { readonly from: string; readonly to: string }): Stretch => ({
  from: msOf(from),
  to: msOf(to),
});

type Named = { readonly [Kind in Subject['kind']]?: string | undefined };

export function subjectOf(query: Named): Subject {
  const given = (['point', 'meter', 'place'] as const).flatMap((kind): Subject[] => {
    const id = query[kind];
    return id === undefined ? [] : [{ kind, id }];
  });
  const [subject, ...others] = given;
  if (subject === undefined || others.length > 0)
    throw meteringError('usage_selection_invalid', { message: 'ask of exactly one: point, meter or place' });
  return subject;
}

const numberOf = (text: string | undefined): bigint | undefined =>
  text === undefined ? undefined : BigInt(text);

export function declarationOf(body: z.output<typeof declareSchema>): EpochGiven {
  const { kind, at, opening, closing, modulus, num, den, unit, register, maxPerHour } = body;
  const { gapMs, reason, evidence, confirmed } = body;
  return {
    kind,
    at: msOf(at),
    opening: numberOf(opening),
    closing: numberOf(closing),
    modulus: numberOf(modulus),
    num: numberOf(num),
    den: numberOf(den),
    unit,
    register,
    maxPerHour: numberOf(maxPerHour),
    gapMs,
    reason,
    evidence,
    confirmed,
  };
}

export function resolutionOf({
  as,
  opening,
  closing,
  at,
  reason,
  confirmed,
}: z.output<typeof resolveSchema>): ResolutionGiven {
  return {
    as,
    opening: numberOf(opening),
    closing: numberOf(closing),
    at: at === undefined ? undefined : msOf(at),
    reason,
    confirmed,
  };
}

const isInstant = z.iso.datetime();
const isId = z.uuid();

/** Time and id of the last of a page. */
export function cursorOf(text: string | undefined): SuspectQuery['after'] {
  if (text === undefined) return undefined;
  const [at = '', id = ''] = text.split(' ');
  if (!isInstant.safeParse(at).success || !isId.safeParse(id).success)
    throw meteringError('usage_selection_invalid', { message: '`after` is not the `next` of a page' });
  return { at, id };
}

export function nextOf(items: readonly ListedSuspect[], limit: number): { readonly next?: string } {
  const last = items.length < limit ? undefined : items.at(-1);
  return last ? { next: `${last.fromAt} ${last.id}` } : {};
}

type Timed<T> = {
  -readonly [Key in keyof T]: T[Key] extends Temporal.Instant
    ? string
    : T[Key] extends Temporal.Instant | null
      ? string | null
      : T[Key];
};

/** Instants as text in milliseconds. */
export function withTimes<T extends object>(row: T): Timed<T> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Temporal.Instant ? value.toString({ smallestUnit: 'millisecond' }) : value,
    ]),
  ) as Timed<T>;
}
