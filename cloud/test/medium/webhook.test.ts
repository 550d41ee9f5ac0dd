import { execFile } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookModule } from '../../src/ingest/webhook/webhook.module.ts';
import { webhookSealingKey } from '../../src/ingest/webhook/webhook-secret.ts';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts';
import { sitesModule } from '../../src/sites/index.ts';
import { DoorStage, type House, OPERATOR } from '../support/doors.ts';

let stage: DoorStage;
let app: NestFastifyApplication;
let url: string;
let mine: House;
let theirs: House;
const logged: string[] = [];

beforeAll(async () => {
  stage = await DoorStage.open();
  mine = await stage.addHouse(['101']);
  theirs = await stage.addHouse(['201'], 'Theirs');
  const parts = { ...stage.parts, sealing: webhookSealingKey(randomBytes(32)) };
  app = await createHttpServer({
    http: {
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      bodyLimitBytes: 65_536,
      requestTimeoutMs: 5_000,
      rateLimit: { perMinute: 0 },
      operatorToken: OPERATOR,
    },
    version: '0.0.0',
    module: {
      module: class Root {},
      imports: [sitesModule({ ...stage.ground.parts, operatorToken: OPERATOR }), webhookModule(parts)],
    },
    readiness: new Readiness([], () => performance.now()),
    logger: createLogger({
      level: 'trace',
      format: 'json',
      secrets: [],
      output: { write: (line: string) => void logged.push(line) },
    }),
    metrics: createMetrics('api'),
  });
  await app.listen(0, '127.0.0.1');
  url = `${await app.getUrl()}/api/v1`;
});
afterAll(async () => {
  app?.getHttpServer().closeAllConnections();
  await app?.close();
  await stage.close();
});

interface Source {
  readonly id: string;
  readonly keyId: string;
  readonly secret: string;
}

async function operate<T>(path: string, body?: object, status = 200): Promise<T> {
  const response = await fetch(`${url}/organisations/${mine.organisation}/webhooks${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${OPERATOR}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as T;
  if (response.status !== status) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
const newSource = () => operate<Source>('', { name: `PMS ${randomUUID()}` }, 201);

let clock = Date.UTC(2026, 9, 1);
/** One reading of its own time. */
function reading(count = '1200000', point = mine.rooms[0]?.power) {
  clock += 60_000;
  return { point, at: clock, count, class: 'billing' };
}
const bodyOf = (...readings: object[]) => JSON.stringify({ readings });

interface Sent {
  readonly key?: string;
  readonly timestamp?: number;
  readonly signature?: string;
  readonly headers?: Record<string, string>;
  /** What goes over the wire instead of what was signed. */
  readonly wire?: string;
}

async function send(source: Source, body: string, sent: Sent = {}) {
  const timestamp = sent.timestamp ?? Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', source.secret).update(`${timestamp}.${body}`).digest('hex');
  const response = await fetch(`${url}/readings`, {
    method: 'POST',
    body: sent.wire ?? body,
    headers: {
      'content-type': 'application/json',
      'meterline-key': source.keyId,
      'meterline-timestamp': String(timestamp),
      'meterline-signature': `v1=${sent.signature ?? signature}`,
      ...(sent.key !== undefined && { 'idempotency-key': sent.key }),
      ...sent.headers,
    },
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, answer, replayed: response.headers.get('idempotency-replayed') };
}
const stored = () => stage.count('reading_billing', 'source = 4');

describe('a signed request', () => {
  it('is stored, and asked again it is answered again', async () => {
    const source = await newSource();
    const before = await stored();
    const body = bodyOf(reading('1'), reading('2'));
    const expected = { stored: 2, repeats: 0, held: 0, conflicts: [] };
    expect(await send(source, body, { key: 'a' })).toEqual({ status: 200, answer: expected, replayed: null });
    // Signed anew, a moment later, as a client does after a time-out.
    const later = Math.floor(Date.now() / 1000) + 5;
    expect(await send(source, body, { key: 'a', timestamp: later })).toEqual({
      status: 200,
      answer: expected,
      replayed: 'true',
    });
    // Under another key it is another request, and its readings are known.
    expect((await send(source, body, { key: 'b', timestamp: later + 1 })).answer).toMatchObject({
      stored: 0,
      repeats: 2,
    });
    expect(await stored()).toBe(before + 2);
    expect(await send(source, bodyOf(reading()), { key: 'a' })).toMatchObject({
      status: 409,
      answer: { code: 'webhook_key_reused' },
    });
  });

  it('is made by the commands of the documentation', async () => {
    const source = await newSource();
    const page = readFileSync(new URL('../../../docs/webhook.md', import.meta.url), 'utf8');
    const script = (/```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
      .replace('whk_…', source.keyId)
      .replace('whs_…', source.secret)
      .replace('https://meters.example.org', url.replace('/api/v1', ''))
      .replace('0199a3c8-7c00-7000-8000-000000000001', mine.rooms[0]?.power ?? '')
      .replace('1795132800000', String(reading().at));
    const { stdout } = await promisify(execFile)('bash', ['-euc', script]);
    expect(JSON.parse(stdout)).toEqual({ stored: 1, repeats: 0, held: 0, conflicts: [] });
  });

  it('of one reading alone, with a unit of the contract', async () => {
    const source = await newSource();
    expect((await send(source, JSON.stringify(reading()))).answer).toMatchObject({ stored: 1 });
  });

  it('that contradicts says so, and changes nothing', async () => {
    const source = await newSource();
    const first = reading('5');
    await send(source, bodyOf(first));
    const { status, answer } = await send(source, bodyOf({ ...first, count: '6' }, reading('7')));
    expect([status, answer]).toEqual([
      200,
      { stored: 1, repeats: 0, held: 0, conflicts: [{ index: 0, stored: '5', offered: '6' }] },
    ]);
  });

  it('with one reading that cannot be taken stores none, and may be put right under the same key', async () => {
    const source = await newSource();
    const before = await stored();
    const good = reading();
    const { status, answer } = await send(source, bodyOf(good, reading('1', theirs.rooms[0]?.power)), {
      key: 'c',
    });
    expect(status).toBe(422);
    expect(answer).toMatchObject({
      code: 'webhook_readings_refused',
      errors: [{ path: 'readings.1', message: 'unknown-point' }],
    });
    expect(await stored()).toBe(before);
    expect((await send(source, bodyOf(good), { key: 'c' })).answer).toMatchObject({ stored: 1 });
  });

  it('under a key that is used again after its time is another request', async () => {
    const source = await newSource();
    const body = bodyOf(reading());
    expect((await send(source, body, { key: 'monthly' })).answer).toMatchObject({ stored: 1 });
    await stage.rows(
      "update webhook_request set received_at = received_at - interval '50 hours' where source_id = $1",
      [source.id],
    );
    const later = Math.floor(Date.now() / 1000) + 5;
    expect(await send(source, bodyOf(reading()), { key: 'monthly', timestamp: later })).toMatchObject({
      status: 200,
      answer: { stored: 1, repeats: 0 },
      replayed: null,
    });
  });

  it('may be ahead of its time with so many readings', async () => {
    const source = await newSource();
    const soon = Math.floor(Date.now() / 60_000) * 60_000 + 7_200_000;
    const ahead = (count: number, from: number) =>
      bodyOf(...Array.from({ length: count }, (_, n) => ({ ...reading(), at: soon + from + n })));
    for (const from of [0, 1_000])
      expect((await send(source, ahead(490, from))).answer).toMatchObject({ stored: 0, held: 490 });
    expect(await send(source, ahead(30, 2_000))).toMatchObject({
      status: 422,
      answer: { errors: [{ path: 'readings.0', message: 'too-many-held' }, ...Array(19).fill({})] },
    });
    await stage.rows('delete from held_reading where gateway_id is null');
    expect((await send(source, ahead(30, 2_000))).answer).toMatchObject({ held: 30 });
    await stage.rows('delete from held_reading where gateway_id is null');
  });

  it('may have a key of 200 characters', async () => {
    const source = await newSource();
    for (const key of ['k'.repeat(164), 'k'.repeat(200)])
      expect(await send(source, bodyOf(reading()), { key })).toMatchObject({
        status: 200,
        answer: { stored: 1 },
      });
  });

  it('whose repeat overtakes its answer is answered by what was stored', async () => {
    const source = await newSource();
    const body = bodyOf(reading(), reading());
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        send(source, body, { key: 'parallel', timestamp: Math.floor(Date.now() / 1000) + i }),
      ),
    );
    expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1);
    expect(await send(source, body, { key: 'parallel' })).toMatchObject({
      answer: { stored: 2, repeats: 0 },
    });
  });

  it('accounts for each of its readings, however many say otherwise at that moment', async () => {
    const source = await newSource();
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = [reading('1'), reading('1')];
      const sent = Array.from({ length: 6 }, (_, i) => [
        { ...one, count: String(1 + (i % 3)) },
        one.count === two.count ? two : one,
        { ...one, count: String(1 + (i % 3)) },
      ]);
      const answers = await Promise.all(sent.map((readings) => send(source, bodyOf(...readings))));
      for (const { status, answer } of answers) {
        expect(status).toBe(200);
        const { stored: fresh, repeats, held, conflicts } = answer as Record<string, number & unknown[]>;
        expect(repeats).toBeGreaterThanOrEqual(0);
        expect(Number(fresh) + Number(repeats) + Number(held) + (conflicts?.length ?? 0)).toBe(3);
      }
    }
  });

  it('sent many times at once is stored once', async () => {
    const source = await newSource();
    const before = await stored();
    const body = bodyOf(reading(), reading());
    const all = await Promise.all(Array.from({ length: 8 }, () => send(source, body, { key: 'race' })));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await stored()).toBe(before + 2);
  });
});

describe('an attack', () => {
  it.each<
    [string, (source: Source) => Promise<{ status: number; answer: Record<string, unknown> }>, number, string]
  >([
    [
      'with another secret',
      (source) => send({ ...source, secret: 'whs_x' }, bodyOf(reading())),
      401,
      'webhook_unauthenticated',
    ],
    [
      'under a key that nobody has',
      (source) => send({ ...source, keyId: 'whk_0000000000000000' }, bodyOf(reading())),
      401,
      'webhook_unauthenticated',
    ],
    [
      'with a changed body',
      (source) => send(source, bodyOf(reading('1')), { wire: bodyOf(reading('9')) }),
      401,
      'webhook_unauthenticated',
    ],
    [
      'with one space more',
      (source) => {
        const body = bodyOf(reading());
        return send(source, body, { wire: `${body} ` });
      },
      401,
      'webhook_unauthenticated',
    ],
    [
      'from the past',
      (source) => send(source, bodyOf(reading()), { timestamp: Math.floor(Date.now() / 1000) - 310 }),
      401,
      'webhook_untimely',
    ],
    [
      'from the future',
      (source) => send(source, bodyOf(reading()), { timestamp: Math.floor(Date.now() / 1000) + 310 }),
      401,
      'webhook_untimely',
    ],
    [
      'without a signature',
      (source) => send(source, bodyOf(reading()), { headers: { 'meterline-signature': '' } }),
      401,
      'webhook_unauthenticated',
    ],
    [
      'with a signature of nothing',
      (source) => send(source, bodyOf(reading()), { signature: '0'.repeat(64) }),
      401,
      'webhook_unauthenticated',
    ],
    ['that is huge', (source) => send(source, bodyOf({ note: 'x'.repeat(100_000) })), 413, 'body_too_large'],
    [
      'with an idempotency key that is none',
      (source) => send(source, bodyOf(reading()), { key: 'with space' }),
      422,
      'webhook_body_invalid',
    ],
    [
      'that says one thing twice',
      (source) => send(source, bodyOf(reading('1')).replace('"count"', '"count":"2","count"')),
      422,
      'webhook_body_invalid',
    ],
    ['with a count below zero', (source) => send(source, bodyOf(reading('-5'))), 422, 'webhook_body_invalid'],
    ['that is no JSON', (source) => send(source, '{"readings":'), 422, 'webhook_body_invalid'],
    [
      'with a prototype',
      (source) => send(source, '{"__proto__":{"a":1},"readings":[]}'),
      422,
      'webhook_body_invalid',
    ],
    [
      'with fields of its own',
      (source) => send(source, bodyOf({ ...reading(), organisation: theirs.organisation })),
      422,
      'webhook_body_invalid',
    ],
    [
      'with too many readings',
      (source) => send(source, bodyOf(...Array.from({ length: 501 }, () => ({ ...reading(), point: 'x' })))),
      422,
      'webhook_body_invalid',
    ],
  ])('%s is refused', async (_what, attack, status, code) => {
    const source = await newSource();
    const before = await stored();
    const refused = await attack(source);
    expect([refused.status, refused.answer.code]).toEqual([status, code]);
    expect(await stored()).toBe(before);
  });

  it('that replays a request under another idempotency key is refused, and without one is answered again', async () => {
    const source = await newSource();
    const body = bodyOf(reading());
    const timestamp = Math.floor(Date.now() / 1000);
    expect(await send(source, body, { key: 'real', timestamp })).toMatchObject({ status: 200 });
    expect(await send(source, body, { key: 'forged', timestamp })).toMatchObject({
      status: 409,
      answer: { code: 'webhook_replayed' },
    });
    expect(await send(source, body, { timestamp })).toMatchObject({ status: 409 });
    const other = bodyOf(reading());
    expect(await send(source, other, { timestamp })).toMatchObject({ status: 200, replayed: null });
    expect(await send(source, other, { timestamp })).toMatchObject({ status: 200, replayed: 'true' });
  });

  it('does not learn whether a key exists', async () => {
    const source = await newSource();
    const known = await send({ ...source, secret: 'whs_x' }, bodyOf(reading()));
    const unknown = await send({ ...source, keyId: 'whk_0000000000000000' }, bodyOf(reading()));
    const without = ({ answer: { requestId: _, ...rest } }: typeof known) => rest;
    expect(without(known)).toEqual(without(unknown));
  });
});

describe('secrets', () => {
  it('are exchanged with two valid ones, and never three', async () => {
    const first = await newSource();
    const second = await operate<Source>(`/${first.id}/rotate`, { overlapHours: 1 });
    for (const source of [first, second]) expect((await send(source, bodyOf(reading()))).status).toBe(200);
    const third = await operate<Source>(`/${first.id}/rotate`, { overlapHours: 1 });
    expect((await send(first, bodyOf(reading()))).status).toBe(401);
    for (const source of [second, third]) expect((await send(source, bodyOf(reading()))).status).toBe(200);
    const fourth = await operate<Source>(`/${first.id}/rotate`, { overlapHours: 0 });
    expect((await send(third, bodyOf(reading()))).status).toBe(401);
    expect((await send(fourth, bodyOf(reading()))).status).toBe(200);
  });

  it('end with their source, for good', async () => {
    const source = await newSource();
    await operate(`/${source.id}/revoke`, { reason: 'the contract has ended' });
    expect((await send(source, bodyOf(reading()))).status).toBe(401);
    await expect(operate(`/${source.id}/rotate`, {})).rejects.toThrow('409');
    const { items } = await operate<{ items: { id: string; revokedAt: string | null }[] }>('');
    expect(items.find(({ id }) => id === source.id)?.revokedAt).not.toBeNull();
  });

  it('are kept sealed, bound to their place, and never told or logged', async () => {
    const source = await newSource();
    await send(source, bodyOf(reading()));
    const rows = await stage.rows<{ row: string }>(
      'select row_to_json(s)::text as row from webhook_secret s',
    );
    const other = await newSource();
    const listed = JSON.stringify(await operate(''));
    const everything = rows.map(({ row }) => row).join() + listed + logged.join();
    for (const { secret } of [source, other]) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
    }
    await stage.rows(
      'update webhook_secret set sealed = (select sealed from webhook_secret where key_id = $1) where key_id = $2',
      [source.keyId, other.keyId],
    );
    expect((await send({ ...source, keyId: other.keyId }, bodyOf(reading()))).status).toBe(500);
  });
});
