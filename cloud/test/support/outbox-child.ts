// A dispatcher in a process of its own, to be killed: notes every delivery outside of any transaction, slowly.
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';
import { OutboxDispatcher } from '../../src/platform/db/outbox.dispatcher.ts';

const url = process.argv[2] ?? '';
const pool = createPool({ url, setting: 'database.workerUrl' });
const db = new Database({ pool, url, servesAll: true, stores: {}, onHookError: () => {} });
const dispatcher = new OutboxDispatcher({
  db,
  batchSize: 20,
  onError: (error) => process.stderr.write(`${error}\n`),
  handle: async (event) => {
    await pool.query('insert into delivery (id) values ($1)', [event.id]);
    process.stdout.write('.');
    await sleep(200);
    return { kind: 'done' };
  },
});
dispatcher.start();
