import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { createPool } from '../../src/platform/db/index.ts';

it('outlives a connection that is lost between two statements of a transaction', async () => {
  const url = inject('postgresUrl');
  const pool = createPool({ url, setting: 'database.appUrl', size: 2 });
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  try {
    const client = await pool.connect();
    await client.query('begin');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    // Nothing is under way on it: whoever holds it hears of its end by an event, which must not end the process.
    await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await sleep(200);
    await expect(client.query('commit')).rejects.toThrow();
    client.release(true);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  } finally {
    await other.end();
    await pool.end();
  }
});
