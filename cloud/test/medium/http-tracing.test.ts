import { Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics, inChildSpan, inSpan } from '../../src/platform/telemetry/index.ts';

/** With an SDK in place, as `NODE_OPTIONS=--import …` would put it there; the exporter keeps spans in memory. */
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const lines: string[] = [];
let app: NestFastifyApplication;
let url: string;

@Controller('things')
class ThingController {
  @Get(':id')
  one() {
    return inChildSpan('load thing', { 'thing.kind': 'meter' }, async () => ({ ok: true }));
  }

  @Post()
  fails() {
    return inSpan('save thing', {}, () => Promise.reject(new Error('holds a secret')));
  }
}

@Module({ controllers: [ThingController] })
class ThingModule {}

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  app = await createHttpServer({
    http: {
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      bodyLimitBytes: 2048,
      requestTimeoutMs: 2_000,
      rateLimit: { perMinute: 0 },
      operatorToken: 'operator-token-0123456789abcdef',
    },
    version: '0.0.0',
    module: ThingModule,
    readiness: new Readiness([], () => performance.now()),
    logger: createLogger({
      level: 'info',
      format: 'json',
      secrets: [],
      output: { write: (line) => void lines.push(line) },
    }),
    metrics: createMetrics('api'),
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  await provider.shutdown();
  trace.disable();
  propagation.disable();
  context.disable();
});

beforeEach(() => exporter.reset());

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';

describe('traces', () => {
  it('continue the trace of the caller, by route template, with the ids on spans and log lines', async () => {
    await fetch(`${url}/api/v1/things/42?token=abc`, {
      headers: { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, 'x-request-id': 'traced-request-1' },
    });
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(2);
    const [inner, server] = exporter.getFinishedSpans();
    expect(server?.name).toBe('GET /api/v1/things/:id');
    expect(server?.spanContext().traceId).toBe(TRACE_ID);
    expect(server?.parentSpanContext?.spanId).toBe(PARENT_ID);
    expect(server?.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/api/v1/things/:id',
      'http.response.status_code': 200,
      'meterline.request_id': 'traced-request-1',
    });
    expect(inner?.name).toBe('load thing');
    expect(inner?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({
      traceId: TRACE_ID,
      requestId: 'traced-request-1',
    });
  });

  it('keep the context behind a body, mark failures and hold no message', async () => {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/api/v1/things`, { method: 'POST', headers, body: '{"a":1}' });
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(2);
    const [inner, server] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
    expect([inner?.status.code, server?.status.code]).toEqual([2, 2]);
    expect(JSON.stringify([inner?.attributes, inner?.events, inner?.status])).not.toContain('secret');
  });

  it('do not begin with work that nobody asked for', async () => {
    await inChildSpan('poll', {}, async () => {});
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('start anew where the caller sends nonsense', async () => {
    await fetch(`${url}/api/v1/things/1`, { headers: { traceparent: '00-zz-zz-01' } });
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(2);
    expect(exporter.getFinishedSpans()[1]?.parentSpanContext).toBeUndefined();
  });
});
