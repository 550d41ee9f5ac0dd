import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessOf, accessText } from '../../src/identity/domain/access.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { asApp } from '../support/leases.ts';

const ORGANISATION = randomUUID();
const PERSON = randomUUID();

/** Rows of whoever speaks, wherever they are and whatever they are there. */
const OWN_ROWS = [
  'consent',
  'person',
  'person_contact',
  'person_credential',
  'person_link',
  'refresh_token',
  'session',
];
/** Written without a permission, and why. Nothing else is. */
const OPEN: Readonly<Record<string, string>> = {
  'audit_entry insert': 'whoever does something, or is refused, leaves an entry; nobody changes one',
  'outbox insert': 'events of what was done, in its transaction; nobody but the worker reads them',
  'person_key insert': 'an entry about somebody is sealed under their key, which is made with the first',
  ...Object.fromEntries(
    OWN_ROWS.flatMap((name) =>
      ['insert', 'update', 'delete'].map((verb) => [`${name} ${verb}`, 'the own row']),
    ),
  ),
};

let fresh: FreshDatabase;
let admin: pg.Client;
let app: pg.Pool;
let tables: readonly Table[];

/** As a superuser, with nothing but grants and policies left to refuse: rows need no sense, only an owner. */
beforeAll(async () => {
  fresh = await freshDatabase();
  admin = new pg.Client(fresh.adminUrl);
  await admin.connect();
  await admin.query(BARE_SQL);
  tables = (await admin.query<Table>(TABLES_SQL)).rows;
  for (const table of tables) await admin.query(insertion(table));
  app = createPool({ url: fresh.appUrl, setting: 'test', size: 1 });
});
afterAll(async () => {
  await app.end();
  await admin.end();
  await fresh.drop();
});

interface Table {
  readonly name: string;
  /** Those that a row needs, and all ids. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly insert: boolean;
  readonly delete: boolean;
  /** One that the application may update. */
  readonly update: string | null;
}

const BARE_SQL = `do $$
declare one record;
begin
  for one in select c.conrelid::regclass as t, c.conname from pg_constraint c
              where c.connamespace = 'public'::regnamespace and c.contype in ('c', 'f', 'x') and c.conparentid = 0 and c.coninhcount = 0
              order by c.contype desc loop
    execute format('alter table %s drop constraint if exists %I cascade', one.t, one.conname);
  end loop;
  for one in select t.tgrelid::regclass as t, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
              where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgparentid = 0 loop
    execute format('drop trigger %I on %s', one.tgname, one.t);
  end loop;
end $$`;
const TABLES_SQL = `select c.relname as name,
    has_table_privilege('meterline_app', c.oid, 'insert') as insert,
    has_table_privilege('meterline_app', c.oid, 'delete') as delete,
    (select min(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and has_column_privilege('meterline_app', c.oid, a.attnum, 'update')) as update,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null)))
       from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        and a.attidentity = '' and ((a.attnotnull and not a.atthasdef) or a.atttypid = 'uuid'::regtype)) as columns
  from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
   and (has_table_privilege('meterline_app', c.oid, 'insert, delete') or has_any_column_privilege('meterline_app', c.oid, 'insert, update'))
 order by 1`;

const VALUES: Readonly<Record<string, string>> = {
  uuid: `'${PERSON}'`,
  text: "'x'",
  boolean: 'false',
  bytea: "'x'",
  jsonb: "'{}'",
  date: "'2026-03-01'",
  'timestamp with time zone': "'2026-03-01Z'",
  'text[]': "'{x}'",
};
const NAMED: Readonly<Record<string, string>> = {
  organisation_id: `'${ORGANISATION}'`,
  zone: "'Asia/Bangkok'",
  state: "'active'",
};

/** All ids are the person's own: what can be theirs is. */
function insertion({ name, columns }: Table): string {
  const values = columns.map((column) => {
    if (name === 'organisation' && column.name === 'id') return `'${ORGANISATION}'`;
    return NAMED[column.name] ?? VALUES[column.type] ?? (column.type.endsWith('[]') ? "'{1,1,1,1}'" : '1');
  });
  return `insert into ${name} (${columns.map((column) => column.name).join(', ')}) values (${values.join(', ')})`;
}

const CONTEXTS = {
  auditor: { organisation: ORGANISATION, person: PERSON, may: accessText(accessOf(['auditor'])) },
  tenant: { organisation: ORGANISATION, person: PERSON, may: accessText(accessOf(['tenant'])) },
  'an organisation that may nothing': { organisation: ORGANISATION },
  nobody: {},
};

const REFUSED = '42501';

function statements(table: Table): readonly (readonly [verb: string, text: string])[] {
  return [
    ...(table.insert ? [['insert', insertion(table)] as const] : []),
    ...(table.update === null
      ? []
      : [['update', `update ${table.name} set ${table.update} = default`] as const]),
    ...(table.delete ? [['delete', `delete from ${table.name}`] as const] : []),
  ];
}

/** Whether a policy let it through, whatever else may have stopped it then. */
async function passes(context: object, text: string): Promise<boolean> {
  try {
    return await asApp(app, context, async (client) => ((await client.query(text)).rowCount ?? 0) > 0);
  } catch (error) {
    return (error as { code?: string }).code !== REFUSED;
  }
}

async function written(context: object): Promise<readonly string[]> {
  const found = [];
  for (const table of tables)
    for (const [verb, text] of statements(table))
      if (await passes(context, text)) found.push(`${table.name} ${verb}`);
  return found;
}

test('the hub itself writes them all: what is refused below is refused by a policy', async () => {
  const found = await written({ organisation: ORGANISATION, person: PERSON, may: '*' });
  const all = tables.flatMap((table) => statements(table).map(([verb]) => `${table.name} ${verb}`));
  expect(all.filter((each) => !found.includes(each))).toEqual([]);
});

test.each(Object.entries(CONTEXTS))(
  '%s changes nothing but what is open on purpose',
  async (_who, context) => {
    const found = await written(context);
    expect(found.filter((each) => !(each in OPEN))).toEqual([]);
  },
);
