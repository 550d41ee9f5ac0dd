import { Temporal } from 'temporal-polyfill';

/** Under which rules a building lets: caps on what may be asked for electricity and water follow from it. */
export const REGIMES = ['contract-controlled', 'licensed-dormitory', 'hotel', 'other'] as const;
export type Regime = (typeof REGIMES)[number];

/** One word about a day on; `null` takes back what was said about that day before. */
export interface RegimeWord {
  readonly id: string;
  readonly from: Temporal.PlainDate;
  readonly regime: Regime | null;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: Temporal.Instant;
}

export interface RegimeSpan extends RegimeWord {
  readonly regime: Regime;
  /** The first day of the next one. */
  readonly to: Temporal.PlainDate | null;
}

/** What holds, in the order of days. Of several words about one day the last said counts, which its id tells. */
export function regimeSpans(words: readonly RegimeWord[]): readonly RegimeSpan[] {
  const last = new Map<string, RegimeWord>();
  for (const word of words) {
    const said = last.get(word.from.toString());
    if (!said || said.id < word.id) last.set(word.from.toString(), word);
  }
  const standing = [...last.values()]
    .flatMap((word) => (word.regime === null ? [] : [{ ...word, regime: word.regime }]))
    .sort((a, b) => Temporal.PlainDate.compare(a.from, b.from));
  return standing.map((word, place) => ({ ...word, to: standing[place + 1]?.from ?? null }));
}

/** Undefined before the first day about which anything was said: whoever bills must ask then, not guess. */
export function regimeOn(spans: readonly RegimeSpan[], day: Temporal.PlainDate): RegimeSpan | undefined {
  return spans.findLast(({ from }) => Temporal.PlainDate.compare(from, day) <= 0);
}
