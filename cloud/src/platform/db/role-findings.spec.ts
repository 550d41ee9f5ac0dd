import { describe, expect, it } from 'vitest';
import { type Attributes, type CheckedRole, type Privileges, roleFindings } from './role-findings.ts';

const NAMES = {
  app: 'meterline_app',
  worker: 'meterline_worker',
  ingest: 'meterline_ingest',
  readOnly: 'meterline_readonly',
} as const;
const USE = (role: CheckedRole) => `use the ${NAMES[role]} role (meterline database provision)`;
const harmless = { super: false, bypass: false, create_role: false, create_db: false, replication: false };
const nothing = { memberships: [], owned: [], creates: [], tables: [] };
const self = (name: string, more: Partial<Attributes> = {}): Attributes => ({ name, ...harmless, ...more });
const group = (name: string, more = {}) => ({ name, super: false, bypass: false, inherited: true, ...more });
const table = (name: string, more: Partial<Privileges> = {}): Privileges => ({
  schema: 'public',
  table: name,
  ours: true,
  protected: true,
  select: false,
  insert: false,
  update: false,
  delete: false,
  truncate: false,
  trigger: false,
  ...more,
});

describe('an address under the wrong key', () => {
  const everything = [
    table('outbox', { select: true, update: true }),
    table('audit_entry', { select: true }),
  ];
  it.each<[CheckedRole, string, string]>([
    [
      'ingest',
      'meterline_app',
      'database.ingestUrl connects as "meterline_app", which is the role of database.appUrl',
    ],
    [
      'readOnly',
      'meterline_app',
      'database.readOnlyUrl connects as "meterline_app", which is the role of database.appUrl',
    ],
    [
      'app',
      'meterline_readonly',
      'database.appUrl connects as "meterline_readonly", which is the role of database.readOnlyUrl',
    ],
    [
      'app',
      'meterline_owner',
      'database.appUrl connects as "meterline_owner", which owns the schema and would bypass row-level security',
    ],
    [
      'app',
      'meterline_worker',
      'database.appUrl connects as "meterline_worker", which is the role of database.workerUrl',
    ],
  ])('is one line, and nothing is to be taken from the role: %s as %s', (role, name, line) => {
    const memberships = [group('meterline_worker', { inherited: false }), group('pg_read_all_data')];
    const facts = {
      self: self(name),
      memberships,
      owned: ['schema x'],
      creates: ['schema x'],
      tables: everything,
    };
    expect(roleFindings(role, facts)).toEqual([`${line}; ${USE(role)}`]);
  });

  it('is a superuser', () => {
    expect(roleFindings('app', { ...nothing, self: self('postgres', { super: true }) })).toEqual([
      `database.appUrl connects as "postgres", which is a superuser and would bypass row-level security; ${USE('app')}`,
    ]);
  });
});

describe('a role of somebody else', () => {
  it('loses nothing, whatever it may do', () => {
    const facts = {
      self: self('reports', { bypass: true, create_role: true, create_db: true, replication: true }),
      memberships: [group('pg_read_all_data'), group('meterline_app'), group('boss', { super: true })],
      owned: ['table mine'],
      creates: ['schema public'],
      tables: [
        table('outbox', { select: true, truncate: true, trigger: true, update: true }),
        table('reading_gauge', { select: true }),
      ],
    };
    for (const role of ['app', 'ingest', 'readOnly'] as const) {
      const findings = roleFindings(role, facts);
      expect(findings.length).toBeGreaterThan(8);
      for (const line of findings) expect(line.endsWith(`; ${USE(role)}`)).toBe(true);
    }
  });

  it('is a member of the owner: one line', () => {
    const facts = {
      ...nothing,
      self: self('reports', { create_db: true }),
      memberships: [group('meterline_owner')],
    };
    expect(roleFindings('app', facts)).toEqual([
      `database.appUrl connects as "reports", which is a member of meterline_owner, the owner of the schema; ${USE('app')}`,
    ]);
  });
});

describe('the right role with too much', () => {
  const of = (role: CheckedRole, facts: Partial<Parameters<typeof roleFindings>[1]>) =>
    roleFindings(role, { ...nothing, self: self(NAMES[role]), ...facts }).map((line) =>
      line.replace(/^database\.\w+ connects as "\w+", which /, ''),
    );

  it.each<[string, string[], string[]]>([
    [
      'a superuser',
      of('app', { self: self('meterline_app', { super: true }), owned: ['schema public'] }),
      ['is a superuser and would bypass row-level security; alter role meterline_app nosuperuser'],
    ],
    [
      'attributes',
      of('ingest', { self: self('meterline_ingest', { bypass: true, replication: true }) }),
      [
        'has BYPASSRLS and would bypass row-level security; alter role meterline_ingest nobypassrls',
        'may replicate (REPLICATION), which reads every row; alter role meterline_ingest noreplication',
      ],
    ],
    [
      'memberships',
      of('app', { memberships: [group('meterline_worker'), group('pg_maintain'), group('staff')] }),
      [
        'is a member of meterline_worker and so sees all organisations; revoke meterline_worker from meterline_app',
        'is a member of pg_maintain; revoke pg_maintain from meterline_app',
      ],
    ],
    [
      'the worker, even if it must ask',
      of('readOnly', { memberships: [group('meterline_worker', { inherited: false })] }),
      [
        'is a member of meterline_worker and so sees all organisations; revoke meterline_worker from meterline_readonly',
      ],
    ],
    [
      'a member of the owner',
      of('app', { memberships: [group('meterline_owner')], owned: ['table a', 'schema b'] }),
      ['is a member of meterline_owner, the owner of the schema; revoke meterline_owner from meterline_app'],
    ],
    [
      'an owner',
      of('app', { owned: ['table a'], creates: ['schema public', 'database x'] }),
      [
        'owns table a; alter table a owner to meterline_owner',
        'may create objects in schema public, database x; revoke create on schema public from meterline_app, public, and so the others',
      ],
    ],
    [
      'reading',
      of('ingest', { tables: [table('a', { select: true }), table('schema_migration', { select: true })] }),
      ['may read a; revoke select on a from meterline_ingest, public'],
    ],
    [
      'much',
      of('readOnly', { tables: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => table(name, { insert: true })) }),
      [
        'may write to a, b, c, d and 2 more; revoke insert, update, delete, truncate, trigger on a, b, c, d from meterline_readonly, public, and so the others',
      ],
    ],
    [
      'chunks',
      of('app', { tables: [table('c1', { schema: 'reading_chunks', select: true, protected: false })] }),
      [
        'has grants on raw readings, which carry no policy, reading_chunks.c1; revoke all on reading_chunks.c1 from meterline_app, public',
      ],
    ],
  ])('is told what to take away, as a statement: %s', (_, findings, expected) => {
    expect(findings).toEqual(expected);
    expect(findings.join()).not.toContain('…');
  });

  it('keeps its grants on a table of ours whose protection was switched off', () => {
    const tables = [
      table('audit_entry', { select: true, protected: false }),
      table('outbox', { insert: true, protected: false }),
      table('notes', { select: true, protected: false, ours: false }),
    ];
    expect(of('app', { tables })).toEqual([
      'has grants on tables without row-level security, audit_entry, outbox; alter table audit_entry enable row level security, and so the others',
      'has grants on tables without row-level security, notes; revoke all on notes from meterline_app, public',
    ]);
  });
});
