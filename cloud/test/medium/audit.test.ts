import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { listStatement, PENDING_SQL, SEALER_LOCK_SQL, WAITING_SQL } from '../../src/audit/audit.sql.ts';
import {
  type AuditLog,
  type AuditRecord,
  AuditSealer,
  auditBacklog,
  auditStore,
  deriveAuditKeys,
  describeFinding,
  type Finding,
  parseHead,
  parseTrustedKey,
  runAuditVerify,
  type VerifyOptions,
  verifyAudit,
} from '../../src/audit/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';
import { type Actor, PLATFORM } from '../../src/platform/db/transaction.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const A = '0190aaaa-0000-7000-8000-00000000000a';
const B = '0190bbbb-0000-7000-8000-00000000000b';
const SOMCHAI = '0190cccc-0000-7000-8000-00000000000c';
const master = randomBytes(32);
const keys = deriveAuditKeys(master);
const ids = createIds(systemClock);
const actor: Actor = { kind: 'system', id: 'test' };

let fresh: FreshDatabase;
let pool: pg.Pool;
let admin: pg.Pool;
let db: Database<{ audit: AuditLog }>;
let workers: pg.Pool;
/** As meterline_worker: the sealer and the verifier. */
let all: Database;
const sealers: AuditSealer[] = [];
const children: ChildProcess[] = [];

async function open(layer: 'plain' | 'timescale') {
  fresh = await freshDatabase({ layer });
  admin = createPool({ url: fresh.adminUrl, setting: 'admin' });
  await openWorkers();
  pool = createPool({ url: fresh.appUrl, setting: 'database.appUrl', size: 10 });
  db = new Database({
    pool,
    url: fresh.appUrl,
    stores: { audit: auditStore({ keys, clock: systemClock, ids }) },
    onHookError: (error) => {
      throw error;
    },
  });
}
async function openWorkers() {
  workers = createPool({ url: fresh.workerUrl, setting: 'database.workerUrl', size: 10 });
  const onHookError = (error: unknown) => {
    throw error;
  };
  all = new Database({ pool: workers, url: fresh.workerUrl, servesAll: true, stores: {}, onHookError });
}
async function close() {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(sealers.splice(0).map((sealer) => sealer.stop()));
  await pool.end();
  await workers.end();
  await admin.end();
  await fresh.drop();
}
beforeEach(() => open('plain'));
afterEach(close);

const record = (n: number | string, extra: Partial<AuditRecord> = {}): AuditRecord => ({
  action: 'invoice.finalised',
  subject: { type: 'invoice', id: String(n) },
  fields: ['state', 'total'],
  ...extra,
});
const append = (organisation: string, ...records: AuditRecord[]) =>
  db.transaction({ organisation, actor, requestId: 'req-1' }, (tx) => tx.audit.append(...records));

function sealer(extra: Partial<ConstructorParameters<typeof AuditSealer>[0]> = {}) {
  const errors: unknown[] = [];
  const made = new AuditSealer({
    db: all,
    signer: keys.signer,
    clock: systemClock,
    pollMs: 50,
    onError: (error) => errors.push(error),
    ...extra,
  });
  sealers.push(made);
  return Object.assign(made, { errors });
}
async function sealAll() {
  const made = sealer();
  while ((await made.sealBatch()) > 0);
}
function startChild(): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../support/audit-child.ts', import.meta.url)),
      fresh.workerUrl,
      master.toString('base64'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  return child;
}
/** Listened for before there is something to seal: it may be sealed at once, and only once. */
function sealing(child: ChildProcess): Promise<unknown> {
  return once(child.stdout as NodeJS.ReadableStream, 'data');
}

/** `count` entries of A in batches of three seals each, and two of B. */
async function sealed(count = 9) {
  for (let n = 1; n <= count; n += 3) {
    await append(A, record(n), record(n + 1), record(n + 2));
    await sealAll();
  }
  await append(B, record(1), record(2));
  await sealAll();
}
async function verify(extra: Partial<VerifyOptions> = {}) {
  const findings: Finding[] = [];
  const heads: string[] = [];
  const summary = await verifyAudit({
    db: all,
    trusted: [keys.signer],
    graceMs: 100,
    batchSize: 4,
    onFinding: (finding) => findings.push(finding),
    onHead: (head) => heads.push(`${head.organisation}:${head.number}:${head.digest}`),
    ...extra,
  });
  return { findings, heads, summary };
}
/** As somebody with all power over the database would: past triggers and constraints. */
async function byHand(...statements: string[]) {
  const client = await admin.connect();
  try {
    await client.query("set session_replication_role = 'replica'");
    for (const statement of statements) await client.query(statement);
  } finally {
    client.release(true);
  }
}
const entryOf = async (number: number, organisation = A) => {
  const { rows } = await admin.query(
    'select entry_id from audit_seal where organisation_id = $1 and number = $2',
    [organisation, number],
  );
  return rows[0]?.entry_id as string;
};

describe('writing', () => {
  test('stands in the transaction of the state: who, from where, what, why', async () => {
    const [id] = await append(A, record(7, { reason: 'month end' }));
    await db
      .transaction({ organisation: A, actor }, async (tx) => {
        await tx.audit.append(record(8));
        throw new Error('no');
      })
      .catch(() => {});
    const gateway: Actor = { kind: 'gateway', id: 'g1', address: '10.0.0.7' };
    await db.transaction({ organisation: A, actor: gateway }, (tx) => tx.audit.append(record(9)));
    const entries = await db.transaction({ organisation: A, actor }, (tx) => tx.audit.list());
    expect(entries).toHaveLength(2);
    expect(entries[1]).toMatchObject({
      id,
      organisation: A,
      actorKind: 'system',
      actorId: 'test',
      address: null,
      action: 'invoice.finalised',
      subjectType: 'invoice',
      subjectId: '7',
      fields: ['state', 'total'],
      personal: '[]',
      reason: 'month end',
      requestId: 'req-1',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
    expect(entries[0]).toMatchObject({ actorKind: 'gateway', actorId: 'g1', address: '10.0.0.7' });
    expect(await db.transaction({ organisation: B, actor }, (tx) => tx.audit.list())).toEqual([]);
  });

  test('pages are stable, also by subject', async () => {
    await append(A, ...Array.from({ length: 7 }, (_, n) => record(n % 2)));
    const all = await db.transaction({ organisation: A, actor }, (tx) => tx.audit.list());
    const paged = await db.transaction({ organisation: A, actor }, async (tx) => {
      const first = await tx.audit.list({ limit: 4 });
      const last = first.at(-1);
      return [...first, ...(await tx.audit.list({ limit: 4, ...(last ? { after: last } : {}) }))];
    });
    expect(paged).toEqual(all);
    const odd = await db.transaction({ organisation: A, actor }, (tx) =>
      tx.audit.list({ subject: { type: 'invoice', id: '1' } }),
    );
    expect(odd).toEqual(all.filter((entry) => entry.subjectId === '1'));
  });

  test('can be neither changed nor removed: not by the application, and not by the owner by mistake', async () => {
    await append(A, record(1));
    await sealAll();
    const owner = createPool({ url: fresh.ownerUrl, setting: 'owner' });
    for (const table of ['audit_entry', 'audit_seal', 'audit_checkpoint']) {
      for (const sql of [
        `update ${table} set organisation_id = gen_random_uuid()`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        await expect(db.transaction({ organisation: A, actor }, (tx) => tx.query(sql))).rejects.toThrow(
          /permission denied/,
        );
        await expect(owner.query(sql)).rejects.toThrow(/append-only/);
      }
    }
    await expect(owner.query('delete from person_key; truncate person_key')).rejects.toThrow(/append-only/);
    await owner.end();
  });

  test.each([
    ['no organisation', null, record(1), 'audit_context_invalid'],
    ['a field that is no name', A, record(1, { fields: ['somchai@example.org'] }), 'audit_record_invalid'],
  ] as const)('%s is refused', async (_name, organisation, bad, code) => {
    await expect(db.transaction({ organisation, actor }, (tx) => tx.audit.append(bad))).rejects.toMatchObject(
      { code },
    );
  });
});

describe('persons', () => {
  const user: Actor = { kind: 'user', id: SOMCHAI, person: SOMCHAI, address: '203.0.113.9' };
  const change = (before: string, after: string) =>
    record(1, { action: 'person.changed', personal: [{ person: SOMCHAI, field: 'email', before, after }] });
  const write = () =>
    db.transaction({ organisation: A, actor: user }, (tx) =>
      tx.audit.append(change('old@example.org', 'new@example.org')),
    );
  const reveal = (organisation = A) =>
    db.transaction({ organisation, actor }, async (tx) => {
      const entries = (await tx.audit.list()).filter((entry) => entry.action === 'person.changed');
      return tx.audit.reveal(entries);
    });
  const raw = async () => {
    const { rows } = await admin.query(
      "select (select string_agg(e::text, ' ') from audit_entry e) || (select string_agg(k::text, ' ') from person_key k) as all",
    );
    return String(rows[0]?.all);
  };

  test('their values, and their address, stand there encrypted and can be read by their organisation', async () => {
    await write();
    expect(await reveal()).toEqual([
      [
        {
          person: SOMCHAI,
          field: 'email',
          before: 'old@example.org',
          after: 'new@example.org',
          forgotten: false,
        },
        { person: SOMCHAI, field: 'actor.address', after: '203.0.113.9', forgotten: false },
      ],
    ]);
    const text = await raw();
    for (const value of ['example.org', '203.0.113.9']) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value).toString('base64').slice(0, 8));
    }
  });

  test('forgotten: unreadable for good, the chain still verifies, the tombstone says when and who', async () => {
    await write();
    await sealAll();
    const before = (await admin.query("select personal from audit_entry where action = 'person.changed'"))
      .rows;
    const forget = () =>
      db.transaction({ organisation: A, actor }, (tx) => tx.audit.forget(SOMCHAI, 'asked for it'));
    expect(await forget()).toBe(true);
    expect(await forget()).toBe(false);
    expect((await reveal())[0]).toEqual([
      { person: SOMCHAI, field: 'email', forgotten: true },
      { person: SOMCHAI, field: 'actor.address', forgotten: true },
    ]);
    expect(
      (await admin.query("select personal from audit_entry where action = 'person.changed'")).rows,
    ).toEqual(before);
    const { rows } = await admin.query(
      'select wrapped, forgotten_by, forgotten_at is not null as at from person_key',
    );
    expect(rows).toEqual([{ wrapped: null, forgotten_by: 'system test', at: true }]);
    await sealAll();
    expect((await verify()).findings).toEqual([]);
    // Nothing about them is written any more, and no new key is made.
    await write();
    expect(await reveal()).toEqual(
      Array.from({ length: 2 }, () =>
        expect.arrayContaining([{ person: SOMCHAI, field: 'email', forgotten: true }]),
      ),
    );
    const owner = createPool({ url: fresh.ownerUrl, setting: 'owner' });
    await expect(
      owner.query(
        "update person_key set wrapped = decode(repeat('00', 60), 'hex'), forgotten_at = null, forgotten_by = null",
      ),
    ).rejects.toThrow(/forgotten for good/);
    await owner.end();
  });

  test('a box that is moved to another entry does not open', async () => {
    await write();
    await db.transaction({ organisation: A, actor: { kind: 'user', id: SOMCHAI } }, (tx) =>
      tx.audit.append(change('x', 'y')),
    );
    await byHand('update audit_entry set personal = (select personal from audit_entry order by id limit 1)');
    const values = (await reveal()).flat().filter((value) => value.after === '(unreadable)');
    expect(values.length).toBeGreaterThan(0);
  });

  test('a box that was made illegible by hand spoils no page', async () => {
    await write();
    await byHand("update audit_entry set personal = '[{'");
    expect(await reveal()).toEqual([[]]);
    await sealAll();
  });

  test('a wrong master key is named, not written over', async () => {
    await write();
    const other = new Database({
      pool,
      url: fresh.appUrl,
      stores: { audit: auditStore({ keys: deriveAuditKeys(randomBytes(32)), clock: systemClock, ids }) },
      onHookError: () => {},
    });
    await expect(
      other.transaction({ organisation: A, actor: user }, (tx) => tx.audit.append(change('a', 'b'))),
    ).rejects.toMatchObject({
      code: 'audit_key_unknown',
      message: expect.stringMatching(/^keys\.master is another one/),
    });
  });

  test('many at once about new persons make one key each', async () => {
    const persons = Array.from({ length: 5 }, () => ids.next());
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        db.transaction({ organisation: A, actor }, (tx) =>
          tx.audit.append(
            record(n, {
              action: 'person.changed',
              personal: [...persons]
                .sort(() => Math.random() - 0.5)
                .map((person) => ({ person, field: 'name', after: `name ${n}` })),
            }),
          ),
        ),
      ),
    );
    expect((await admin.query('select count(*)::int as n from person_key')).rows).toEqual([{ n: 5 }]);
    expect(
      (await reveal()).flat().every((value) => !value.forgotten && /^name \d+$/.test(value.after ?? '')),
    ).toBe(true);
  });
});

describe('sealing', () => {
  test('chains each organisation by itself, the platform too, and verifies', async () => {
    await sealed();
    await append(PLATFORM, record(1));
    await sealAll();
    const { findings, heads, summary } = await verify();
    expect(findings).toEqual([]);
    expect(heads.map((head) => head.split(':').slice(0, 2).join(':'))).toEqual([
      `${PLATFORM}:1`,
      `${A}:9`,
      `${B}:2`,
    ]);
    expect(summary).toMatchObject({ organisations: 3, entries: 12, checkpoints: 5, rounds: 5, findings: 0 });
    expect(await auditBacklog(all)).toEqual({ waiting: 0, oldestSeconds: 0 });
  });

  test('does the same on TimescaleDB', async () => {
    await close();
    await open('timescale');
    await sealed(6);
    expect((await verify()).summary).toMatchObject({ entries: 8, findings: 0 });
    const entry = await entryOf(5);
    await byHand(`update audit_entry set reason = 'x' where id = '${entry}'`);
    expect((await verify()).findings).toEqual([
      { kind: 'entry_tampered', organisation: A, number: 5n, entry },
    ]);
  });

  test('misses nothing that commits late or out of order, with many writers, two sealers and one that is killed', async () => {
    const child = startChild();
    const works = sealing(child);
    await append(A, record('for the child'));
    await works;
    sealer({ batchSize: 20 }).start();
    sealer({ batchSize: 20 }).start();
    const end = Promise.withResolvers<void>();
    const long = db.transaction({ organisation: A, actor }, async (tx) => {
      await tx.audit.append(record('long, first'));
      await end.promise;
      await tx.audit.append(record('long, last'));
    });
    const writers = Array.from({ length: 6 }, async (_, w) => {
      for (let n = 0; n < 60; n++) {
        await db
          .transaction({ organisation: w % 2 ? A : B, actor }, async (tx) => {
            await tx.audit.append(record(`${w}.${n}`));
            if (n % 10 === 0) throw new Error('rolled back');
            if (n % 7 === 0) await sleep(Math.random() * 40);
          })
          .catch(() => {});
      }
    });
    await sleep(50);
    child.kill('SIGKILL');
    await Promise.all(writers);
    await vi.waitFor(async () => expect((await auditBacklog(all)).waiting).toBe(0), {
      timeout: 5_000,
      interval: 50,
    });
    const before = await verify();
    expect(before.findings).toEqual([]);
    expect(before.summary.entries).toBe(1 + 6 * 54);
    end.resolve();
    await long;
    const committed = performance.now();
    await vi.waitFor(
      async () =>
        expect((await admin.query('select count(*)::int as n from audit_seal')).rows[0]?.n).toBe(
          1 + 6 * 54 + 2,
        ),
      { timeout: 5_000, interval: 20 },
    );
    console.log(
      `sealed ${Math.round(performance.now() - committed)} ms after the commit of a long transaction`,
    );
    expect((await verify()).findings).toEqual([]);
    expect(sealers.flatMap((made) => (made as ReturnType<typeof sealer>).errors)).toEqual([]);
  });

  test('does not hold up a writer while it holds its lock', async () => {
    await append(A, record(1));
    const holder = await workers.connect();
    try {
      await holder.query('begin');
      await holder.query(SEALER_LOCK_SQL);
      await holder.query('delete from audit_pending');
      expect(await sealer().sealBatch()).toBe(0);
      await append(A, record(2));
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    expect(await sealer().sealBatch()).toBe(2);
  });

  test('rows whose entries were removed by hand do not stop it', async () => {
    const gone = await append(A, ...Array.from({ length: 6 }, (_, n) => record(n)));
    await byHand(`delete from audit_entry where id in ('${gone.join("','")}')`);
    await append(A, record('after'));
    expect(await sealer({ batchSize: 5 }).sealBatch()).toBe(1);
    expect((await verify()).findings.map(({ kind }) => kind)).toEqual(
      gone.map(() => 'entry_removed_unsealed'),
    );
  });

  test('a process that freezes in the middle is taken over from within 5 s', async () => {
    const child = startChild();
    let frozen = false;
    // Frozen again and again until it holds the lock while it stands still.
    for (let n = 0; !frozen; n++) {
      const works = sealing(child);
      await append(A, ...Array.from({ length: 200 }, (_, i) => record(`${n}.${i}`)));
      await works;
      child.kill('SIGSTOP');
      await sleep(50);
      const { rows } = await admin.query(
        "select from pg_locks where relation = 'audit_sealer'::regclass and mode = 'RowShareLock' and granted",
      );
      frozen = rows.length > 0;
      if (!frozen) child.kill('SIGCONT');
    }
    sealer().start();
    await vi.waitFor(async () => expect((await auditBacklog(all)).waiting).toBe(0), { timeout: 15_000 });
    expect((await verify()).findings).toEqual([]);
  });

  test('a lost connection is survived', async () => {
    const made = sealer();
    made.start();
    await sleep(100);
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename like 'meterline_%'",
    );
    await append(A, record(1)).catch(() => append(A, record(1)));
    await vi.waitFor(async () => expect((await auditBacklog(all)).waiting).toBe(0), { timeout: 5_000 });
  });
});

describe('verifying finds', () => {
  test('an entry changed by hand', async () => {
    await sealed();
    const entry = await entryOf(5);
    await byHand(`update audit_entry set reason = 'nothing to see' where id = '${entry}'`);
    const { findings, summary } = await verify();
    expect(findings).toEqual([{ kind: 'entry_tampered', organisation: A, number: 5n, entry }]);
    expect(summary.findings).toBe(1);
    expect(findings.map(describeFinding)).toEqual([
      `organisation ${A}: entry ${entry} (number 5) was changed after it had been sealed`,
    ]);
  });

  test.each([
    ['actor_id', "'other'"],
    ['at', "at + interval '1 microsecond'"],
    ['fields', "'{state,total,more}'"],
    ['fields', '\'{"state,total"}\''],
    ['personal', "'[ ]'"],
    ['request_id', 'null'],
    ['organisation_id', `'${B}'`],
  ])('a changed %s (%s)', async (column, value) => {
    await sealed(3);
    const entry = await entryOf(2);
    await byHand(`update audit_entry set ${column} = ${value} where id = '${entry}'`);
    expect((await verify()).findings).toEqual([
      { kind: 'entry_tampered', organisation: A, number: 2n, entry },
    ]);
  });

  test('an entry removed from the middle, with its seal or without', async () => {
    await sealed();
    const [second, fifth] = [await entryOf(2), await entryOf(5)];
    await byHand(
      `delete from audit_entry where id in ('${second}', '${fifth}')`,
      `delete from audit_seal where entry_id = '${fifth}'`,
    );
    expect((await verify()).findings).toEqual([
      { kind: 'entry_removed', organisation: A, number: 2n, entry: second },
      { kind: 'seals_missing', organisation: A, from: 5n, to: 5n },
    ]);
  });

  test('the last entry removed, without and with its seal', async () => {
    await sealed();
    const last = await entryOf(9);
    await byHand(`delete from audit_entry where id = '${last}'`);
    expect((await verify()).findings).toEqual([
      { kind: 'entry_removed', organisation: A, number: 9n, entry: last },
    ]);
    await byHand(`delete from audit_seal where entry_id = '${last}'`);
    expect((await verify()).findings).toEqual([
      { kind: 'tail_removed', organisation: A, number: 8n, signed: 9n },
    ]);
  });

  test('the whole end removed, checkpoint and all, by the head noted before', async () => {
    await sealed();
    const noted = (await verify()).heads[0]?.split(':') ?? [];
    const expected = [
      { organisation: noted[0] ?? '', number: BigInt(noted[1] ?? 0), digest: noted[2] ?? '' },
    ];
    expect((await verify({ expected })).findings).toEqual([]);
    const gone = await Promise.all([7, 8, 9].map((n) => entryOf(n)));
    await byHand(
      `delete from audit_entry where id in ('${gone.join("','")}')`,
      `delete from audit_seal where organisation_id = '${A}' and number > 6`,
      `delete from audit_checkpoint where organisation_id = '${A}' and number > 6`,
    );
    const round = { kind: 'round_tampered', organisation: 'all', number: 3n };
    expect((await verify()).findings).toEqual([round]);
    await byHand('delete from audit_round where number > 2', 'delete from audit_checkpoint where round > 2');
    await byHand(
      `delete from audit_seal where organisation_id = '${B}'`,
      `delete from audit_entry where organisation_id = '${B}'`,
    );
    expect((await verify()).findings).toEqual([]);
    expect((await verify({ expected })).findings).toEqual([
      { kind: 'expectation_failed', organisation: A, number: 9n, found: null },
    ]);
    // New entries under the same numbers do not help.
    await append(A, record(7), record(8), record(9));
    await sealAll();
    expect((await verify({ expected })).findings).toMatchObject([
      { kind: 'expectation_failed', number: 9n, found: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('a removed end stays visible when the chain goes on', async () => {
    await sealed();
    const last = await entryOf(9);
    await byHand(
      `delete from audit_entry where id = '${last}'`,
      `delete from audit_seal where entry_id = '${last}'`,
    );
    await append(A, record(10));
    await sealAll();
    expect((await verify()).findings).toEqual([{ kind: 'seals_missing', organisation: A, from: 9n, to: 9n }]);
  });

  test('all seals of an organisation removed', async () => {
    await sealed(3);
    await byHand(`delete from audit_seal where organisation_id = '${A}'`);
    const { findings } = await verify();
    expect(findings[0]).toEqual({ kind: 'tail_removed', organisation: A, number: 0n, signed: 3n });
    expect(findings.slice(1).map(({ kind }) => kind)).toEqual([
      'entry_unsealed',
      'entry_unsealed',
      'entry_unsealed',
    ]);
  });

  test('a seal removed: the entry under it is unsealed', async () => {
    await sealed();
    const entry = await entryOf(4);
    await byHand(`delete from audit_seal where entry_id = '${entry}'`);
    expect((await verify()).findings).toEqual([
      { kind: 'seals_missing', organisation: A, from: 4n, to: 4n },
      { kind: 'entry_unsealed', organisation: A, entry },
    ]);
  });

  test('two entries swapped', async () => {
    await sealed();
    const [four, five] = [await entryOf(4), await entryOf(5)];
    await byHand(
      `update audit_seal set entry_id = gen_random_uuid() where entry_id = '${four}'`,
      `update audit_seal set entry_id = '${four}' where entry_id = '${five}'`,
      `update audit_seal set entry_id = '${five}' where organisation_id = '${A}' and number = 4`,
    );
    const kinds = (await verify()).findings.map(
      (finding) => `${finding.kind} ${'number' in finding ? finding.number : ''}`,
    );
    expect(kinds).toEqual(['seal_tampered 4', 'entry_tampered 4', 'seal_tampered 5', 'entry_tampered 5']);
  });

  test('a chain rewritten from a changed entry on, checkpoints left, forged or removed', async () => {
    await sealed();
    const entry = await entryOf(5);
    await byHand(
      `update audit_entry set subject_id = 'other' where id = '${entry}'`,
      // An insider who knows the rules makes every digest right again.
      `create function public.t(name text, value text) returns text language sql as $$ select name || '=' || coalesce(octet_length(value) || ':' || value, '-') || E'\\n' $$`,
      `do $$
      declare s record; e audit_entry; previous text := repeat('0', 64); entry_text text; d text;
      begin
        for s in select * from audit_seal where organisation_id = '${A}' order by number loop
          select * into e from audit_entry where id = s.entry_id;
          select E'meterline audit entry 1\\n' || t('id', e.id::text) || t('organisation', e.organisation_id::text)
            || t('at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) || t('actor kind', e.actor_kind) || t('actor id', e.actor_id)
            || t('address', e.address) || t('action', e.action) || t('subject type', e.subject_type) || t('subject id', e.subject_id)
            || t('fields', cardinality(e.fields)::text) || coalesce((select string_agg(t('field', f), '' order by n) from unnest(e.fields) with ordinality u (f, n)), '')
            || t('personal', e.personal) || t('reason', e.reason) || t('request id', e.request_id) into entry_text;
          d := encode(sha256(convert_to(entry_text, 'UTF8')), 'hex');
          previous := encode(sha256(convert_to(E'meterline audit seal 1\\n' || t('organisation', s.organisation_id::text) || t('number', s.number::text)
            || t('entry', s.entry_id::text) || t('entry digest', d) || t('previous', previous)
            || t('sealed at', to_char(s.sealed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8')), 'hex');
          update audit_seal set entry_digest = decode(d, 'hex'), digest = decode(previous, 'hex') where organisation_id = s.organisation_id and number = s.number;
        end loop;
      end $$`,
    );
    expect((await verify()).findings).toEqual([
      { kind: 'checkpoint_contradicted', organisation: A, number: 6n },
      { kind: 'checkpoint_contradicted', organisation: A, number: 9n },
    ]);
    await byHand(
      `update audit_checkpoint c set digest = s.digest from audit_seal s where s.organisation_id = c.organisation_id and s.number = c.number`,
    );
    expect((await verify()).findings).toEqual([
      { kind: 'checkpoint_forged', organisation: A, number: 6n },
      { kind: 'checkpoint_forged', organisation: A, number: 9n },
      { kind: 'tail_unsigned', organisation: A, from: 4n, to: 9n },
      { kind: 'round_tampered', organisation: 'all', number: 2n },
      { kind: 'round_tampered', organisation: 'all', number: 3n },
    ]);
    await byHand(`delete from audit_checkpoint where organisation_id = '${A}' and number > 3`);
    expect((await verify()).findings).toEqual([
      { kind: 'tail_unsigned', organisation: A, from: 4n, to: 9n },
      { kind: 'round_tampered', organisation: 'all', number: 2n },
      { kind: 'round_tampered', organisation: 'all', number: 3n },
    ]);
  });

  test('a checkpoint of a stranger key, and one far ahead that must not stop the others', async () => {
    await sealed();
    await byHand(
      `insert into audit_checkpoint (organisation_id, number, round, digest, signed_at, key_id, signature) select organisation_id, 10, round, digest, signed_at, key_id, signature from audit_checkpoint where organisation_id = '${A}' and number = 9`,
    );
    const forged = [
      { kind: 'checkpoint_forged', organisation: A, number: 10n },
      { kind: 'round_tampered', organisation: 'all', number: 3n },
    ];
    expect((await verify()).findings).toEqual(forged);
    const [entry] = await append(A, record(10));
    await append(B, record(3));
    const made = sealer();
    await made.sealBatch();
    expect(made.errors).toMatchObject([
      {
        code: 'audit_chain_blocked',
        message: expect.stringContaining(`organisation ${A} cannot be continued`),
      },
    ]);
    expect(made.trouble).toBe('1 chains cannot be continued');
    const { findings, heads } = await verify();
    expect(findings).toEqual([...forged, { kind: 'entry_unsealed', organisation: A, entry }]);
    expect(heads[1]).toMatch(`${B}:3:`);
    const stranger = deriveAuditKeys(randomBytes(32)).signer;
    const kinds = new Set((await verify({ trusted: [stranger] })).findings.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['checkpoint_forged', 'tail_unsigned', 'round_forged', 'entry_unsealed']));
  });

  test('an entry that slipped past the queue, and one removed before it was sealed', async () => {
    await sealed();
    const smuggled = ids.next();
    await byHand(
      `insert into audit_entry (id, organisation_id, at, actor_kind, action, subject_type, subject_id) values ('${smuggled}', '${A}', now(), 'system', 'a', 'b', 'c')`,
    );
    const [removed] = await append(B, record(1));
    await byHand(`delete from audit_entry where id = '${removed}'`);
    await sealAll();
    expect((await verify()).findings).toEqual([
      { kind: 'entry_removed_unsealed', organisation: B, entry: removed },
      { kind: 'entry_unsealed', organisation: A, entry: smuggled },
    ]);
  });

  test('nothing in what is being written and sealed at the same time', async () => {
    sealer({ pollMs: 20 }).start();
    let stop = false;
    const writing = Promise.all(
      [A, B].map(async (organisation) => {
        for (let n = 0; !stop; n++) await append(organisation, record(n));
      }),
    );
    for (let i = 0; i < 3; i++) expect((await verify({ graceMs: 1_500 })).findings).toEqual([]);
    stop = true;
    await writing;
  });
});

describe('the command', () => {
  const NOT =
    'not compared with the heads noted with the files: no configuration with a store of files was given';
  async function run(args: Partial<Parameters<typeof runAuditVerify>[0]>) {
    const lines: string[] = [];
    const code = await runAuditVerify(
      { url: fresh.workerUrl, trusted: [keys.signer], ...args },
      { out: (line) => lines.push(line), err: (line) => lines.push(line) },
    );
    return { code, lines };
  }

  test('needs no secret, exits with 1 when something was found, and prints what to expect next time', async () => {
    await sealed();
    const good = await run({});
    expect(good.code).toBe(0);
    expect(good.lines.at(-1)).toBe(
      `11 entries of 2 organisations, signed by ${keys.signer.text}: intact; ${NOT}; that no end was cut off shows only with --expect`,
    );
    const text = good.lines.find((line) => line.startsWith(`head ${A}`))?.slice('head '.length) ?? '';
    const expected = [text].map(parseHead).filter((head) => head !== undefined);
    const trusted = [parseTrustedKey(keys.signer.text)].filter((key) => key !== undefined);
    const again = await run({ trusted, expected });
    expect([again.code, again.lines.at(-1)]).toEqual([
      0,
      `11 entries of 2 organisations, signed by ${keys.signer.text}: intact, with the 1 expected head; ${NOT}`,
    ]);
    await byHand(`update audit_entry set reason = 'x' where id = '${await entryOf(5)}'`);
    const pem = parseTrustedKey(String(keys.signer.key.export({ type: 'spki', format: 'pem' })));
    const bad = await run({ trusted: pem ? [pem] : [], json: true });
    expect(bad.code).toBe(1);
    expect(bad.lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'finding')).toMatchObject([
      { finding: { kind: 'entry_tampered', number: '5' } },
    ]);
  });

  test('does not call a log intact that is not there, and finds by a noted head that it was', async () => {
    const empty = await run({});
    expect([empty.code, empty.lines]).toEqual([
      0,
      [`0 organisations, nothing to verify; ${NOT}; that no end was cut off shows only with --expect`],
    ]);
    await sealed();
    const { lines } = await run({});
    const expected = lines.flatMap((line) => parseHead(line.replace('head ', '')) ?? []);
    expect(expected).toHaveLength(2);
    // Whoever owns the tables can empty them, seals and checkpoints and all.
    await byHand('truncate audit_entry, audit_seal, audit_checkpoint, audit_round, audit_pending');
    const after = await run({ expected });
    expect([after.code, after.lines.slice(0, 2)]).toEqual([
      1,
      expected.map(
        ({ organisation, number }) =>
          `organisation ${organisation}: number ${number} does not have the expected digest (found nothing)`,
      ),
    ]);
    expect(after.lines.at(-1)).toMatch(/^0 entries of 0 organisations, .*: 2 findings$/);
  });
});

test('a stranger can verify an export with nothing but the README', async () => {
  await append(A, record('ü=3:x\n', { reason: 'línea 1\nreason=-\n', fields: [] }), record(2));
  await sealAll();
  const { rows } =
    await admin.query(`select s.number::text, encode(s.digest, 'hex') as digest, to_char(s.sealed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as sealed,
    to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time, e.* from audit_seal s join audit_entry e on e.id = s.entry_id order by number`);
  const sha = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
  const line = (name: string, value: string | null) =>
    value === null ? `${name}=-\n` : `${name}=${new TextEncoder().encode(value).length}:${value}\n`;
  let previous = '0'.repeat(64);
  for (const r of rows) {
    const entry = sha(
      `meterline audit entry 1\n${line('id', r.id)}${line('organisation', r.organisation_id)}${line('at', r.time)}${line('actor kind', r.actor_kind)}${line('actor id', r.actor_id)}${line('address', r.address)}${line('action', r.action)}${line('subject type', r.subject_type)}${line('subject id', r.subject_id)}${line('fields', String(r.fields.length))}${r.fields.map((f: string) => line('field', f)).join('')}${line('personal', r.personal)}${line('reason', r.reason)}${line('request id', r.request_id)}`,
    );
    previous = sha(
      `meterline audit seal 1\n${line('organisation', r.organisation_id)}${line('number', r.number)}${line('entry', r.id)}${line('entry digest', entry)}${line('previous', previous)}${line('sealed at', r.sealed)}`,
    );
    expect(previous).toBe(r.digest);
  }
  expect(rows).toHaveLength(2);
});

test('50 000 entries: how long it takes', async () => {
  for (let n = 0; n < 50; n++)
    await append(n % 2 ? A : B, ...Array.from({ length: 1_000 }, (_, i) => record(n * 1_000 + i)));
  const plan = async (from: pg.Pool, sql: string, parameters: readonly unknown[]) => {
    const client = await from.connect();
    try {
      await client.query(`begin; select set_config('app.org', '${A}', true)`);
      const { rows } = await client.query(`explain ${sql}`, [...parameters]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await client.query('rollback');
      client.release();
    }
  };
  const pending = () => plan(workers, PENDING_SQL, [[A, B], 250]);
  await admin.query('analyze audit_pending; analyze audit_entry');
  expect(await pending()).toContain('audit_pending_share');
  expect(await pending()).not.toMatch(/Seq Scan/);
  expect(await plan(workers, WAITING_SQL, [])).not.toMatch(/Seq Scan/);

  const made = sealer();
  let started = performance.now();
  while ((await made.sealBatch()) > 0);
  const sealing = performance.now() - started;
  started = performance.now();
  const { summary } = await verify({ batchSize: 2_000 });
  const verifying = performance.now() - started;
  expect(summary).toMatchObject({ entries: 50_000, findings: 0 });
  const rate = (ms: number) => `${Math.round(ms)} ms (${Math.round(50_000 / (ms / 1_000))} a second)`;
  console.log(`50 000 entries: sealed in ${rate(sealing)}, verified in ${rate(verifying)}`);

  await admin.query('analyze audit_entry; analyze audit_seal; analyze audit_pending');
  // Whatever the statistics of a queue say at the moment, the log itself is never read as a whole.
  await append(A, ...Array.from({ length: 1_000 }, (_, i) => record(i)));
  expect(await pending()).not.toMatch(/Seq Scan on audit_(entry|seal)/);
  const page = (...asked: Parameters<typeof listStatement>[0]) => {
    const { text, values } = listStatement(asked, 50);
    return plan(pool, text, [...values]);
  };
  expect(await page()).toMatch(/Index Scan using audit_entry_newest/);
  expect(await page(['subject', 'invoice', '7'])).toMatch(/Index Scan using audit_entry_subject/);
  expect(await page(['actorId', 'nobody'])).toMatch(/Index Scan using audit_entry_actor/);
  expect(await page(['action', 'invoice.voided'])).toMatch(/Index Scan using audit_entry_action/);
});
