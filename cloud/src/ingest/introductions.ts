import type { KnownGateway, NamedPoint, PointDirectory } from '../sites/index.ts';
import type { PlannedEvent } from './commit-plan.ts';
import type { Rows } from './domain/rows.ts';

const MOST_TOLD = 200_000;
const MOST_TOLD_OF_ONE = 40_000;
const MOST_NAMED = 100;
/** Counters come first and say little: what a point is billed on is said by its billing rows. */
const saidOf = (point: NamedPoint): number => (point.class === 'billing' ? (point.register ? 2 : 1) : 0);
const mostOf = (rows: Rows): number => (rows.class === 'billing' ? 2 : 0);

/** Points that gateways name for the first time become points; a message of known ones costs nothing. */
export class Introductions {
  readonly #directory: PointDirectory;
  /** What each gateway has told of points since this process began; what one says of another's is nothing. */
  readonly #told = new Map<string, Map<string, number>>();

  constructor(directory: PointDirectory) {
    this.#directory = directory;
  }

  /** Once for each point, and again when a row says more of it than those before. */
  async introduce(gateway: KnownGateway, list: readonly Rows[]): Promise<PlannedEvent | undefined> {
    const directory = this.#directory;
    const told = this.#told.get(gateway.id) ?? new Map<string, number>();
    const fresh = new Map<string, NamedPoint>();
    for (const rows of list) {
      for (const [place, id] of rows.points.entries()) {
        if ((told.get(id) ?? -1) >= mostOf(rows)) continue;
        const row = rows.register ? rows.p.indexOf(place) : -1;
        const register = rows.register?.[row] ?? null;
        const named = { id, class: rows.class, register, unit: rows.units?.[place] ?? null };
        const known = fresh.get(id);
        if (saidOf(named) > (known ? saidOf(known) : (told.get(id) ?? -1))) fresh.set(id, named);
      }
    }
    if (fresh.size === 0) return undefined;
    const ids = [...fresh.keys()];
    const before = await directory.resolve(ids);
    const after = await directory.register(gateway.id, [...fresh.values()]);
    this.#keep(gateway, told, fresh);
    const seen = ids.filter((id) => !before.has(id) && after.has(id));
    if (seen.length === 0) return undefined;
    // One event however many there are: the first ones by name, all of them by number.
    const payload = { gateway: gateway.id, count: seen.length, points: seen.slice(0, MOST_NAMED) };
    return { organisation: gateway.organisation, topic: 'point.seen', payload };
  }

  #keep({ id }: KnownGateway, told: Map<string, number>, fresh: ReadonlyMap<string, NamedPoint>): void {
    // One that names points without end forgets its own, and nobody else's.
    if (told.size + fresh.size > MOST_TOLD_OF_ONE) told.clear();
    const kept = [...this.#told.values()].reduce((sum, { size }) => sum + size, 0);
    if (kept > MOST_TOLD) this.#told.clear();
    this.#told.set(id, told);
    for (const [point, named] of fresh) told.set(point, saidOf(named));
  }
}
