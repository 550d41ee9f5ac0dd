import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Module, Param, Post, Query, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Answers, createHttpServer, type HttpSettings, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics, currentContext } from '../../src/platform/telemetry/index.ts';

/** The HTTP platform over real sockets, with a module that exists only here. No service is needed. */
const noteSchema = z.strictObject({
  text: z.string().min(1).max(20),
  at: z.iso.datetime(),
  tags: z.array(z.strictObject({ name: z.string() })).default([]),
});
const answerSchema = z
  .object({ text: z.string(), count: z.int(), requestId: z.string().optional() })
  .meta({ id: 'NoteAnswer' });
const querySchema = z.strictObject({ limit: z.coerce.number().int().min(1).max(10).default(5) });
const paramSchema = z.object({ id: z.uuid() });

@Controller('notes')
class NoteController {
  @Get()
  @Answers(answerSchema, { description: 'A note' })
  list(@Query({ schema: querySchema }) query: z.output<typeof querySchema>) {
    return {
      text: 'list',
      count: query.limit,
      requestId: currentContext()?.requestId,
      leaked: 'not declared',
    };
  }

  @Get('wrong')
  @Answers(answerSchema, { description: 'Breaks its own promise' })
  wrong() {
    return { text: 1 };
  }

  @Get('throws')
  throws() {
    throw Object.assign(new Error('relation "secret_table" does not exist'), { code: '42P01' });
  }

  @Get('stream')
  stream(@Res() reply: FastifyReply) {
    const pieces = async function* () {
      for (let i = 0; i < 6; i++) {
        yield `piece ${i}\n`;
        await sleep(500);
      }
    };
    reply.type('text/csv').send(Readable.from(pieces()));
  }

  @Get('files/*')
  files() {
    return {};
  }

  @Get('slow')
  async slow() {
    await sleep(3_000);
    return {};
  }

  @Get(':id')
  one(@Param({ schema: paramSchema }) { id }: z.output<typeof paramSchema>) {
    return { id };
  }

  @Post()
  @Answers(answerSchema, { status: 201, description: 'Made' })
  async create(@Body({ schema: noteSchema }) note: z.output<typeof noteSchema>) {
    await sleep(1);
    return { text: note.text, count: note.tags.length, requestId: currentContext()?.requestId };
  }
}

@Module({ controllers: [NoteController] })
class NoteModule {}

const OPERATOR = 'operator-token-0123456789abcdef';
const dashboard = mkdtempSync(join(tmpdir(), 'meterline-web-'));
const lines: string[] = [];
const apps: NestFastifyApplication[] = [];

async function serve(
  settings: Partial<HttpSettings> = {},
): Promise<{ url: string; port: number; readiness: Readiness }> {
  const readiness = new Readiness([], () => performance.now());
  const app = await createHttpServer({
    http: {
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      bodyLimitBytes: 2048,
      requestTimeoutMs: 2_000,
      rateLimit: { perMinute: 0 },
      operatorToken: OPERATOR,
      ...settings,
    },
    version: '0.0.0',
    module: NoteModule,
    readiness,
    logger: createLogger({
      level: 'trace',
      format: 'json',
      secrets: [],
      output: { write: (line) => void lines.push(line) },
    }),
    metrics: createMetrics('api'),
    dashboardFolder: dashboard,
  });
  apps.push(app);
  await app.listen(0, settings.host ?? '127.0.0.1');
  const address = app.getHttpServer().address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const host = settings.host === '::1' ? '[::1]' : '127.0.0.1';
  return { url: `http://${host}:${address.port}`, port: address.port, readiness };
}

let url: string;
let port: number;

beforeAll(async () => {
  mkdirSync(join(dashboard, 'assets'));
  writeFileSync(join(dashboard, 'index.html'), '<!doctype html><title>Meterline</title>');
  writeFileSync(join(dashboard, 'assets', 'app-1a2b.js'), 'export {}');
  ({ url, port } = await serve());
});

afterAll(async () => {
  for (const app of apps) await app.close();
  rmSync(dashboard, { recursive: true });
});

/** Sends bytes as they are and returns everything that comes back. */
function raw(text: string, toPort = port, waitMs = 6_000): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(toPort, '127.0.0.1', () => socket.write(text));
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

const post = (
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) => fetch(`${url}/api/v1/notes`, { method: 'POST', body, headers });
const goodNote = { text: 'a', at: '2026-11-20T03:00:00Z', tags: [{ name: 'x' }] };

describe('problems', () => {
  it.each([
    ['an unknown address', () => fetch(`${url}/api/v1/nothing`), 404, 'route_not_found'],
    [
      'an unknown address as seen by a browser',
      () => fetch(`${url}/api/v1/x`, { headers: { accept: 'text/html' } }),
      404,
      'route_not_found',
    ],
    [
      'an unknown method',
      () => fetch(`${url}/api/v1/notes`, { method: 'DELETE' }),
      405,
      'method_not_allowed',
    ],
    ['broken JSON', () => post('{"text": "secret-in-body'), 400, 'body_malformed'],
    ['a body that is no text', () => post(Buffer.from('{"text": "\xff"}', 'latin1')), 400, 'body_malformed'],
    ['an empty body', () => post(''), 400, 'body_malformed'],
    ['a prototype key', () => post('{"__proto__": {"admin": true}}'), 400, 'body_malformed'],
    [
      'a constructor key',
      () => post('{"constructor": {"prototype": {"admin": true}}}'),
      400,
      'body_malformed',
    ],
    [
      'a prototype key deep inside',
      () => post('{"tags": [{"__proto__": {"admin": true}}]}'),
      400,
      'body_malformed',
    ],
    [
      'a body of brackets only',
      () => post(`${'['.repeat(1000)}${']'.repeat(1000)}`),
      422,
      'validation_failed',
    ],
    [
      'another method below a catch-all',
      () => fetch(`${url}/api/v1/notes/files/a/b`, { method: 'PUT' }),
      405,
      'method_not_allowed',
    ],
    ['a large body', () => post(JSON.stringify({ text: 'x'.repeat(3000) })), 413, 'body_too_large'],
    ['text', () => post('hello', { 'content-type': 'text/plain' }), 415, 'media_type_unsupported'],
    [
      'a form',
      () => post('a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'media_type_unsupported',
    ],
    [
      'a compressed body',
      () => post('x', { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
      415,
      'media_type_unsupported',
    ],
    ['a malformed address', () => fetch(`${url}/api/v1/notes/%E0%A4%A`), 400, 'request_malformed'],
    ['a wrong path parameter', () => fetch(`${url}/api/v1/notes/7`), 422, 'validation_failed'],
    ['an unknown query parameter', () => fetch(`${url}/api/v1/notes?limt=3`), 422, 'validation_failed'],
    ['a fault', () => fetch(`${url}/api/v1/notes/throws`), 500, 'internal_error'],
    ['an answer that breaks its promise', () => fetch(`${url}/api/v1/notes/wrong`), 500, 'internal_error'],
    ['an answer that takes too long', () => fetch(`${url}/api/v1/notes/slow`), 503, 'answer_timeout'],
  ])('%s', async (_, ask, status, code) => {
    const response = await ask();
    const text = await response.text();
    expect(text).not.toMatch(/secret|relation|node_modules|\.ts/);
    expect([response.status, JSON.parse(text).code]).toEqual([status, code]);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(text).requestId).toBe(response.headers.get('x-request-id'));
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('names the wrong fields', async () => {
    const response = await post(JSON.stringify({ text: '', at: 'now', tags: [{ name: 1 }], extra: true }));
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(response.status).toBe(422);
    expect(errors.map((error) => error.path).sort()).toEqual([
      'body',
      'body.at',
      'body.tags.0.name',
      'body.text',
    ]);
  });

  it('says which methods an address knows', async () => {
    const wrong = await fetch(`${url}/api/v1/notes`, { method: 'PUT' });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
    const options = await fetch(`${url}/api/v1/notes`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('access-control-allow-origin')]).toEqual([204, null]);
    const head = await fetch(`${url}/api/v1/notes`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});

describe('requests', () => {
  it('parses, answers with the declared fields only, and carries the id through the whole work', async () => {
    const response = await fetch(`${url}/api/v1/notes?limit=7`, {
      headers: { 'x-request-id': 'my-request-0001' },
    });
    expect(await response.json()).toEqual({ text: 'list', count: 7, requestId: 'my-request-0001' });
    expect(response.headers.get('x-request-id')).toBe('my-request-0001');
    const made = await fetch(`${url}/api/v1/notes`, {
      method: 'POST',
      body: JSON.stringify(goodNote),
      headers: { 'content-type': 'application/json', 'x-request-id': 'my-request-0002' },
    });
    expect([made.status, await made.json()]).toEqual([
      201,
      { text: 'a', count: 1, requestId: 'my-request-0002' },
    ]);
    await sleep(20);
    const logged = lines.map((line) => JSON.parse(line)).find((line) => line.requestId === 'my-request-0002');
    expect(logged).toMatchObject({ method: 'POST', route: '/api/v1/notes', status: 201 });
  });

  it('answers a request that is not HTTP, and one with too many headers', async () => {
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"request_malformed"/);
    const huge = `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'y'.repeat(20_000)}\r\n\r\n`;
    expect(await raw(huge)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/);
    expect(await raw('GET /api/v1/notes HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const twoHosts = 'GET /api/v1/notes HTTP/1.1\r\nhost: a\r\nHost: b\r\nconnection: close\r\n\r\n';
    expect(await raw(twoHosts)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"request_malformed"/);
  });

  it('does not wait for ever for a slow head or a slow body', async () => {
    const [head, body] = await Promise.all([
      raw('GET /api/v1/notes HTTP/1.1\r\nhost: x\r\nx-slow: ', port, 9_000),
      raw(
        'POST /api/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
        port,
        9_000,
      ),
    ]);
    expect(head).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
    expect(body).toMatch(/^HTTP\/1\.1 (?:408|503) /);
  });

  it('refuses smuggling by two lengths', async () => {
    const smuggled =
      'POST /api/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(smuggled)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('long answers', () => {
  it('go on after the time for an answer, once they have begun', async () => {
    const response = await fetch(`${url}/api/v1/notes/stream`);
    expect((await response.text()).trim().split('\n')).toHaveLength(6);
  });

  it('stay within the stack for a body as deep as the limit allows', async () => {
    const deep = await serve({ bodyLimitBytes: 1024 * 1024 });
    const body = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const response = await fetch(`${deep.url}/api/v1/notes`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'validation_failed' }]);
  });
});

describe('security', () => {
  it('sends the headers of a self-served app and no transport security over http', async () => {
    const { headers } = await fetch(`${url}/`);
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'self';.*script-src 'self';.*frame-ancestors 'none'/,
    );
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-powered-by')).toBeNull();
    const behindHttps = await serve({ publicUrl: 'https://meters.example.org' });
    const secure = await fetch(`${behindHttps.url}/healthz`);
    expect(secure.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('limits requests per address, answers probes always, and believes no forwarded address', async () => {
    const limited = await serve({ rateLimit: { perMinute: 3 } });
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let i = 0; i < 5; i++) {
      last = await fetch(`${limited.url}/api/v1/notes`, { headers: { 'x-forwarded-for': `10.0.0.${i}` } });
      statuses.push(last.status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(last?.headers.get('ratelimit-limit')).toBe('3');
    expect(last?.headers.get('ratelimit-remaining')).toBe('0');
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await last?.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect((await fetch(`${limited.url}/api/v1/unknown`)).status).toBe(429);
    expect(
      (await fetch(`${limited.url}/metrics`, { headers: { authorization: 'Bearer guess' } })).status,
    ).toBe(429);
    expect((await fetch(`${limited.url}/healthz`)).status).toBe(200);
  });

  it('takes the client address from a trusted proxy only', async () => {
    const behind = await serve({ rateLimit: { perMinute: 1 }, trustProxy: ['loopback'] });
    const from = (address: string) =>
      fetch(`${behind.url}/api/v1/notes`, { headers: { 'x-forwarded-for': address } });
    expect([(await from('10.0.0.1')).status, (await from('10.0.0.2')).status]).toEqual([200, 200]);
    expect((await from('6.6.6.6, 10.0.0.1')).status).toBe(429);
    expect((await from('2001:db8:1:2::1')).status).toBe(200);
    expect((await from('2001:db8:1:2:ffff::9')).status).toBe(429);
  });

  it('gives metrics to this machine and to the operator only', async () => {
    const metrics = (base: string, headers: Record<string, string> = {}) =>
      fetch(`${base}/metrics`, { headers });
    expect((await metrics(url)).status).toBe(200);
    expect((await metrics(url, { 'x-forwarded-for': '1.2.3.4' })).status).toBe(401);
    expect((await metrics(url, { authorization: 'Bearer wrong' })).status).toBe(401);
    const behind = await serve({ publicUrl: 'https://meters.example.org' });
    const refused = await metrics(behind.url);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const text = await (await metrics(behind.url, { authorization: `Bearer ${OPERATOR}` })).text();
    expect(text).toContain('route="/metrics",status="401"');
  });
});

describe('system routes', () => {
  it('tells alive from ready', async () => {
    const draining = await serve();
    expect(await (await fetch(`${draining.url}/readyz`)).json()).toMatchObject({
      status: 'ready',
      ready: true,
    });
    draining.readiness.drain();
    const response = await fetch(`${draining.url}/readyz`);
    expect([response.status, response.headers.get('connection')]).toEqual([503, 'close']);
    expect((await fetch(`${draining.url}/healthz`)).status).toBe(200);
  });

  it('serves the document of the API with a tag', async () => {
    const first = await fetch(`${url}/api/v1/openapi.json`);
    const document = (await first.json()) as { openapi: string; components: { schemas: object } };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.components.schemas)).toEqual(['NoteAnswer', 'Problem']);
    const second = await fetch(`${url}/api/v1/openapi.json`, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(second.status).toBe(304);
  });

  it('listens on IPv6', async () => {
    const six = await serve({ host: '::1' });
    expect((await fetch(`${six.url}/metrics`)).status).toBe(200);
  });
});

describe('dashboard', () => {
  const page = { accept: 'text/html,application/xhtml+xml' };

  it('serves the app, its files for ever, and its addresses', async () => {
    const [home, asset, deep] = await Promise.all([
      fetch(`${url}/`, { headers: page }),
      fetch(`${url}/assets/app-1a2b.js`),
      fetch(`${url}/invoices/7?tab=lines`, { headers: page }),
    ]);
    expect([home.status, home.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect([deep.status, await deep.text()]).toEqual([200, expect.stringContaining('Meterline')]);
    expect(deep.headers.get('cache-control')).toBe('no-cache');
    expect(home.headers.get('etag')).toBeTruthy();
  });

  it.each([
    ['/assets/gone-9z.js', page],
    ['/invoices/7', { accept: 'application/json' }],
    ['/api', page],
    ['/api/v2/x', page],
    ['/favicon.ico', page],
  ])('does not answer %s with the app', async (path, headers) => {
    const response = await fetch(`${url}${path}`, { headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json',
    ]);
  });

  it.each([
    '/../../../etc/passwd',
    '/..%2f..%2f..%2fetc%2fpasswd',
    '/assets/..%5c..%5cetc/passwd',
    '//etc/passwd',
    '/%00',
  ])('does not leave its folder for %s', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toContain('root:');
  });
});
