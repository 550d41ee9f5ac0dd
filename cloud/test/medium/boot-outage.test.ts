import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { endHubs, hubEnv, OPERATOR_TOKEN, startProgram, temporaryFolder } from '../support/hub-process.ts';

/** A wire between hub and database that can be cut and mended, to see what a running hub makes of it. */
class Wire {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));
  #isCut = false;

  constructor(target: URL) {
    this.#target = target;
  }

  open(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(client: Socket): void {
    if (this.#isCut) {
      client.destroy();
      return;
    }
    const server = connect(Number(this.#target.port || 5432), this.#target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server).pipe(client);
  }
}

let database: FreshDatabase;
let wire: Wire;
let port: number;

beforeAll(async () => {
  database = await freshDatabase();
  wire = new Wire(new URL(database.appUrl));
  port = await wire.open();
});

afterAll(async () => {
  endHubs();
  wire.close();
  await database.drop();
});

const through = (url: string): string => {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(port);
  return changed.href;
};

it('lives through an outage of its database, says so without telling where it stands, and recovers by itself', async () => {
  const urls = {
    ownerUrl: database.ownerUrl,
    appUrl: through(database.appUrl),
    workerUrl: through(database.workerUrl),
    ingestUrl: through(database.ingestUrl),
    readOnlyUrl: through(database.readOnlyUrl),
  };
  const hub = startProgram(['hub'], hubEnv(urls, join(temporaryFolder(), 'files')));
  const address = await hub.address();
  const status = async (path: string): Promise<number> => (await fetch(`${address}${path}`)).status;
  expect(await status('/readyz')).toBe(200);

  wire.cut();
  await expect.poll(() => status('/readyz'), { timeout: 10_000 }).toBe(503);
  expect(await status('/healthz')).toBe(200);
  expect(await status('/api/v1/about')).toBe(200);
  const report = await (await fetch(`${address}/readyz`)).text();
  const operations = `${address}/api/v1/operations`;
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const failed = await fetch(`${operations}/outbox/failed`, { headers });
  const problem = await failed.text();
  expect([failed.status, JSON.parse(problem).retryable]).toEqual([503, true]);
  expect(failed.headers.get('retry-after')).toBe('5');
  for (const text of [report, problem]) {
    expect(text).not.toContain(String(port));
    expect(text).not.toContain(database.name);
  }
  expect((await fetch(`${operations}/status`, { headers })).status).toBe(200);
  const metrics = await (await fetch(`${address}/metrics`)).text();
  expect(metrics).not.toMatch(/^meterline_outbox_lag_seconds/m);

  wire.mend();
  await expect.poll(() => status('/readyz'), { timeout: 20_000 }).toBe(200);
  expect((await fetch(`${operations}/outbox/failed`, { headers })).status).toBe(200);
  hub.child.kill('SIGTERM');
  expect(await hub.exited).toBe(0);
});

it('stops in time while its database is away', async () => {
  const urls = {
    ...database,
    appUrl: through(database.appUrl),
    workerUrl: through(database.workerUrl),
  };
  const hub = startProgram(['hub'], hubEnv(urls, join(temporaryFolder(), 'files')));
  await hub.address();
  wire.cut();
  const since = performance.now();
  hub.child.kill('SIGTERM');
  expect(await hub.exited).toBe(0);
  expect(performance.now() - since).toBeLessThan(20_000);
  wire.mend();
});
