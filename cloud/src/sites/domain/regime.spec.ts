import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { type Regime, type RegimeWord, regimeOn, regimeSpans } from './regime.ts';

const day = (text: string) => Temporal.PlainDate.from(text);
const word = (id: string, from: string, regime: Regime | null): RegimeWord => ({
  id,
  from: day(from),
  regime,
  reason: 'as the licence says',
  author: 'operator cli',
  createdAt: Temporal.Instant.from('2026-01-01T00:00:00Z'),
});
const told = (words: readonly RegimeWord[]) =>
  regimeSpans(words).map(({ from, to, regime }) => `${from}..${to ?? ''} ${regime}`);

describe('under which rules a building lets', () => {
  test.each<[string, readonly RegimeWord[], string[]]>([
    ['nothing said', [], []],
    ['one word', [word('1', '2026-01-01', 'hotel')], ['2026-01-01.. hotel']],
    [
      'one after the other, in whatever order they were said',
      [word('1', '2026-06-01', 'licensed-dormitory'), word('2', '2025-01-01', 'contract-controlled')],
      ['2025-01-01..2026-06-01 contract-controlled', '2026-06-01.. licensed-dormitory'],
    ],
    [
      'the last word about a day counts',
      [word('2', '2026-01-01', 'other'), word('1', '2026-01-01', 'hotel')],
      ['2026-01-01.. other'],
    ],
    [
      'what was taken back leaves what held before',
      [word('1', '2026-01-01', 'hotel'), word('2', '2026-03-01', 'other'), word('3', '2026-03-01', null)],
      ['2026-01-01.. hotel'],
    ],
    ['all taken back', [word('1', '2026-01-01', 'hotel'), word('2', '2026-01-01', null)], []],
  ])('%s', (_what, words, spans) => expect(told(words)).toEqual(spans));

  test.each([
    ['2025-12-31', undefined],
    ['2026-01-01', 'hotel'],
    ['2026-05-31', 'hotel'],
    ['2026-06-01', 'other'],
    ['2030-01-01', 'other'],
  ])('on %s: %s', (on, regime) => {
    const spans = regimeSpans([word('1', '2026-01-01', 'hotel'), word('2', '2026-06-01', 'other')]);
    expect(regimeOn(spans, day(on))?.regime).toBe(regime);
  });
});
