import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/platform/db/connection.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { store } from '../support/readings.ts';
import { makeSite, type Site } from '../support/sites.ts';

// Law 10: raw readings carry no policy, so no sign-in of the hub touches them but through functions.
describe.each(['plain', 'timescale'] as const)('raw readings on %s', (layer) => {
  const ROLES = ['app', 'worker', 'ingest', 'readOnly'] as const;
  const RAW = ['reading_gauge', 'reading_counter', 'reading_billing', 'reading_bounded'];
  let fresh: FreshDatabase;
  let site: Site;
  let chunks: string[];
  const pools: Record<string, pg.Pool> = {};
  const as = (role: (typeof ROLES)[number] | 'owner') => pools[role] as pg.Pool;

  beforeAll(async () => {
    fresh = await freshDatabase({ layer });
    for (const role of [...ROLES, 'owner'] as const)
      pools[role] = createPool({ url: fresh[`${role}Url`], setting: role, size: 2 });
    site = await makeSite(as('owner'));
    const point = site.points[0]?.no ?? 0;
    for (const type of ['gauge', 'counter', 'billing'] as const)
      await store(as('ingest'), type, [
        { point, at: '2026-01-15T00:00Z', value: 1 },
        { point, at: '2026-07-15T00:00Z', value: 2 },
      ]);
    const { rows } = await as('owner').query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
         join pg_namespace n on n.oid = c.relnamespace where i.inhparent = any($1::regclass[]) and c.relkind = 'r'`,
      [RAW],
    );
    chunks = rows.map(({ name }) => name);
  });
  afterAll(async () => {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
    await fresh.drop();
  });

  test('lie in partitions or chunks of their own, apart from everything else', () => {
    expect(chunks).toHaveLength(6);
    for (const chunk of chunks) expect(chunk).toMatch(/^reading_chunks\./);
  });

  test.each(ROLES)('%s can neither see nor change them, whichever way it asks', async (role) => {
    for (const table of [...RAW, ...chunks])
      for (const statement of [
        `select 1 from ${table}`,
        `select point from only ${table}`,
        `insert into ${table} (point) values (1)`,
        `update ${table} set quality = 0`,
        `delete from ${table}`,
        `truncate ${table}`,
        `do $$ begin lock table ${table}; end $$`,
        `copy ${table} to stdout`,
        `create index on ${table} (point)`,
        `alter table ${table} disable trigger all`,
        `drop table ${table}`,
      ])
        await expect(as(role).query(statement), `${role}: ${statement}`).rejects.toThrow(
          /permission denied|must be owner/,
        );
  });

  test('the role of the ingest reads no table and writes none but the outbox', async () => {
    const { rows } = await as('owner').query<{ may: string }>(
      `select c.relname || ': ' || p as may from pg_class c
        cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace in ('public'::regnamespace, 'reading_chunks'::regnamespace)
          and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
          and (has_table_privilege('meterline_ingest', c.oid, p)
               or p in ('select', 'insert', 'update', 'references') and has_any_column_privilege('meterline_ingest', c.oid, p))
        order by 1`,
    );
    expect(rows.map(({ may }) => may)).toEqual(['outbox: insert', 'schema_migration: select']);
  });

  test('no function that reads readings is open to the ingest, and none that writes them to the others', async () => {
    const { rows } = await as('owner').query<{ name: string; roles: string[] }>(
      `select p.proname as name, array(select r from unnest(array['app', 'worker', 'ingest', 'readonly']) r
          where has_function_privilege('meterline_' || r, p.oid, 'execute') order by r) as roles
         from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname ~ '^(store_|readings?_|ensure_reading|drop_expired|delete_expired)'
        order by 1`,
    );
    const open = (pattern: RegExp) =>
      new Set(rows.filter(({ name }) => pattern.test(name)).map(({ roles }) => roles.join(' ')));
    expect(open(/^(store_|ensure_reading_)/)).toEqual(new Set(['ingest']));
    expect(open(/^(reading_partitions|drop_expired|delete_expired)/)).toEqual(new Set(['worker']));
    // Under row-level security or for all organisations; the reader of reports has rollups.
    for (const roles of open(/^readings_/)) expect(['app', 'app worker']).toContain(roles);
    // What knows no extent is behind them, and open to nobody.
    const { rows: behind } = await as('owner').query(
      `select p.proname, r from pg_proc p cross join unnest(array['app', 'worker', 'ingest', 'readonly']) r
        where p.pronamespace = 'beyond_extent'::regnamespace and (has_function_privilege('meterline_' || r, p.oid, 'execute')
           or has_schema_privilege('meterline_' || r, 'beyond_extent', 'usage'))`,
    );
    expect(behind).toEqual([]);
  });

  test('a definer’s search path cannot be turned against it', async () => {
    const { rows } = await as('owner').query(
      `select p.oid::regprocedure::text from pg_proc p where p.prosecdef and p.proowner = 'meterline_owner'::regrole
        and not coalesce(p.proconfig, '{}') && array['search_path=pg_catalog, pg_temp', 'search_path=pg_catalog']`,
    );
    expect(rows).toEqual([]);
  });
});

describe('relations between organisations', () => {
  let fresh: FreshDatabase;
  let owner: pg.Pool;
  let app: pg.Pool;
  let mine: Site;
  let theirs: Site;

  beforeAll(async () => {
    fresh = await freshDatabase();
    owner = createPool({ url: fresh.ownerUrl, setting: 'owner', size: 2 });
    app = createPool({ url: fresh.appUrl, setting: 'app', size: 2 });
    mine = await makeSite(owner);
    theirs = await makeSite(owner);
  });
  afterAll(async () => {
    await Promise.all([owner.end(), app.end()]);
    await fresh.drop();
  });

  const insert =
    (text: string, ...values: unknown[]) =>
    async () => {
      const client = await app.connect();
      try {
        await client.query('begin');
        await client.query("select set_config('app.org', $1, true), set_config('app.may', '*', true)", [
          mine.organisation,
        ]);
        await client.query(text, [mine.organisation, ...values]);
      } finally {
        await client.query('rollback');
        client.release();
      }
    };

  test('a row can only name rows of its own organisation, even by ids that it should not know', async () => {
    const uuid = 'gen_random_uuid()';
    const attempts = {
      gateway: insert(
        `insert into gateway (id, organisation_id, building_id, name, kind) values (${uuid}, $1, $2, 'x', 'signed')`,
        theirs.building,
      ),
      place: insert(
        `insert into place (id, organisation_id, building_id, name, kind) values (${uuid}, $1, $2, 'x', 'room')`,
        theirs.building,
      ),
      meter: insert(
        `insert into meter (id, organisation_id, building_id, role, label) values (${uuid}, $1, $2, 'sub', 'x')`,
        theirs.building,
      ),
      token: insert(
        `insert into gateway_token (id, organisation_id, gateway_id, hash) values (${uuid}, $1, $2, sha256('x'))`,
        theirs.gateway,
      ),
      key: insert(
        `insert into gateway_key (key_id, organisation_id, gateway_id, public_key)
         values (left(encode(sha256(sha256('x')), 'hex'), 16), $1, $2, sha256('x'))`,
        theirs.gateway,
      ),
      point: insert(
        `insert into point (id, organisation_id, gateway_id, class) values (${uuid}, $1, $2, 'gauge')`,
        theirs.gateway,
      ),
      source: insert(
        'insert into point_source (organisation_id, point_id, gateway_id) values ($1, $2, $3)',
        theirs.points[0]?.id,
        mine.gateway,
      ),
      correction: insert(
        `insert into correction (id, organisation_id, point_id, point, at, kind, reason, author)
         values (${uuid}, $1, $2, $3, now(), 'voided', 'not mine', 'x')`,
        theirs.points[0]?.id,
        theirs.points[0]?.no,
      ),
    };
    for (const [what, attempt] of Object.entries(attempts))
      await expect(attempt(), what).rejects.toThrow(/violates foreign key constraint/);
  });

  test('a point does not change hands with its number', async () => {
    const [own, foreign] = [mine.points[0], theirs.points[0]];
    await expect(
      insert(
        `insert into correction (id, organisation_id, point_id, point, at, kind, reason, author)
         values (gen_random_uuid(), $1, $2, $3, now(), 'voided', 'not mine', 'x')`,
        own?.id,
        foreign?.no,
      )(),
    ).rejects.toThrow(/its point by its own number/);
    await expect(insert('update point set organisation_id = $1')()).rejects.toThrow(/permission denied/);
    await expect(insert('update point set no = 1 where organisation_id = $1')()).rejects.toThrow(
      /permission denied|can only be updated to DEFAULT/,
    );
  });
});
