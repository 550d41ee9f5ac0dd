import { type ProfileRegister, wordsOf } from '@meterline/contracts';
import { z } from 'zod';
import type { ReadFunction } from './span.ts';

/** Addresses from … to, `to` not included. */
export interface Span {
  readonly function: ReadFunction;
  readonly from: number;
  readonly to: number;
}

/** A read that the meter refused; `cut` is where it was divided. Without a cut it was a single register. */
export interface Failure extends Span {
  readonly cut?: number;
  /** The cut lies behind addresses that nobody wanted: they may be all that was wrong. */
  readonly hole?: true;
}

/** What the meter at one (bus, unit) has taught: plain data, to be kept across restarts. */
export interface Learnt {
  /** `id@version`: another profile or version begins anew. */
  readonly profile: string;
  readonly failures: readonly Failure[];
}

const address = z.int().min(0).max(0x1_0000);
const stored = z.strictObject({
  profile: z.string(),
  failures: z
    .array(
      z.strictObject({
        function: z.literal([1, 2, 3, 4]),
        from: address,
        to: address,
        cut: address.optional(),
        hole: z.literal(true).optional(),
      }),
    )
    .max(1_000),
});

/** What was kept; nothing where it is damaged or was learnt with another profile: it is learnt again at little cost. */
export function learntFrom(value: unknown, profile: { id: string; version: number }): Learnt {
  const nothing = nothingLearnt(profile);
  const parsed = stored.safeParse(value);
  return parsed.success && parsed.data.profile === nothing.profile ? (parsed.data as Learnt) : nothing;
}

export const nothingLearnt = (profile: { id: string; version: number }): Learnt => ({
  profile: `${profile.id}@${profile.version}`,
  failures: [],
});

export const spanOf = (register: ProfileRegister): Span => ({
  function: register.function,
  from: register.address,
  to: register.address + wordsOf(register),
});

export const within = (inner: Span, outer: Span): boolean =>
  inner.function === outer.function && outer.from <= inner.from && inner.to <= outer.to;

const isSmaller = (inner: Span, outer: Span): boolean =>
  within(inner, outer) && inner.to - inner.from < outer.to - outer.from;

/**
 * What follows for plans. A culprit that has been found (a register, or a hole) explains every larger refusal around
 * it: their cuts are lifted, so that after the search only the culprit is avoided and the rest is joined again.
 */
export function limitsFrom(
  { failures }: Learnt,
  code: ReadFunction,
): { cuts: readonly number[]; refused: readonly Span[] } {
  const cuts: number[] = [];
  const refused: Span[] = [];
  const culprits = failures.filter(({ cut, hole }) => cut === undefined || hole);
  for (const failure of failures) {
    if (failure.function !== code || culprits.some((culprit) => isSmaller(culprit, failure))) continue;
    if (failure.cut === undefined) refused.push(failure);
    else cuts.push(failure.cut);
  }
  return { cuts, refused };
}
