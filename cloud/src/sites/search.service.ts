import type { Permission } from '../identity/index.ts';
import { byRank, type SearchQuery, searchQuery } from '../kernel/text-search.ts';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './search.sql.ts';
import { type By, ITSELF, type SitesParts } from './site-change.ts';

/** One thing that was found, as much of it as tells it from others. */
export interface Found {
  /** `room`, `meter`, `lease`, … */
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly otherName: string | null;
  /** A serial number, a lease's number, a floor: what a list shows beside the name. */
  readonly detail: string | null;
  readonly building: string | null;
}

export interface Ranked extends Found {
  /** 0 is called so, 1 begins so, 2 has a word that does, 3 contains it, 4 has its words apart, 5 belongs to what does. */
  readonly rank: number;
}

/** What a feature lets be found. It reads in the transaction of whoever asks, so that policies decide what is there. */
export interface SearchSource {
  /** Without it the source is not asked. */
  readonly permission: Permission;
  /** Whether its rows are also for those who have the permission for their own leases only. */
  readonly own: boolean;
  find(tx: Transaction, query: SearchQuery, limit: number): Promise<readonly Ranked[]>;
}

export const MAX_FOUND = 50;

/** One box over everything that somebody may see. */
export class SearchService {
  readonly #parts: SitesParts;
  readonly #sources: readonly SearchSource[];

  constructor(parts: SitesParts, sources: readonly SearchSource[]) {
    this.#parts = parts;
    this.#sources = sources;
  }

  async search(
    organisation: string,
    text: string,
    limit: number,
    by: By = ITSELF,
  ): Promise<readonly Ranked[]> {
    const query = searchQuery(text);
    const sources = this.#sources.filter((source) => isOpen(source, by));
    if (!query || sources.length === 0) return [];
    const options = { organisation, ...by, readOnly: true, statementTimeoutMs: PATIENCE_MS };
    const found = await this.#parts.db.transaction(options, async (tx) => {
      const all: Ranked[] = [];
      // One after the other: they share a connection.
      for (const source of sources) all.push(...(await source.find(tx, query, limit)));
      return all;
    });
    return found.sort(byRank).slice(0, limit);
  }
}

/** Nobody waits longer for a list under a box. */
const PATIENCE_MS = 5_000;

function isOpen({ permission, own }: SearchSource, { actor, may }: By): boolean {
  const words = (may ?? (actor.person === undefined ? '*' : '')).split(' ');
  return words.includes('*') || words.includes(permission) || (own && words.includes(`${permission}:own`));
}

/** A source of one statement, which takes the organisation, `like` patterns, the whole query and a limit. */
export const sqlSource = (permission: Permission, own: boolean, text: string): SearchSource => ({
  permission,
  own,
  find: async (tx, { whole, words }, limit) => {
    // Folded words have none of the characters that `like` reads.
    const patterns = words.map((word) => `%${word}%`);
    const values = [tx.organisation, patterns, whole, limit];
    return (await tx.query<Ranked & Record<string, unknown>>(text, values)).rows;
  },
});

export const siteSources: readonly SearchSource[] = [
  sqlSource('places.read', true, sql.FIND_BUILDINGS_SQL),
  sqlSource('places.read', true, sql.FIND_PLACES_SQL),
  sqlSource('meters.read', true, sql.FIND_METERS_SQL),
  sqlSource('gateways.read', false, sql.FIND_GATEWAYS_SQL),
];
