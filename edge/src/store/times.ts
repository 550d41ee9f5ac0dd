import { type BatchClock, LIMITS } from '@meterline/contracts';
import { type Anchor, uncertaintyAt, utcAt } from '../clock.ts';

export interface PlacedAnchor extends Pick<Anchor, 'mono' | 'utc' | 'uncertainty'> {
  readonly seq: number;
}

/** What is known of one boot; `last` is the highest monotonic ms seen in it. */
export interface BootFacts {
  readonly number: number;
  readonly last: number;
  /** By monotonic time; empty when the boot never synchronised. */
  readonly anchors: readonly PlacedAnchor[];
}

/** An anchor that a later one contradicts by more than both can err was taken from a clock that was wrong. */
const CONTRADICTION_MS = 1_000;

function isContradicted(anchor: PlacedAnchor, later: PlacedAnchor): boolean {
  const error = uncertaintyAt(anchor, later.mono) + later.uncertainty + CONTRADICTION_MS;
  return Math.abs(later.utc - utcAt(anchor, later.mono)) > error;
}

/** In the order in which they were written: only the last word of a clock that was corrected counts. */
export function believed(anchors: readonly PlacedAnchor[]): readonly PlacedAnchor[] {
  const kept: PlacedAnchor[] = [];
  for (const anchor of anchors) {
    for (let last = kept.at(-1); last && isContradicted(last, anchor); last = kept.at(-1)) kept.pop();
    kept.push(anchor);
  }
  return kept;
}

/**
 * The anchor for a row: the newest at or before it, else the first. So a row that is sealed again after its file was
 * replaced gets the very time that it had.
 */
export function anchorFor(anchors: readonly PlacedAnchor[], mono: number): PlacedAnchor | undefined {
  for (let i = anchors.length - 1; i >= 0; i -= 1) {
    const anchor = anchors[i];
    if (anchor && anchor.mono <= mono) return anchor;
  }
  return anchors[0];
}

/** Turns monotonic ms of one boot into row times, and says what they rest on. */
export interface Timing {
  /** Of what goes into the batch: `clock` is as bad as the worst of them. */
  readonly at: (mono: number) => number;
  /** The same, of what may not go into it after all. */
  readonly look: (mono: number) => number;
  /** By how many ms `look` may be wrong. */
  readonly doubt: (mono: number) => number;
  readonly synced: boolean;
  /** For a batch that is sealed now, in UTC ms. */
  readonly clock: (sealed: number) => BatchClock;
}

export function syncedTiming(boot: number, all: readonly PlacedAnchor[]): Timing {
  const anchors = believed(all);
  let newest = 0;
  let uncertainty = 0;
  const anchorOf = (mono: number): PlacedAnchor => {
    const anchor = anchorFor(anchors, mono);
    if (!anchor) throw new RangeError('a synced boot has an anchor');
    return anchor;
  };
  // An anchor may be wrong by what the contract allows at the most; the drift on top of that is nothing beside it.
  const doubt = (mono: number) => Math.min(uncertaintyAt(anchorOf(mono), mono), LIMITS.uncertaintyMs);
  return {
    synced: true,
    at: (mono) => {
      const anchor = anchorOf(mono);
      newest = Math.max(newest, anchor.seq);
      uncertainty = Math.max(uncertainty, doubt(mono));
      return utcAt(anchor, mono);
    },
    look: (mono) => utcAt(anchorOf(mono), mono),
    doubt,
    clock: () => ({ state: 'synced', boot, anchor: newest || (anchors[0]?.seq ?? 1), uncertainty }),
  };
}

/** Whatever the anchors of other boots say: what is sealed now began before now. */
export function boundedTiming(boot: number, bounds: Bounds): Timing {
  const clock = (sealed: number): BatchClock => {
    const before = Math.min(bounds.before, sealed);
    return { state: 'bounded', boot, after: Math.min(bounds.after, before), before };
  };
  const same = (mono: number) => mono;
  return { synced: false, at: same, look: same, doubt: () => Number.POSITIVE_INFINITY, clock };
}

export interface Bounds {
  readonly after: number;
  readonly before: number;
}

const EARLIEST = Date.UTC(2020, 0, 1);

/**
 * When did a boot begin that never synchronised? After the end of the last boot whose time is known, plus what the
 * boots between lasted at least; before the beginning of the next known one, less what it and those between lasted.
 * Undefined while no later boot is known: then the rows wait. `boots` in the order in which they happened.
 */
export function boundsOf(boots: readonly BootFacts[], number: number): Bounds | undefined {
  const place = boots.findIndex((boot) => boot.number === number);
  const earlier = boots.slice(0, place).findLastIndex(({ anchors }) => anchors.length > 0);
  const later = boots.findIndex(({ anchors }, i) => i > place && anchors.length > 0);
  const next = boots[later];
  if (place < 0 || !next) return undefined;
  const lasted = (from: number, to: number) => boots.slice(from, to).reduce((sum, { last }) => sum + last, 0);
  const known = boots[earlier];
  const after = known ? endOf(known) + lasted(earlier + 1, place) : EARLIEST;
  const before = beginOf(next) - lasted(place, later);
  // Anchors that contradict each other give no bounds worth having: the widest honest ones.
  return after <= before ? { after, before } : { after: Math.max(EARLIEST, before), before: after };
}

function endOf({ anchors, last }: BootFacts): number {
  const anchor = anchors.at(-1);
  if (!anchor) return EARLIEST;
  const mono = Math.max(last, anchor.mono);
  return Math.max(EARLIEST, utcAt(anchor, mono) - uncertaintyAt(anchor, mono));
}

function beginOf({ anchors }: BootFacts): number {
  const [anchor] = anchors;
  if (!anchor) return EARLIEST;
  return Math.max(EARLIEST, utcAt(anchor, 0) + uncertaintyAt(anchor, 0));
}
