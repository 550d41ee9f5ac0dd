import pg from 'pg';
import { POINTS } from './loads.ts';
import type { BenchStage } from './stage.ts';

const ROWS = 5_000;
const SQL = `insert into reading_counter (point, at, count, quality, source, batch, sequence)
  select * from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::bigint[])
  on conflict (point, at) do nothing`;
/** No point of a gateway has so high a number. */
export const LIMIT_POINTS = 1_000_000;
let time = Date.now() - 7 * 24 * 3_600_000;

/** Readings a second of the same table, indexes and number of connections, fed by arrays that were built beforehand. */
export async function measureLimit(stage: BenchStage, total: number): Promise<number> {
  const clients = await Promise.all(
    [0, 1].map(async () => {
      const client = new pg.Client({ connectionString: stage.urls.ownerUrl });
      await client.connect();
      return client;
    }),
  );
  const count = Math.floor(total / ROWS / clients.length);
  const work = clients.map((_, n) => Array.from({ length: count }, () => arrays(n)));
  const since = performance.now();
  await Promise.all(
    clients.map(async (client, n) => {
      for (const parameters of work[n] ?? []) await client.query(SQL, parameters);
    }),
  );
  const ms = performance.now() - since;
  await Promise.all(clients.map((client) => client.end()));
  return (count * clients.length * ROWS * 1_000) / ms;
}

/** As a commit of ours looks: 50 batches of 100, of points that nothing else writes. */
function arrays(connection: number): string[] {
  time += 5_000;
  const columns: string[][] = [[], [], [], [], [], [], []];
  for (let row = 0; row < ROWS; row += 1) {
    const [gateway, inBatch] = [Math.floor(row / 100), row % 100];
    const at = new Date(time + Math.floor(inBatch / POINTS) * 1_000).toISOString();
    const point = LIMIT_POINTS + connection * 10_000 + gateway * POINTS + (inBatch % POINTS);
    const cells = [point, at, time, 0, 2, gateway, row];
    for (const [column, cell] of cells.entries()) columns[column]?.push(String(cell));
  }
  return columns.map((cells) => `{${cells.join(',')}}`);
}
