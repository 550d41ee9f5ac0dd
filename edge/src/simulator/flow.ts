import { DAY_MINUTES } from './calendar.ts';
import type { Place } from './places.ts';

export type Medium = 'electricity' | 'water';

/** The whole, or one of the phases. */
export type Channel = 0 | 1 | 2 | 3;

/** mWh or µL, in 60 000ths: what flows in a millisecond at one a minute. Sums of these are exact. */
export const GRAINS = 60_000n;

/** What has flowed since the day began, at the end of each minute: whole mWh or µL. */
export type Curve = Float64Array;

/** A place with more than one phase has a curve for each; otherwise the whole is its phase. */
export const channelsOf = (place: Place, medium: Medium): readonly Channel[] =>
  medium === 'electricity' && place.phases.length > 1 ? [0, 1, 2, 3] : [0];

/** Undefined: nothing flows in that phase. */
export function channelIndex(place: Place, medium: Medium, channel: Channel): number | undefined {
  if (channel === 0 || channelsOf(place, medium).length > 1) return channel;
  return place.phases[0] === channel ? 0 : undefined;
}

/**
 * What a leaf's flow adds at one of the places above it: itself, and the losses of each group between, a share of this
 * leaf's flow, rounded down to whole mWh or µL a minute.
 */
export function contribution(medium: Medium, leaf: Place, at: Place, channel: Channel, rate: number): number {
  let sum = onPhase(leaf, rate, channel);
  for (let level: Place | undefined = leaf; level && level !== at; level = level.parent) {
    const loss = leaf.isStanding ? 0 : (level.parent?.permille[medium] ?? 0);
    if (loss > 0) sum += onPhase(leaf, Math.floor((rate * loss) / 1_000), channel);
  }
  return sum;
}

export function addContribution(
  medium: Medium,
  curve: Curve,
  leaf: Place,
  at: Place,
  channel: Channel,
  minutes: Float64Array,
): void {
  let known = 0;
  let adds = 0;
  for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
    const rate = minutes[minute] ?? 0;
    // Loads last for many minutes.
    if (rate !== known) adds = contribution(medium, leaf, at, channel, rate);
    known = rate;
    curve[minute + 1] = (curve[minute + 1] ?? 0) + adds;
  }
}

/** A load on all three phases is spread evenly, the rest on the third. */
function onPhase({ phases }: Place, rate: number, channel: Channel): number {
  if (channel === 0) return rate;
  if (phases.length === 1) return phases[0] === channel ? rate : 0;
  const third = Math.floor(rate / 3);
  return channel === 3 ? rate - 2 * third : third;
}

export function accumulate(curve: Curve): void {
  for (let minute = 1; minute <= DAY_MINUTES; minute += 1) {
    curve[minute] = (curve[minute] ?? 0) + (curve[minute - 1] ?? 0);
  }
}
