import type { MeterProfile } from '@meterline/contracts';
import { type Hint, hintsOf } from '../ingest/index.ts';
import { belongs } from './domain/citation.ts';
import { type CountReading, standingOf } from './domain/reading.ts';
import type { LedgerStore } from './ledger.store.ts';
import type { StoredEpoch } from './ledger.types.ts';

export interface Declaration {
  readonly point: number;
  /** As it would be, and those that hold now, ascending. */
  readonly epoch: StoredEpoch;
  readonly epochs: readonly StoredEpoch[];
}

/** What speaks against what somebody says about a register, and the readings that do. */
export interface Doubts {
  readonly hints: readonly Hint[];
  readonly sentences: readonly string[];
}

const NEIGHBOURS = 4;

/** Judged as readings by hand are: the closing by what was read before it, the opening by what was read after it. */
export async function declarationDoubts(
  store: LedgerStore,
  { point, epoch, epochs }: Declaration,
  profiles: ReadonlyMap<string, MeterProfile>,
): Promise<Doubts> {
  const at = epoch.from;
  const loaded = await store.readings([{ point, from: at, to: at }], NEIGHBOURS);
  const readings = (loaded.get(point)?.readings ?? []).filter(
    ({ quality }) => standingOf(quality) !== 'void',
  );
  const earlier = epochs.filter(({ from }) => from < at);
  const current = earlier.at(-1);
  const end = epochs.find(({ from }) => from > at)?.from ?? Infinity;
  const isOf = ({ cites }: CountReading, one: StoredEpoch) =>
    typeof cites !== 'string' || belongs(cites, one, profiles);
  const before = readings.filter((each) => each.at < at && current !== undefined && isOf(each, current));
  const next = readings.find((each) => each.at >= at && each.at < end && isOf(each, epoch));
  const hints: Hint[] = [];
  const sentences: string[] = [];
  const say = (found: readonly Hint[], sentence: string) => {
    if (found.length > 0) sentences.push(`${sentence} (${found.join(', ')})`);
    hints.push(...found);
  };
  // Whoever confirms a count that looks impossible has said all there is to say.
  if (epoch.kind === 'confirmed') return { hints, sentences };
  const last = before.at(-1);
  if (epoch.closing !== undefined) {
    const closing = { at, count: epoch.closing };
    const found = hintsOf(closing, { before, after: [] }, undefined, earlier);
    say(
      found,
      `the closing ${epoch.closing} does not fit ${last ? shown(last) : 'what it began with'} before it`,
    );
  }
  // Where only the ratio changes, the register counts on from the closing.
  if (next !== undefined && epoch.kind !== 'ratio') {
    const found = hintsOf(next, { before: [], after: [] }, undefined, [epoch]).map((hint) =>
      hint === 'below-previous' ? 'above-next' : hint,
    );
    say(found, `the opening ${epoch.opening} does not fit ${shown(next)} after it`);
  }
  if (epoch.kind === 'installed' && last !== undefined)
    say(
      ['billed-before'],
      `${shown(last)} was read before it, and all before it would be in no bill any more`,
    );
  return { hints, sentences };
}

const shown = ({ at, count }: Pick<CountReading, 'at' | 'count'>): string =>
  `${count} at ${new Date(at).toISOString().slice(0, 16)}Z`;
