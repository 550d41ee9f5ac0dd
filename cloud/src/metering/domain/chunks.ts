export interface OrganisationChange {
  readonly organisation: string;
  readonly point: number;
  readonly from: number;
  readonly to: number;
}

export interface Chunk {
  readonly organisation: string;
  /** Each point once. */
  readonly changes: readonly OrganisationChange[];
}

const DAY_MS = 86_400_000;
/** Of a point that is read every five minutes and at every quarter hour. */
const READINGS_A_DAY = 384;
/** What surrounds even the smallest change. */
const READINGS_AT_LEAST = 30;
const LONGEST_DAYS = 92;
/** A transaction reads about so much: a second of work, and memory that nobody notices. */
const READINGS_A_CHUNK = 120_000;
const POINTS_A_CHUNK = 1_000;

/** Changes as transactions of bearable size: of one organisation, each point once, in the order of points. */
export function* chunksOf(changes: readonly OrganisationChange[]): Generator<Chunk> {
  for (const [organisation, own] of Map.groupBy(changes, (change) => change.organisation)) {
    let left = own.toSorted((a, b) => a.point - b.point || a.from - b.from);
    while (left.length > 0) {
      const [round, later] = firstOfEachPoint(left);
      for (const part of bySize(round)) yield { organisation, changes: part };
      left = later;
    }
  }
}

function firstOfEachPoint(
  changes: readonly OrganisationChange[],
): readonly [OrganisationChange[], OrganisationChange[]] {
  const seen = new Set<number>();
  const first: OrganisationChange[] = [];
  const later: OrganisationChange[] = [];
  for (const change of changes) {
    (seen.has(change.point) ? later : first).push(change);
    seen.add(change.point);
  }
  return [first, later];
}

function* bySize(changes: readonly OrganisationChange[]): Generator<readonly OrganisationChange[]> {
  let part: OrganisationChange[] = [];
  let readings = 0;
  for (const change of changes) {
    const size = sizeOf(change);
    if (part.length > 0 && (readings + size > READINGS_A_CHUNK || part.length >= POINTS_A_CHUNK)) {
      yield part;
      [part, readings] = [[], 0];
    }
    part.push(change);
    readings += size;
  }
  if (part.length > 0) yield part;
}

function sizeOf({ from, to }: OrganisationChange): number {
  const days = Math.min(LONGEST_DAYS, (to - from) / DAY_MS);
  return READINGS_AT_LEAST + Math.ceil((Number.isNaN(days) ? LONGEST_DAYS : days) * READINGS_A_DAY);
}
