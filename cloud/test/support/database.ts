import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate, type SchemaPart } from '../../src/platform/db/migrate.ts';
import { type ProvisionedUrls, provision, urlsOf } from '../../src/platform/db/provision.ts';
import { queueSchema } from '../../src/platform/queue/migrations.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    timescaleUrl: string;
    redisUrl: string;
  }
}

export interface FreshDatabaseOptions {
  readonly layer?: 'plain' | 'timescale';
  /** `false`: roles and an empty database. */
  readonly migrated?: boolean;
}

export interface FreshDatabase extends ProvisionedUrls {
  readonly name: string;
  /** A superuser in this database: for looking behind the scenes, never for what is under test. */
  readonly adminUrl: string;
  drop(): Promise<void>;
}

/** The same in every run, since roles outlive the databases of a server that is kept. */
export const PASSWORDS = {
  owner: 'owner-of-the-tests',
  app: 'app-of-the-tests',
  worker: 'worker-of-the-tests',
  ingest: 'ingest-of-the-tests',
  readOnly: 'readonly-of-the-tests',
};

/** A database of one's own, cloned from a migrated template that is built once per server and schema. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<FreshDatabase> {
  const server = inject(options.layer === 'timescale' ? 'timescaleUrl' : 'postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const urls = { adminUrl: server, database: name, passwords: PASSWORDS };
  const migrated = options.migrated ?? true;
  if (migrated) await withAdmin(server, (admin) => cloneTemplate(admin, server, name));
  // Grants on a database do not come along with a clone; provisioning is meant to be repeatable.
  await provision(urls);
  return {
    name,
    adminUrl: inDatabase(server, name),
    ...urlsOf(urls),
    drop: () =>
      withAdmin(server, async (admin) => {
        await admin.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** All tests see the schema as the migration step leaves it. */
const SCHEMA_PARTS: readonly SchemaPart[] = [queueSchema];

async function cloneTemplate(admin: pg.Client, server: string, name: string): Promise<void> {
  const template = `template_${schemaDigest()}`;
  // Workers run side by side: one builds the template, the others wait for it.
  await admin.query('select pg_advisory_lock(hashtext($1))', [template]);
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template]);
    if (rowCount === 0) await buildTemplate(admin, server, template);
    await admin.query(`create database ${name} template ${template} owner meterline_owner`);
  } finally {
    await admin.query('select pg_advisory_unlock(hashtext($1))', [template]);
  }
}

async function buildTemplate(admin: pg.Client, server: string, template: string): Promise<void> {
  const building = `building_${randomBytes(6).toString('hex')}`;
  const { ownerUrl } = await provision({ adminUrl: server, database: building, passwords: PASSWORDS });
  await migrate({ url: ownerUrl, parts: SCHEMA_PARTS });
  // The extension's background worker would hold the template open and forbid the cloning.
  await admin.query(`alter database ${building} allow_connections false`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [building]);
  await admin.query(`alter database ${building} rename to ${template}`);
}

let digest: string | undefined;

/** Of everything that makes the schema: a server that is kept between runs must not serve an old one. */
function schemaDigest(): string {
  if (digest) return digest;
  const hash = createHash('sha256');
  for (const part of ['migrations', 'src/platform/db', 'src/platform/queue']) {
    const folder = fileURLToPath(new URL(`../../${part}/`, import.meta.url));
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.filter((path) => /\.(sql|ts)$/.test(path) && !path.includes('generated')).sort())
      hash.update(file.slice(folder.length)).update(readFileSync(file));
  }
  digest = hash.digest('hex').slice(0, 16);
  return digest;
}

function inDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function withAdmin<T>(server: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
