import type pg from 'pg';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';
import { ALL_ORGANISATIONS, PLATFORM, type Transaction } from '../../src/platform/db/transaction.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const A = '0190aaaa-0000-7000-8000-00000000000a';
const B = '0190bbbb-0000-7000-8000-00000000000b';
const actor = { kind: 'system' };

/** A store as a feature would write it. */
class Notes {
  readonly #tx: Transaction;
  constructor(tx: Transaction) {
    this.#tx = tx;
  }
  add = (text: string, organisation: string | null = this.#tx.organisation) =>
    this.#tx.query('insert into note (organisation_id, text) values ($1, $2)', [organisation, text]);
  all = async () => {
    const { rows } = await this.#tx.query<{ text: string }>('select text from note order by id');
    return rows.map((row) => row.text);
  };
}

let fresh: FreshDatabase;
let pool: pg.Pool;
let admin: pg.Pool;
let db: Database<{ notes: Notes }>;
const hookErrors: unknown[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
  const owner = createPool({ url: fresh.ownerUrl, setting: 'owner' });
  await owner.query(`
    create table note (id bigint generated always as identity primary key, organisation_id uuid not null, text text unique);
    alter table note enable row level security;
    create policy own on note to meterline_app using (organisation_id = (select app_org())) with check (organisation_id = (select app_org()));
    grant select, insert, update on note to meterline_app;
    create table slow_commit (pid int);
    grant insert on slow_commit to meterline_app;
    create function sleep() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return null; end $$;
    create constraint trigger slow after insert on slow_commit deferrable initially deferred
      for each row execute function sleep();`);
  await owner.end();
  admin = createPool({ url: fresh.adminUrl, setting: 'admin' });
  pool = createPool({ url: fresh.appUrl, setting: 'database.appUrl', size: 8 });
  db = new Database({
    pool,
    url: fresh.appUrl,
    stores: { notes: (tx: Transaction) => new Notes(tx) },
    idleTimeoutMs: 1_000,
    onHookError: (error) => hookErrors.push(error),
  });
});
afterAll(async () => {
  await admin.end();
  await pool.end();
  await fresh.drop();
});

const as = (organisation: string | null, extra = {}) => ({ organisation, actor, ...extra });
const count = () => db.transaction(as(A), async (tx) => (await tx.notes.all()).length);

test('nothing is compiled: plans over many partitions look dear, and run in a moment', async () => {
  const { rows } = await db.transaction(as(A), (tx) => tx.query('show jit'));
  expect(rows).toEqual([{ jit: 'off' }]);
});

describe('the organisation', () => {
  test('sees its own rows; another, or none, sees nothing; the context does not outlive the transaction', async () => {
    await db.transaction(as(A), (tx) => tx.notes.add('of A'));
    await db.transaction(as(PLATFORM), (tx) => tx.notes.add('of the platform'));
    expect(await db.transaction(as(A), (tx) => tx.notes.all())).toEqual(['of A']);
    expect(await db.transaction(as(B), (tx) => tx.notes.all())).toEqual([]);
    expect(await db.transaction(as(null), (tx) => tx.notes.all())).toEqual([]);
    expect(await db.transaction(as(PLATFORM), (tx) => tx.notes.all())).toEqual(['of the platform']);
    expect((await pool.query('select * from note')).rows).toEqual([]);
  });

  test('cannot write for another, and cannot be anything but a uuid', async () => {
    await expect(db.transaction(as(A), (tx) => tx.notes.add('x', B))).rejects.toThrow(/row-level security/);
    await expect(db.transaction(as(null), (tx) => tx.notes.add('x', PLATFORM))).rejects.toThrow(
      /row-level security/,
    );
    await expect(db.transaction(as("' or true"), async () => 1)).rejects.toMatchObject({
      code: 'transaction_context_invalid',
    });
  });

  test('all of them are seen by the worker only, on connections of its own, and it sees no ordinary table', async () => {
    const workers = createPool({ url: fresh.workerUrl, setting: 'database.workerUrl', size: 1 });
    const all = new Database({
      pool: workers,
      url: fresh.workerUrl,
      servesAll: true,
      stores: { notes: (tx: Transaction) => new Notes(tx) },
      onHookError: () => {},
    });
    await expect(
      all.transaction(as(ALL_ORGANISATIONS), (tx) => tx.query('select from audit_pending')),
    ).resolves.toMatchObject({ rowCount: 0 });
    await expect(all.transaction(as(ALL_ORGANISATIONS), (tx) => tx.notes.all())).rejects.toThrow(
      /permission denied/,
    );
    await expect(db.transaction(as(A), (tx) => tx.query('select from audit_pending'))).rejects.toThrow(
      /permission denied/,
    );
    for (const wrong of [
      db.transaction(as(ALL_ORGANISATIONS), async () => 1),
      all.transaction(as(A), async () => 1),
      all.transaction(as(null), async () => 1),
    ])
      await expect(wrong).rejects.toMatchObject({ code: 'transaction_context_invalid' });
    await workers.end();
  });

  test.each(['meterline_worker', 'meterline_owner', 'meterline_readonly'])(
    'cannot become %s',
    async (role) => {
      const become = db.transaction(as(A), (tx) => tx.query(`select set_config('role', '${role}', false)`));
      await expect(become).rejects.toThrow(/permission denied to set role/);
    },
  );

  test('100 at once on 8 connections never mix', async () => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => {
        const organisation = `0190cccc-0000-7000-8000-${String(i).padStart(12, '0')}`;
        return db.transaction(as(organisation), async (tx) => {
          await tx.notes.add(`mix ${i}`);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
          return tx.notes.all();
        });
      }),
    );
    expect(results).toEqual(results.map((_, i) => [`mix ${i}`]));
  });
});

describe('one connection for one after the other', () => {
  let login: string;
  // With a role that it may become: those of the product have none, and serve other tests at the same time.
  beforeAll(async () => {
    await admin.query(`create role other_of_this_test; create role login_of_this_test login password 'login-of-this-test';
      grant other_of_this_test to login_of_this_test; grant connect on database ${fresh.name} to login_of_this_test`);
    login = fresh.appUrl.replace(/\/\/[^@]+@/, '//login_of_this_test:login-of-this-test@');
  });
  afterAll(async () => {
    await admin.query('drop owned by login_of_this_test; drop role login_of_this_test, other_of_this_test');
  });

  const LEFTOVERS: [string, string, string][] = [
    ['a role', "select set_config('role', 'other_of_this_test', false)", 'select current_user'],
    [
      'read only',
      "select set_config('default_transaction_read_only', 'on', false)",
      'show transaction_read_only',
    ],
    ['a time limit', "select set_config('statement_timeout', '1ms', false)", 'show statement_timeout'],
    ['a search path', "select set_config('search_path', 'pg_catalog', false)", 'show search_path'],
    [
      'an organisation',
      `select set_config('app.other', '${A}', false)`,
      "select coalesce(current_setting('app.other', true), '')",
    ],
    [
      'an advisory lock',
      'select pg_advisory_lock(42)',
      "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
    ],
    ['a cursor', "declare left_open cursor with hold for select 'of A'", 'select count(*) from pg_cursors'],
    ['a channel', 'listen left_open', 'select count(*) from pg_listening_channels()'],
  ];

  test.each(LEFTOVERS)(
    '%s that a statement set for the session is gone, however it ended',
    async (_name, set, look) => {
      const one = createPool({ url: login, setting: 'test', size: 1 });
      const only = new Database({ pool: one, url: login, stores: {}, onHookError: () => {} });
      try {
        const state = async () => {
          const inside = await only.transaction(as(B), (tx) => tx.query(look));
          return JSON.stringify([inside.rows, (await one.query(look)).rows], (_key, value) =>
            typeof value === 'bigint' ? String(value) : value,
          );
        };
        const pid = async () => (await one.query('select pg_backend_pid() as pid')).rows[0]?.pid;
        const [before, connection] = [await state(), await pid()];
        await only.transaction(as(A), (tx) => tx.query(set));
        expect(await state()).toBe(before);
        await only
          .transaction(as(A), async (tx) => {
            await tx.query(set);
            throw new Error('rolled back');
          })
          .catch(() => {});
        expect(await state()).toBe(before);
        expect(await pid()).toBe(connection);
      } finally {
        await one.end();
      }
    },
  );
});

describe('the end', () => {
  test('saves nothing after an error and keeps the error', async () => {
    const before = await count();
    const mine = new Error('mine');
    await expect(
      db.transaction(as(A), async (tx) => {
        await tx.notes.add('rolled back');
        throw mine;
      }),
    ).rejects.toBe(mine);
    expect(await count()).toBe(before);
  });

  test.each(['commit', ' ROLLBACK', 'begin', '-- why\nend', 'start transaction', 'abort'])(
    'a store cannot end it by "%s"; a savepoint is its own affair',
    async (statement) => {
      const run = db.transaction(as(A), async (tx) => {
        await tx.query('savepoint here');
        await tx.query('rollback to savepoint here');
        await tx.notes.add('not saved');
        await tx.query(statement);
      });
      await expect(run).rejects.toMatchObject({ code: 'transaction_nested' });
      expect(await db.transaction(as(A), (tx) => tx.notes.all())).not.toContain('not saved');
    },
  );

  test('a swallowed failure does not pass for success', async () => {
    const run = db.transaction(as(A), async (tx) => {
      await tx.notes.add('lost');
      await tx.query('select 1/0').catch(() => {});
    });
    await expect(run).rejects.toMatchObject({
      code: 'transaction_aborted',
      cause: { message: 'division by zero' },
    });
  });

  test('makes stores, queries and hooks of a leaked transaction throw', async () => {
    const leaked = await db.transaction(as(A), async (tx) => tx);
    expect(() => leaked.query('select 1')).toThrow(expect.objectContaining({ code: 'transaction_closed' }));
    expect(() => leaked.notes).toThrow(expect.objectContaining({ code: 'transaction_closed' }));
    expect(() => leaked.afterCommit(() => {})).toThrow(
      expect.objectContaining({ code: 'transaction_closed' }),
    );
    const store = await db.transaction(as(A), async (tx) => tx.notes);
    expect(() => store.add('late')).toThrow(expect.objectContaining({ code: 'transaction_closed' }));
  });

  test('a promise that nobody awaited: what it had started is saved, what it starts later throws', async () => {
    let late: Promise<unknown> = Promise.resolve();
    await db.transaction(as(A), async (tx) => {
      late = tx.notes.add('not awaited').then(() => tx.notes.add('too late'));
      late.catch(() => {});
    });
    await expect(late).rejects.toMatchObject({ code: 'transaction_closed' });
    const notes = await db.transaction(as(A), (tx) => tx.notes.all());
    expect(notes).toContain('not awaited');
    expect(notes).not.toContain('too late');
  });

  test('hooks run after success only, in order; one that fails is reported and stops nobody', async () => {
    const ran: string[] = [];
    const boom = new Error('hook');
    await db.transaction(as(A), async (tx) => {
      tx.afterCommit(() => void ran.push('first'));
      tx.afterCommit(() => Promise.reject(boom));
      tx.afterCommit(() => void ran.push('last'));
    });
    await db
      .transaction(as(A), async (tx) => {
        tx.afterCommit(() => void ran.push('never'));
        throw new Error('no');
      })
      .catch(() => {});
    expect(ran).toEqual(['first', 'last']);
    expect(hookErrors).toEqual([boom]);
  });
});

describe('nesting', () => {
  test('by accident is an error; on purpose it is independent', async () => {
    const outer = db.transaction(as(A), () => db.transaction(as(A), (tx) => tx.notes.all()));
    await expect(outer).rejects.toMatchObject({ code: 'transaction_nested' });
    await db
      .transaction(as(A), async (tx) => {
        await tx.notes.add('outer');
        await db.transaction(as(A, { independent: true }), (inner) => inner.notes.add('inner'));
        throw new Error('outer fails');
      })
      .catch(() => {});
    const notes = await db.transaction(as(A), (tx) => tx.notes.all());
    expect(notes).toContain('inner');
    expect(notes).not.toContain('outer');
  });

  test('a leaked promise of an ended transaction may open one of its own', async () => {
    let later: Promise<unknown> = Promise.resolve();
    await db.transaction(as(A), async () => {
      later = new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
        db.transaction(as(A), (tx) => tx.notes.all()),
      );
    });
    await expect(later).resolves.toBeInstanceOf(Array);
  });
});

describe('trouble', () => {
  test('a conflict is tried again only where asked', async () => {
    let runs = 0;
    const conflict = (attempts: number) =>
      db.transaction(as(A, { attempts }), async (tx) => {
        runs++;
        if (runs < 3) await tx.query('do $$ begin raise serialization_failure; end $$');
        return runs;
      });
    await expect(conflict(1)).rejects.toMatchObject({ code: '40001' });
    runs = 0;
    expect(await conflict(3)).toBe(3);
  });

  test('a real serialization conflict ends well', async () => {
    await db.transaction(as(A), (tx) =>
      tx.query("insert into note (organisation_id, text) values ($1, '0')", [A]),
    );
    const { rows } = await db.transaction(as(A), (tx) =>
      tx.query<{ id: bigint }>("select id from note where text = '0'"),
    );
    const id = rows[0]?.id;
    const increment = () =>
      db.transaction(as(A, { isolation: 'serializable', attempts: 20 }), async (tx) => {
        const now = await tx.query<{ text: string }>('select text from note where id = $1', [id]);
        await tx.query('update note set text = $2 where id = $1', [
          id,
          String(Number(now.rows[0]?.text) + 1000),
        ]);
      });
    await Promise.all(Array.from({ length: 5 }, increment));
    const after = await db.transaction(as(A), (tx) => tx.query('select text from note where id = $1', [id]));
    expect(after.rows).toEqual([{ text: '5000' }]);
  });

  test('a slow statement is ended by its own timeout', async () => {
    const slow = db.transaction(as(A, { statementTimeoutMs: 100 }), (tx) => tx.query('select pg_sleep(5)'));
    await expect(slow).rejects.toMatchObject({ code: '57014' });
    const { rows } = await pool.query(
      "select current_setting('statement_timeout') as timeout, current_setting('app.org', true) as org",
    );
    expect(rows[0]).toMatchObject({ timeout: '0', org: expect.toBeOneOf([null, '']) });
  });

  test('a transaction that idles is ended by the server, and its connection is not used again', async () => {
    const idle = db.transaction(as(A), async (tx) => {
      await tx.query('select 1');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await tx.query('select 2');
    });
    await expect(idle).rejects.toThrow();
    await Promise.all(Array.from({ length: 16 }, count));
  });

  test('a connection that dies in the middle is discarded; during the commit the outcome is called unknown', async () => {
    const dies = db.transaction(as(A), (tx) => tx.query('select pg_terminate_backend(pg_backend_pid())'));
    await expect(dies).rejects.toThrow();
    const diesIdle = db.transaction(as(A), async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await expect(diesIdle).rejects.toMatchObject({ code: 'database_unreachable', retryable: true });
    const diesInCommit = db.transaction(as(A), async (tx) => {
      await tx.query('insert into slow_commit values (pg_backend_pid())');
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      setTimeout(() => admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]), 100);
    });
    await expect(diesInCommit).rejects.toMatchObject({ code: 'transaction_commit_unknown' });
    await Promise.all(Array.from({ length: 16 }, count));
  });
});

test('values cross exactly', async () => {
  const instant = Temporal.Instant.from('2026-11-20T03:58:09.123456Z');
  const { rows } = await db.transaction(as(A), (tx) =>
    tx.query(
      `select $1::timestamptz as t, $2::int8 as big, 1.10::numeric(10,2) as n, $3::date as d, array[$1::timestamptz, null] as ts,
              $4::bytea as b, $5::bigint[] as bigs, $6::uuid[] as ids, '{"a":1}'::jsonb as j`,
      [
        instant,
        9007199254740993n,
        Temporal.PlainDate.from('2026-02-28'),
        Buffer.from([1, 0, 255]),
        [1n, 2n ** 62n],
        [A, B],
      ],
    ),
  );
  expect(rows[0]).toEqual({
    t: instant,
    big: 9007199254740993n,
    n: '1.10',
    d: Temporal.PlainDate.from('2026-02-28'),
    ts: [instant, null],
    b: Buffer.from([1, 0, 255]),
    bigs: [1n, 2n ** 62n],
    ids: [A, B],
    j: { a: 1 },
  });
  expect(String(rows[0]?.t)).toBe('2026-11-20T03:58:09.123456Z');
  await expect(db.transaction(as(A), (tx) => tx.query("select '2026-01-01'::timestamp"))).rejects.toThrow(
    /timestamptz/,
  );
});
