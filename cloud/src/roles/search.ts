import { FIND_PEOPLE_SQL } from '../identity/index.ts';
import { leaseSources } from '../leases/index.ts';
import { type SearchSource, sqlSource } from '../sites/index.ts';

/** What features besides the sites let be found. */
export const SEARCH_SOURCES: readonly SearchSource[] = [
  sqlSource('people.read', false, FIND_PEOPLE_SQL),
  ...leaseSources,
];
