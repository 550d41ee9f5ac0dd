import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate, TABLES } from './schema.ts';
import * as sql from './sql.ts';

let db: Sqlite.Database;
beforeAll(() => {
  db = new Sqlite(':memory:');
  migrate(db);
  const insert = db.prepare(
    `INSERT INTO batch VALUES (?, 1, ?, ?, ?, ?, ?, NULL, 10, ?, '', '', '', 0, ?, 0, 0, zeroblob(5000))`,
  );
  for (let i = 1; i <= 3_000; i += 1)
    insert.run(i, i, i % 3 ? 'gauge' : 'boundary', i, i * 10, i * 10 + 9, i, i % 4);
  db.exec('ANALYZE');
});
afterAll(() => db.close());

const planOf = (query: string): string =>
  (
    db.prepare(`EXPLAIN QUERY PLAN ${query}`).all(...Array(query.split('?').length - 1).fill(1)) as {
      detail: string;
    }[]
  )
    .map(({ detail }) => detail)
    .join('; ');

/** The words are SQLite's. A SCAN of a table would read through every payload of a month offline. */
const PLANS: [name: string, query: string, plan: RegExp][] = [
  ['oldest to send', sql.WAITING_UP, /^SEARCH batch USING COVERING INDEX batch_waiting \(id>\?\)$/],
  ['newest to send', sql.WAITING_DOWN, /^SEARCH batch USING COVERING INDEX batch_waiting \(id<\?\)$/],
  [
    'oldest counts to send',
    sql.WAITING_COUNTS,
    /^SEARCH batch USING COVERING INDEX batch_waiting \(id>\?\)$/,
  ],
  ['newest batch', sql.NEWEST_BATCH, /^SCAN batch$/],
  ['depth', sql.WAITING_DEPTH, /^SCAN batch USING COVERING INDEX batch_waiting/],
  ['sent', sql.WAITING_SENT, /^SCAN batch USING COVERING INDEX batch_waiting$/],
  ['a level of thinning', sql.WAITING_LEVEL, /^SCAN batch USING COVERING INDEX batch_waiting$/],
  ['all of a kind', sql.WAITING_KIND, /^SCAN batch USING COVERING INDEX batch_waiting$/],
  ['lowest that waits', sql.WAITING_LOWEST, /^SCAN batch USING COVERING INDEX batch_waiting$/],
  ['releasable', sql.RELEASABLE, /USING (COVERING )?INDEX batch_done \(state=\?/],
  ['kept', sql.KEPT, /USING (COVERING )?INDEX batch_done \(state=\?/],
  ['forgettable', sql.FORGETTABLE, /USING (COVERING )?INDEX batch_done \(state=\?/],
  ['payload', sql.BATCH_PAYLOAD, /^SEARCH batch USING INTEGER PRIMARY KEY/],
  ['anchors of a boot', sql.ANCHORS_OF_BOOT, /anchor_of_boot \(boot=\?\)/],
  ['first anchor', sql.FIRST_ANCHOR, /^SEARCH anchor USING INDEX anchor_of_boot \(boot=\?\)$/],
  ['last anchor', sql.LAST_ANCHOR, /^SEARCH anchor USING INDEX anchor_of_boot \(boot=\?\)$/],
  ...TABLES.flatMap((table): [string, string, RegExp][] => [
    [`${table} after`, sql.rowsAfter(table), /^SEARCH \w+ USING INTEGER PRIMARY KEY \(rowid>\?\)$/],
    [
      `${table} between`,
      sql.rowsBetween(table),
      /^SEARCH \w+ USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)$/,
    ],
    [
      `${table} delete`,
      sql.deleteBetween(table),
      /^SEARCH \w+ USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)$/,
    ],
    [`${table} last`, sql.lastRow(table), /^SEARCH \w+$/],
  ]),
];

it.each(PLANS)('%s', (_, query, plan) => {
  expect(planOf(query)).toMatch(plan);
});
