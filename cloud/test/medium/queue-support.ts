import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import type { QueueBackendSettings } from '../../src/platform/queue/backend.ts';
import { grantQueue, migrateQueue } from '../../src/platform/queue/migrations.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    redisUrl: string;
  }
}

export type Kind = QueueBackendSettings['kind'];
export const KINDS: readonly Kind[] = ['postgres', 'redis'];

export interface Place {
  readonly settings: QueueBackendSettings;
  /** A superuser of the same database; on Redis undefined. */
  readonly adminUrl: string | undefined;
  drop(): Promise<void>;
}

/** A queue nobody else uses: a database of its own with a role that owns nothing, or a prefix of its own. */
export async function freshPlace(kind: Kind, server = inject(`${kind}Url`)): Promise<Place> {
  const name = `queue_${randomBytes(6).toString('hex')}`;
  if (kind === 'redis') {
    return {
      settings: { kind, url: server, prefix: `{${name}}` },
      adminUrl: undefined,
      drop: async () => {},
    };
  }
  await withClient(server, async (admin) => {
    await admin.query(`create database ${name}`);
    await admin.query(`create role ${name} login password 'of-${name}'`);
  });
  const adminUrl = urlOf(server, { database: name });
  await withClient(adminUrl, async (owner) => {
    await migrateQueue(owner);
    await grantQueue(owner, name);
  });
  return {
    settings: { kind, url: urlOf(server, { database: name, user: name, password: `of-${name}` }) },
    adminUrl,
    drop: () =>
      withClient(server, async (admin) => {
        await admin.query(`drop database if exists ${name} with (force)`);
        await admin.query(`drop role if exists ${name}`);
      }),
  };
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export function urlOf(
  base: string,
  change: { database?: string; user?: string; password?: string; port?: number },
): string {
  const url = new URL(base);
  if (change.database !== undefined) url.pathname = `/${change.database}`;
  if (change.user !== undefined) url.username = change.user;
  if (change.password !== undefined) url.password = change.password;
  if (change.port !== undefined) url.port = String(change.port);
  return url.href;
}

/** Waits for a condition to hold; says which one did not. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(20);
  }
}
