export interface KeptRowsOptions<Row> {
  /** All of these that there are; in any order. */
  readonly load: (ids: readonly string[]) => Promise<readonly Row[]>;
  readonly idOf: (row: Row) => string;
  readonly nowMs: () => number;
  /** Beyond it the oldest are forgotten. */
  readonly most: number;
}

interface Kept<Row> {
  readonly row: Row;
  readonly generation: number;
  readonly loadedAt: number;
}

/**
 * Rows as they were a moment ago. What is missing or stale is loaded together with whatever else is asked for at that
 * time, one query after the other: however many ask, the database is asked by one. That a row is not there is never
 * kept, since it may be there in a moment.
 */
export class KeptRows<Row> {
  readonly #options: KeptRowsOptions<Row>;
  readonly #kept = new Map<string, Kept<Row>>();
  #generation = 0;
  #wanted = new Set<string>();
  #next: Promise<ReadonlyMap<string, Row>> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KeptRowsOptions<Row>) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Something has changed: everything is asked for again when it is next wanted. */
  expire(): void {
    this.#generation += 1;
  }

  /** Only these have changed. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#kept.delete(id);
  }

  async get(ids: readonly string[], maxAgeMs: number): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    const missing: string[] = [];
    const oldest = this.#options.nowMs() - maxAgeMs;
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept && kept.generation === this.#generation && kept.loadedAt >= oldest) found.set(id, kept.row);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const loaded = await this.#load(missing);
    for (const id of missing) {
      const row = loaded.get(id);
      if (row !== undefined) found.set(id, row);
    }
    return found;
  }

  #load(ids: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    for (const id of ids) this.#wanted.add(id);
    this.#next ??= this.#last.then(() => this.#query());
    const next = this.#next;
    this.#last = next.catch(() => {});
    return next;
  }

  async #query(): Promise<ReadonlyMap<string, Row>> {
    const ids = [...this.#wanted];
    this.#wanted = new Set();
    this.#next = undefined;
    // As of before the question: what changes while it is answered makes the answer stale.
    const [generation, loadedAt] = [this.#generation, this.#options.nowMs()];
    const rows = await this.#options.load(ids);
    const found = new Map(rows.map((row) => [this.#options.idOf(row), row]));
    for (const id of ids) {
      this.#kept.delete(id);
      const row = found.get(id);
      if (row !== undefined) this.#kept.set(id, { row, generation, loadedAt });
    }
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= this.#options.most) break;
      this.#kept.delete(id);
    }
    return found;
  }
}
