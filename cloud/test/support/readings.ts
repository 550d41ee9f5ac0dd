import type pg from 'pg';

/** A reading as a test writes it: minutes after midnight UTC of a day, a count or value, and what else matters. */
export interface Row {
  readonly point: number;
  readonly at: string;
  readonly value: bigint | number | null;
  readonly quality?: number;
  readonly source?: number;
  readonly batch?: number;
  readonly sequence?: number;
  readonly raw?: Buffer | null;
  readonly register?: number | null;
  readonly boundary?: string | null;
  readonly bracket?: readonly [at: string, count: bigint | number] | null;
}

const column = <T>(rows: readonly Row[], of: (row: Row, i: number) => T): T[] => rows.map(of);

const shared = (rows: readonly Row[]) => [
  column(rows, ({ quality = 0 }) => quality),
  column(rows, ({ source = 1 }) => source),
  column(rows, ({ batch = 1 }) => batch),
  column(rows, ({ sequence }, i) => sequence ?? i + 1),
];

/** Stores as the ingest does, with its role; answers the conflicts. */
export async function store(
  ingest: pg.ClientBase | pg.Pool,
  type: 'gauge' | 'counter' | 'billing',
  rows: readonly Row[],
): Promise<readonly Record<string, unknown>[]> {
  const key = [column(rows, ({ point }) => point), column(rows, ({ at }) => at)];
  const values = column(rows, ({ value }) => value);
  if (type !== 'billing') {
    const name = type === 'gauge' ? 'store_gauges' : 'store_counters';
    return (
      await ingest.query(`select * from ${name}($1, $2, $3, $4, $5, $6, $7)`, [
        ...key,
        values,
        ...shared(rows),
      ])
    ).rows;
  }
  const { rows: conflicts } = await ingest.query(
    'select * from store_billing($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
    [
      ...key,
      values,
      column(rows, ({ raw = null }) => raw),
      column(rows, ({ register = null }) => register),
      column(rows, ({ boundary = null }) => boundary),
      column(rows, ({ bracket }) => bracket?.[0] ?? null),
      column(rows, ({ bracket }) => bracket?.[1] ?? null),
      ...shared(rows),
    ],
  );
  return conflicts;
}
