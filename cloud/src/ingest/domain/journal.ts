import {
  type BatchHead,
  type JournalRecord,
  LIMITS,
  type Link,
  linkOf,
  receiptOf,
} from '@meterline/contracts';
import { common, missingUpTo, type Ranges, sizeOf, union, withoutHoles } from './ranges.ts';

/** What the hub knows of one journal. */
export interface JournalState {
  /** Sequences that stand in batches which the hub has. */
  readonly stored: Ranges;
  /** Sequences that will never come: said by `dropped` records, or as `lost` by the journal after it. */
  readonly dropped: Ranges;
}

export const EMPTY_JOURNAL: JournalState = { stored: [], dropped: [] };

/** One place in the chain: a batch that is here, or one that a `dropped` record names. */
export interface ChainPlace {
  readonly digest: string;
  readonly previous: string | null;
  /** Named only; the batch itself never came. */
  readonly named?: boolean;
}

/** Places around the batches that are judged, by number. */
export type ChainPlaces = Map<number, ChainPlace>;

/** As many ranges as a journal may fall into: a list of a million holes is an attack on memory. */
export const MAX_RANGES = 20_000;

export type Verdict =
  | { readonly kind: 'repeat' }
  | { readonly kind: 'refused'; readonly reason: 'cloned' | 'inconsistent'; readonly detail: string }
  | { readonly kind: 'accepted'; readonly link: Link; readonly state: JournalState };

/**
 * Judges one sealed batch against what is known of its journal. Whoever accepts it puts it into `places`, so that the
 * next batch of the same commit is judged with it.
 */
export function judgeBatch(
  state: JournalState,
  places: ChainPlaces,
  head: BatchHead,
  digest: string,
): Verdict {
  const { batch } = head;
  const here = places.get(batch);
  const before = places.get(batch - 1)?.digest;
  const claimed = places.get(batch + 1)?.previous ?? undefined;
  const link = linkOf(head, digest, {
    ...(here && { here: here.digest }),
    ...(before !== undefined && { before }),
    ...(claimed !== undefined && { claimedByNext: claimed }),
  });
  if (link === 'cloned') return cloned(`batch ${batch} does not fit the chain that is here`);
  // A batch that was given up and came all the same: its sequences are stored like any other's.
  if (link === 'repeat' && here?.named !== true) return { kind: 'repeat' };
  const own = withoutHoles(head.first, head.last, head.holes);
  const taken = common(state.stored, own)[0];
  if (taken) return cloned(`sequence ${taken[0]} stands in another batch already`);
  const stored = union(state.stored, own);
  if (tooMany({ ...state, stored })) return refused(TOO_MANY);
  return { kind: 'accepted', link: link === 'repeat' ? 'open' : link, state: { ...state, stored } };
}

/**
 * What `dropped` records of one batch would make of the journal, before any of them is believed: together they may not
 * tear it into more ranges than a batch of readings may.
 */
export function judgeDropped(state: JournalState, records: readonly JournalRecord[]): Verdict | undefined {
  let { dropped } = state;
  for (const record of records) {
    if (record.kind !== 'dropped') continue;
    dropped = union(dropped, record.ranges);
    if (tooMany({ ...state, dropped })) return refused(TOO_MANY);
  }
  return undefined;
}

const tooMany = ({ stored, dropped }: JournalState): boolean => stored.length + dropped.length > MAX_RANGES;
const TOO_MANY = `the journal would fall into more than ${MAX_RANGES} ranges; send what is missing first`;

const cloned = (detail: string): Verdict => ({ kind: 'refused', reason: 'cloned', detail });
const refused = (detail: string): Verdict => ({ kind: 'refused', reason: 'inconsistent', detail });

type Dropped = Extract<JournalRecord, { kind: 'dropped' }>;

export interface DroppedOutcome {
  readonly state: JournalState;
  /** Sequences that the record gives up although the hub holds them: an alarm, and nothing else. */
  readonly contradicted: Ranges;
  /** Places of the chain that are known from now on. */
  readonly named: readonly { readonly number: number; readonly place: ChainPlace }[];
  /** A batch that it names with another digest than the one that is here. */
  readonly misnamed: readonly number[];
}

/** What a `dropped` record lets the hub conclude: the watermark passes its ranges, the chain its batches. */
export function applyDropped(state: JournalState, places: ChainPlaces, record: Dropped): DroppedOutcome {
  const named: { number: number; place: ChainPlace }[] = [];
  const misnamed: number[] = [];
  for (const { batch, digest, previous } of record.batches ?? []) {
    const known = places.get(batch);
    if (known === undefined) named.push({ number: batch, place: { digest, previous, named: true } });
    else if (known.digest !== digest) misnamed.push(batch);
  }
  return {
    state: { ...state, dropped: union(state.dropped, record.ranges) },
    contradicted: common(state.stored, record.ranges),
    named,
    misnamed,
  };
}

/** What the hub may say of a journal to its gateway. */
export function accountOf({ stored, dropped }: JournalState): ReturnType<typeof receiptOf> {
  return receiptOf(union(stored, dropped), LIMITS.rangesPerReceipt);
}

/** How many sequences below the highest are neither here nor given up. */
export function missingCount({ stored, dropped }: JournalState): number {
  const all = union(stored, dropped);
  return sizeOf(missingUpTo(all, all.at(-1)?.[1] ?? 0));
}
