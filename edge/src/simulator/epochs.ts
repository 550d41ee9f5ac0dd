import type { Counter } from './counters.ts';

/** What happens to the counters of a meter, by schedule or by somebody’s write. */
export type CountingEvent =
  | { readonly kind: 'reset'; readonly at: number; readonly by: 'schedule' | 'write' }
  | {
      readonly kind: 'swap';
      readonly at: number;
      readonly serial: string;
      readonly openings: readonly bigint[];
    }
  | { readonly kind: 'freeze' | 'thaw'; readonly at: number };

/** Between two events. Grains of each counter when it began, and what had passed then. */
export interface Epoch {
  readonly from: number;
  readonly begins: 'installed' | CountingEvent['kind'];
  /** Of a reset. */
  readonly by?: 'schedule' | 'write';
  /** 0 is the first meter in this place, 1 the one that it was swapped for. */
  readonly installation: number;
  readonly serial: string;
  readonly isFrozen: boolean;
  readonly openings: readonly bigint[];
  readonly passed: readonly bigint[];
}

export interface Start {
  readonly at: number;
  readonly serial: string;
  readonly openings: readonly bigint[];
}

export function epochsOf(
  counters: readonly Counter[],
  start: Start,
  events: readonly CountingEvent[],
): Epoch[] {
  const passedAt = (ms: number): bigint[] => counters.map(({ passed }) => passed(ms));
  const epochs: Epoch[] = [
    {
      from: start.at,
      begins: 'installed',
      installation: 0,
      serial: start.serial,
      isFrozen: false,
      openings: start.openings,
      passed: passedAt(start.at),
    },
  ];
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    const before = epochs.at(-1);
    if (!before) break;
    const carried = counters.map((_, i) => grainsIn(before, counters, i, event.at));
    epochs.push({
      from: event.at,
      begins: event.kind,
      ...(event.kind === 'reset' ? { by: event.by } : {}),
      installation: before.installation + (event.kind === 'swap' ? 1 : 0),
      serial: event.kind === 'swap' ? event.serial : before.serial,
      isFrozen: event.kind === 'freeze' || (before.isFrozen && event.kind === 'reset'),
      openings:
        event.kind === 'reset' ? counters.map(() => 0n) : event.kind === 'swap' ? event.openings : carried,
      passed: passedAt(event.at),
    });
  }
  return epochs;
}

export function epochAt(epochs: readonly Epoch[], ms: number): Epoch | undefined {
  return epochs.findLast(({ from }) => from <= ms) ?? epochs[0];
}

/** What the counter has seen, had it no end. */
export function grainsIn(epoch: Epoch, counters: readonly Counter[], index: number, ms: number): bigint {
  const opening = epoch.openings[index] ?? 0n;
  if (epoch.isFrozen) return opening;
  return opening + (counters[index]?.passed(ms) ?? 0n) - (epoch.passed[index] ?? 0n);
}

/** Whole counts, rounded down as registers do, before the modulus. */
export const countsOf = ({ num, den }: Counter, grains: bigint): bigint => (grains * den) / num;

/** The fewest grains that make so many counts. */
export const grainsOf = ({ num, den }: Counter, count: bigint): bigint => (count * num + den - 1n) / den;
