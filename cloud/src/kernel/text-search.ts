import { compareNatural, foldText } from './plain-text.ts';

/** What somebody typed into the box, as it is looked for in search keys. */
export interface SearchQuery {
  /** All of it: what is called just so comes first. */
  readonly whole: string;
  /** Each must be found somewhere, in whatever order. */
  readonly words: readonly string[];
}

/** More than anybody types; a text that was pasted by mistake is not looked for word by word. */
const MAX_WORDS = 8;
export const MAX_QUERY = 100;

/** Undefined where nothing is left to look for. */
export function searchQuery(text: string): SearchQuery | undefined {
  const typed = text.slice(0, MAX_QUERY);
  const words = typed.split(/\s+/).map(foldText).filter(Boolean);
  if (words.length === 0) return undefined;
  return { whole: foldText(typed), words: [...new Set(words)].slice(0, MAX_WORDS) };
}

/** It is called so, its name begins so, a word of it does, it contains it, or only the words apart. */
export const RANKS = ['exact', 'begins', 'word', 'inside', 'apart'] as const;
export type Rank = 0 | 1 | 2 | 3 | 4;

/** How well a search key answers; undefined where a word is not in it. As `search_rank` of the database. */
export function rankOf(key: string, { whole, words }: SearchQuery): Rank | undefined {
  if (!words.every((word) => key.includes(word))) return undefined;
  if (key.includes(`\n${whole}\n`)) return 0;
  if (key.includes(`\n${whole}`)) return 1;
  if (key.includes(` ${whole}`)) return 2;
  return key.includes(whole) ? 3 : 4;
}

/** The best first; what answers equally well as people sort it, and by id, so that the order is the same each time. */
export function byRank(
  a: { readonly rank: number; readonly name: string; readonly id: string },
  b: { readonly rank: number; readonly name: string; readonly id: string },
): number {
  return a.rank - b.rank || compareNatural(a.name, b.name) || (a.id < b.id ? -1 : 1);
}
