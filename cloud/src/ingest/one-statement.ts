import pg from 'pg';

/** A function of the database with the types of its parameters. */
export interface Call {
  readonly name: string;
  readonly types: readonly string[];
  /** Columns of its answer, where it answers rows. */
  readonly rows?: string;
}

/**
 * Calls of one commit as the columns of one `select`: they are made from left to right, each sees what those before it
 * wrote, and the thread that opens messages is needed for one answer instead of one a call.
 */
export class OneStatement {
  readonly #columns: string[] = [];
  readonly #parameters: unknown[] = [];

  add({ name, types, rows }: Call, parameters: readonly unknown[]): void {
    const places = types.map((type, i) => `$${this.#parameters.length + i + 1}::${type}`).join(', ');
    const made = `${name}(${places})`;
    const column = rows
      ? `(select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (select ${rows} from ${made}) r)`
      : made;
    this.#columns.push(`${column} as ${name}`);
    this.#parameters.push(...parameters);
  }

  /** Answers by the names of the functions. */
  async run(client: pg.ClientBase): Promise<Readonly<Record<string, unknown>>> {
    if (this.#columns.length === 0) return {};
    const text = `select ${this.#columns.join(', ')}`;
    const { rows } = await client.query<Record<string, unknown>>(text, this.#parameters);
    return rows[0] ?? {};
  }
}

const literal = (values: readonly (string | number)[], type: string): string =>
  `${pg.escapeLiteral(`{${values.join(',')}}`)}::${type}`;

/** Begins, and opens the journals, in one message: nothing in it but ids and numbers that were checked. */
export function beginWith(open: {
  readonly gateways: readonly string[];
  readonly journals: readonly string[];
  readonly places: readonly number[];
  readonly numbers: readonly number[];
  readonly ids: number;
}): string {
  const call = [
    literal(open.gateways, 'uuid[]'),
    literal(open.journals, 'uuid[]'),
    literal(open.places, 'int[]'),
    literal(open.numbers, 'bigint[]'),
    String(open.ids),
  ].join(', ');
  return `begin; select ingest_open(${call}) as answer`;
}
