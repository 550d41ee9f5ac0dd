import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  AnchorLog,
  type AuditLog,
  type AuditRecord,
  AuditSealer,
  acknowledgeLoss,
  auditStore,
  deriveAuditKeys,
  type Finding,
  verifyAudit,
} from '../../src/audit/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';
import { createFileStore, FileLinks, type FileStore, fileError } from '../../src/platform/files/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** Against somebody who rules the database and has not the master key, and against roles that are not the worker. */
const A = '0190aaaa-0000-7000-8000-00000000000a';
const B = '0190bbbb-0000-7000-8000-00000000000b';
const SOMCHAI = '0190cccc-0000-7000-8000-00000000000c';
const keys = deriveAuditKeys(randomBytes(32));
const ids = createIds(systemClock);
const actor = { kind: 'system', id: 'test' };

let fresh: FreshDatabase;
let pool: pg.Pool;
let workers: pg.Pool;
let admin: pg.Pool;
let db: Database<{ audit: AuditLog }>;
let all: Database;
let folder: string;
let files: FileStore;
let anchors: AnchorLog;
/** The store answers, or is away. */
let away = false;
const running: AuditSealer[] = [];

beforeEach(async () => {
  fresh = await freshDatabase();
  admin = createPool({ url: fresh.adminUrl, setting: 'admin' });
  pool = createPool({ url: fresh.appUrl, setting: 'database.appUrl' });
  workers = createPool({ url: fresh.workerUrl, setting: 'database.workerUrl' });
  const onHookError = (error: unknown) => {
    throw error;
  };
  const stores = { audit: auditStore({ keys, clock: systemClock, ids }) };
  db = new Database({ pool, url: fresh.appUrl, stores, onHookError });
  all = new Database({ pool: workers, url: fresh.workerUrl, servesAll: true, stores: {}, onHookError });
  folder = await mkdtemp(join(tmpdir(), 'anchors-'));
  away = false;
  const links = new FileLinks({ key: randomBytes(32), clock: systemClock });
  files = createFileStore({ backend: 'folder', folder, maxBytes: 1_000_000 }, links);
  await files.start();
  const check = <T>(work: () => Promise<T>): Promise<T> =>
    away ? Promise.reject(fileError('files_unavailable')) : work();
  anchors = new AnchorLog(
    {
      get: (...args) => check(() => files.get(...args)),
      put: (...args) => check(() => files.put(...args)),
      list: (...args) => check(() => files.list(...args)),
    },
    [keys.signer],
  );
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((sealer) => sealer.stop()));
  await Promise.all([pool.end(), workers.end(), admin.end()]);
  await fresh.drop();
  await rm(folder, { recursive: true });
});

const record = (n: number | string): AuditRecord => ({
  action: 'invoice.finalised',
  subject: { type: 'invoice', id: String(n) },
});
const append = (organisation: string, ...records: AuditRecord[]) =>
  db.transaction({ organisation, actor }, (tx) => tx.audit.append(...records));

/** A sealer as a process of the hub has it, which knows nothing of what was before. */
function sealer(extra: Partial<ConstructorParameters<typeof AuditSealer>[0]> = {}) {
  const errors: unknown[] = [];
  const made = new AuditSealer({
    db: all,
    signer: keys.signer,
    clock: systemClock,
    anchors,
    pollMs: 20,
    anchorEveryMs: 0,
    onError: (error) => errors.push(error),
    ...extra,
  });
  running.push(made);
  return Object.assign(made, { errors });
}
/** Three batches of A, one of B; the last head is noted outside. */
async function history() {
  const made = sealer();
  for (const n of [1, 4, 7]) {
    await append(A, record(n), record(n + 1), record(n + 2));
    await made.sealBatch();
  }
  await append(B, record(1), record(2));
  await made.sealBatch();
  await made.stop();
  return made;
}
async function verify(extra: Partial<Parameters<typeof verifyAudit>[0]> = {}) {
  const findings: Finding[] = [];
  const summary = await verifyAudit({
    db: all,
    trusted: [keys.signer],
    anchors,
    graceMs: 50,
    onFinding: (finding) => findings.push(finding),
    ...extra,
  });
  return { findings, summary };
}
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
const count = async (table: string) =>
  (await admin.query(`select count(*)::int as n from ${table}`)).rows[0]?.n as number;

/** Everything from number 3 of A on as if it had never been sealed, one entry changed and one gone. */
async function rewrite() {
  const [four, five] = [await entryOf(4), await entryOf(5)];
  await byHand(
    `insert into audit_pending (entry_id, organisation_id)
       select entry_id, organisation_id from audit_seal where organisation_id = '${B}' or number > 2`,
    `delete from audit_seal where organisation_id = '${B}' or number > 2`,
    `delete from audit_checkpoint`,
    `delete from audit_round`,
    `delete from audit_seal`,
    `update audit_entry set subject_id = 'other' where id = '${four}'`,
    `delete from audit_pending where entry_id = '${five}'`,
    `delete from audit_entry where id = '${five}'`,
    `insert into audit_pending (entry_id, organisation_id)
       select id, organisation_id from audit_entry on conflict do nothing`,
  );
}

describe('history that is taken back for the hub to sign again', () => {
  test('is not signed by a hub that starts anew, and verification tells of it', async () => {
    await history();
    expect((await verify()).findings).toEqual([]);
    await rewrite();
    const anew = sealer();
    anew.start();
    await vi.waitFor(() => expect(anew.trouble).toBe('sealing is refused: history is missing'));
    expect(anew.errors[0]).toMatchObject({
      code: 'audit_history_lost',
      message: expect.stringMatching(/^the audit of the database was cut off or rewritten: round 4 \(/),
    });
    expect(await count('audit_seal')).toBe(0);
    const { findings } = await verify();
    expect(findings[0]).toEqual({ kind: 'history_lost', organisation: 'all', from: 4n, to: 4n, ends: 0n });
  });

  test('is not signed by the hub that runs, also without a store of files', async () => {
    const made = sealer({});
    const alone = new AuditSealer({
      db: all,
      signer: keys.signer,
      clock: systemClock,
      onError: () => {},
    });
    await append(A, record(1), record(2), record(3), record(4), record(5));
    await alone.sealBatch();
    await rewrite();
    await expect(alone.sealBatch()).rejects.toMatchObject({ code: 'audit_history_lost' });
    expect(await count('audit_seal')).toBe(0);
    await made.stop();
  });

  test('goes on when an operator accepts the loss, which every verification tells of', async () => {
    await history();
    await rewrite();
    const made = sealer();
    await expect(made.sealBatch()).rejects.toMatchObject({ code: 'audit_history_lost' });
    const reason = 'restored the backup of yesterday';
    const accept = () =>
      acknowledgeLoss({ db: all, anchors, signer: keys.signer, clock: systemClock, reason });
    expect(await accept()).toMatchObject({ noted: { number: 4n }, last: { number: 0n } });
    expect(await accept()).toBeUndefined();
    await made.sealBatch();
    await made.stop();
    expect(made.trouble).toBeUndefined();
    const { findings, summary } = await verify();
    expect(findings).toEqual([]);
    expect(summary.outside).toMatchObject({
      kind: 'compared',
      last: { number: 1n },
      losses: [{ epoch: 2, number: 0n, reason }],
    });
  });

  test('a backup of a moment ago is a loss as well; what came after it and was noted is missed', async () => {
    await history();
    await byHand(
      'delete from audit_checkpoint where round = 4',
      'delete from audit_round where number = 4',
      `delete from audit_seal where organisation_id = '${B}'`,
      `delete from audit_entry where organisation_id = '${B}'`,
    );
    await append(A, record(10));
    await expect(sealer().sealBatch()).rejects.toMatchObject({ code: 'audit_history_lost' });
    expect((await verify()).findings).toContainEqual({
      kind: 'history_lost',
      organisation: 'all',
      from: 4n,
      to: 4n,
      ends: 3n,
    });
  });
});

describe('the chain over all organisations', () => {
  const without = { anchors: new AnchorLog({ get: fail, put: fail, list: fail }, [keys.signer]) };
  function fail(): never {
    throw fileError('files_unavailable', { message: 'the store is away' });
  }

  test('misses an organisation that is gone as a whole, with nothing but the database', async () => {
    await history();
    await byHand(
      ...['audit_entry', 'audit_seal', 'audit_checkpoint'].map(
        (table) => `delete from ${table} where organisation_id = '${B}'`,
      ),
    );
    const { findings, summary } = await verify(without);
    expect(findings).toEqual([{ kind: 'round_tampered', organisation: 'all', number: 4n }]);
    expect(summary.outside).toEqual({ kind: 'unknown', why: 'the store is away' });
  });

  test('misses a round that is gone, in the middle and at the end', async () => {
    await history();
    await byHand('delete from audit_round where number = 2');
    expect((await verify(without)).findings).toEqual([
      { kind: 'rounds_missing', organisation: 'all', from: 2n, to: 2n },
    ]);
    await byHand('delete from audit_round where number > 2');
    expect((await verify(without)).findings).toEqual([
      { kind: 'rounds_missing', organisation: 'all', from: 2n, to: 4n },
    ]);
  });

  test('a round that was signed by nobody is named', async () => {
    await history();
    await byHand("update audit_round set signature = decode(repeat('00', 64), 'hex') where number = 3");
    expect((await verify(without)).findings).toEqual([
      { kind: 'round_forged', organisation: 'all', number: 3n },
    ]);
  });
});

describe('what is noted with the files', () => {
  const entry = () => join(folder, 'files/audit/anchors');

  test('is added to and never changed, at most so often', async () => {
    const made = sealer({ anchorEveryMs: 60_000 });
    await append(A, record(1));
    await made.sealBatch();
    const first = await readdir(entry(), { recursive: true });
    expect(first.filter((name) => name.endsWith('0.json'))).toHaveLength(1);
    await append(A, record(2));
    await made.sealBatch();
    await made.stop();
    const { anchors: noted } = await anchors.all();
    expect(noted.map(({ epoch, number }) => [epoch, number])).toEqual([
      [1, 0n],
      [1, 2n],
    ]);
    expect((await anchors.newest())?.number).toBe(2n);
  });

  test('removed: nothing is sealed on trust, and verification says so', async () => {
    await history();
    await rm(entry(), { recursive: true });
    await append(A, record(10));
    const made = sealer();
    await expect(made.sealBatch()).rejects.toMatchObject({
      code: 'audit_history_lost',
      message: expect.stringContaining('the store of files has no note of any'),
    });
    expect((await verify()).findings).toContainEqual({
      kind: 'anchors_missing',
      organisation: 'all',
      number: 4n,
    });
  });

  test('the copy of the last one removed or forged: the others are read', async () => {
    await history();
    const forged = Buffer.from('{"epoch":9,"number":"1"}');
    await files.put('audit/anchors/latest.json', forged, { contentType: 'application/json' });
    expect((await anchors.newest())?.number).toBe(4n);
    await files.put('audit/anchors/0009/2026-11/0000000000000009.json', forged, {
      contentType: 'application/json',
    });
    expect((await verify()).findings).toEqual([
      {
        kind: 'anchor_forged',
        organisation: 'all',
        file: 'audit/anchors/0009/2026-11/0000000000000009.json',
      },
    ]);
  });

  test('a store that is away stops the very first seal only, and is caught up with', async () => {
    away = true;
    await append(A, record(1));
    const made = sealer();
    await expect(made.sealBatch()).rejects.toMatchObject({ code: 'audit_anchors_unreadable' });
    expect(made.trouble).toBe('heads cannot be noted with the files');
    away = false;
    expect(await made.sealBatch()).toBe(1);
    away = true;
    await append(A, record(2));
    expect(await made.sealBatch()).toBe(1);
    // A process that starts while the store is away seals as well: it compares as soon as it can.
    const other = sealer();
    await append(A, record(3));
    expect(await other.sealBatch()).toBe(1);
    expect(other.trouble).toBe('heads cannot be noted with the files');
    away = false;
    other.start();
    await vi.waitFor(async () => expect((await anchors.newest())?.number).toBe(3n), { timeout: 15_000 });
    expect((await verify()).findings).toEqual([]);
  });
});

describe('somebody with the sign-in of the worker', () => {
  const asWorker = (sql: string, parameters: unknown[] = []) => workers.query(sql, parameters);
  const seal = (organisation: string, number: string, entry: string) =>
    asWorker(
      `insert into audit_seal (organisation_id, number, entry_id, entry_digest, digest, sealed_at)
       values ($1, $2, $3, sha256('x'), sha256('y'), now())`,
      [organisation, number, entry],
    );

  test('cannot put an entry of one organisation into the chain of another', async () => {
    const [id = ''] = await append(A, record(1));
    await expect(seal(B, '1', id)).rejects.toThrow(/an entry of its own organisation/);
  });

  test('cannot run a chain to the end of its numbers', async () => {
    const [id = ''] = await append(A, record(1));
    for (const number of ['9223372036854775807', '9007199254740992'])
      await expect(seal(A, number, id)).rejects.toThrow(/check constraint/);
  });

  test('stops with a seal of its own making that one chain, and no other', async () => {
    const [id = ''] = await append(A, record(1), record(2));
    await seal(A, '1', id);
    await append(B, record(1));
    const made = sealer();
    await made.sealBatch();
    expect(made.errors).toMatchObject([{ code: 'audit_chain_blocked' }]);
    expect(await entryOf(1, B)).toBeDefined();
    await made.sealBatch();
    expect(made.errors).toHaveLength(1);
    expect((await verify()).findings.map(({ organisation, kind }) => [organisation, kind])).toContainEqual([
      A,
      'seal_tampered',
    ]);
  });

  test('cannot change, remove or lock away what was sealed', async () => {
    await history();
    for (const table of ['audit_entry', 'audit_seal', 'audit_checkpoint', 'audit_round'])
      for (const sql of [
        `delete from ${table}`,
        `truncate ${table}`,
        `do $$ begin lock table ${table} in exclusive mode; end $$`,
      ])
        await expect(asWorker(sql)).rejects.toThrow(/permission denied/);
    await expect(asWorker('update audit_sealer set singleton = singleton')).rejects.toThrow(
      /row-level security/,
    );
  });
});

test('an entry that was put into a foreign chain past all guards is named', async () => {
  await history();
  const ours = await entryOf(9);
  // Digest and all: only the organisation does not fit.
  await byHand(
    `update audit_seal set entry_id = gen_random_uuid() where entry_id = '${ours}'`,
    `update audit_seal b set entry_id = '${ours}', entry_digest = a.entry_digest from audit_seal a
      where b.organisation_id = '${B}' and b.number = 2 and a.organisation_id = '${A}' and a.number = 9`,
  );
  expect((await verify()).findings).toContainEqual({
    kind: 'entry_in_foreign_chain',
    organisation: B,
    number: 2n,
    entry: ours,
  });
});

test.each(['readOnlyUrl', 'ingestUrl', 'appUrl'] as const)('%s cannot stop the sealer', async (role) => {
  const client = new pg.Client(fresh[role]);
  await client.connect();
  try {
    await client.query('begin; select pg_advisory_lock(7318005272), pg_advisory_xact_lock(7318005272)');
    await append(A, record(1));
    expect(await sealer().sealBatch()).toBe(1);
    await client.query('rollback; begin');
    await expect(client.query('select from audit_sealer for update')).rejects.toThrow(/permission denied/);
    await client.query('rollback; begin');
    await expect(client.query('lock table audit_sealer in access share mode')).rejects.toThrow(/permission/);
  } finally {
    await client.end();
  }
});

test('a flood of one organisation takes no place from another', async () => {
  for (let n = 0; n < 20; n++)
    await append(A, ...Array.from({ length: 1_000 }, (_, i) => record(n * 1_000 + i)));
  await append(B, record(1));
  const made = sealer({ batchSize: 100 });
  await made.sealBatch();
  expect(await entryOf(1, B)).toBeDefined();
  expect(await count('audit_seal')).toBe(51);
});

test('more organisations than a batch has places take turns', async () => {
  const organisations = Array.from({ length: 7 }, () => ids.next());
  for (const organisation of organisations) await append(organisation, record(1), record(2));
  const made = sealer({ batchSize: 3 });
  for (const [n, total] of [3, 6, 9].entries()) {
    expect(await made.sealBatch()).toBe(3);
    const { rows } = await admin.query('select distinct organisation_id from audit_seal');
    expect([n, rows.length]).toEqual([n, Math.min(7, total)]);
  }
});

test('a person who was forgotten and given a key again is named, as is a tombstone that is gone', async () => {
  const say = (value: string): AuditRecord => ({
    ...record(1),
    personal: [{ person: SOMCHAI, field: 'email', after: value }],
  });
  await append(A, say('somchai@example.org'));
  const { rows } = await admin.query("select encode(wrapped, 'hex') as kept from person_key");
  await db.transaction({ organisation: A, actor }, (tx) => tx.audit.forget(SOMCHAI, 'asked for it'));
  const made = sealer();
  while ((await made.sealBatch()) > 0);
  expect((await verify()).findings).toEqual([]);
  const finding = {
    kind: 'person_not_forgotten',
    organisation: A,
    entry: await entryOf(2),
    person: SOMCHAI,
  };
  await byHand(
    `update person_key set wrapped = '\\x${rows[0]?.kept}', forgotten_at = null, forgotten_by = null`,
  );
  expect((await verify()).findings).toEqual([finding]);
  await byHand('delete from person_key');
  expect((await verify()).findings).toEqual([finding]);
});

test('seals that came long after their entries are told of, and prove nothing', async () => {
  await append(A, record(1));
  await byHand("update audit_entry set at = at - interval '1 hour'");
  await sealer().sealBatch();
  const notes: object[] = [];
  const { findings } = await verify({ onNote: (note) => notes.push(note) });
  expect([findings, notes]).toMatchObject([[], [{ organisation: A, entries: 1, from: 1n, to: 1n }]]);
});
