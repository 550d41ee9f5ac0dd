/** As PostgreSQL reads it. */
export const instant = (ms: number): string => new Date(ms).toISOString();

/** A row of cells a thing, turned into an array a column, as `unnest` wants it. */
export function transpose(rows: readonly (readonly unknown[])[]): unknown[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}

export const bytes = (hex: string | null | undefined): Buffer | null =>
  hex === null || hex === undefined ? null : Buffer.from(hex, 'hex');
