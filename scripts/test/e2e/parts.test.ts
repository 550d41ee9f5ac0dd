import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { connectAsync } from 'mqtt';
import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { startMosquitto } from '../../stack/mosquitto.ts';

/** That the parts which the other tests speak to are the real ones, in the edition that is meant. */
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('the real parts', () => {
  it('PostgreSQL 17 in UTF-8, without TimescaleDB', async () => {
    expect(await ask(inject('postgresUrl'), 'show server_encoding')).toEqual(['UTF8']);
    expect(
      await ask(inject('postgresUrl'), "select current_setting('server_version_num')::int / 10000"),
    ).toEqual([17]);
    const extension = "select name from pg_available_extensions where name = 'timescaledb'";
    expect(await ask(inject('postgresUrl'), extension)).toEqual([]);
  });

  it('TimescaleDB in its Apache edition, on the same PostgreSQL', async () => {
    const url = inject('timescaleUrl');
    await ask(url, 'create extension if not exists timescaledb');
    expect(await ask(url, "select current_setting('timescaledb.license')")).toEqual(['apache']);
    expect(await ask(url, "select current_setting('server_version_num')::int / 10000")).toEqual([17]);
  });

  it('Redis, which never evicts a job', async () => {
    const redis = new Redis(inject('redisUrl'));
    closing.push(() => redis.quit());
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  });

  it('mosquitto, which carries a sealed batch byte for byte', async () => {
    const broker = await startMosquitto();
    closing.push(broker.stop);
    const fixture = JSON.parse(readFileSync('firmware-contracts/fixtures/good/boundary.json', 'utf8')) as {
      topic: string;
      payload: { text: string };
    };
    const client = await connectAsync(broker.url);
    closing.push(() => client.endAsync());
    await client.subscribeAsync('ml/1/+/up/readings', { qos: 1 });
    const arrived = new Promise<Buffer>((resolve) =>
      client.once('message', (_topic, payload) => resolve(payload)),
    );
    const sent = Buffer.from(fixture.payload.text);
    await client.publishAsync(fixture.topic, sent, { qos: 1 });
    expect((await arrived).equals(sent)).toBe(true);
  });
});
