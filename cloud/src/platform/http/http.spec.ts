import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineErrors } from '../../kernel/errors.ts';
import { bearerToken, sameToken } from './bearer.ts';
import { isLoopback } from './client-address.ts';
import { httpError } from './http.errors.ts';
import { explainError } from './problem.ts';
import { Readiness } from './readiness.ts';
import { requestIdFrom } from './request-id.ts';
import { RouteTable } from './route-table.ts';

const testError = defineErrors({
  spec_limit_passed: { kind: 'conflict', retryable: false, meaning: 'the limit is passed' },
  spec_unreachable: { kind: 'unavailable', retryable: true, meaning: 'the thing does not answer' },
  spec_hidden: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the key of the payment provider is wrong',
  },
});

describe('explainError', () => {
  it('shows a declared error with its facts, which cannot displace the members of a problem', () => {
    const error = testError('spec_limit_passed', {
      details: { limit: 40, status: 200, requestId: 'forged' },
    });
    expect(explainError(error, 'r-1')).toEqual({
      unexpected: false,
      problem: {
        type: 'urn:meterline:problem:spec_limit_passed',
        title: 'Spec limit passed',
        status: 409,
        code: 'spec_limit_passed',
        detail: 'the limit is passed',
        requestId: 'r-1',
        retryable: false,
        limit: 40,
      },
    });
  });

  it.each([
    new Error('duplicate key value violates unique constraint "person_email"'),
    Object.assign(new Error('select * from secret'), { code: '23505', detail: 'Key (email)=(a@b)' }),
    testError('spec_hidden'),
    'a thrown text',
    undefined,
  ])('tells nothing about %s', (error) => {
    const { problem, unexpected } = explainError(error, 'r-2');
    expect(unexpected).toBe(true);
    expect(problem).toMatchObject({ status: 500, requestId: 'r-2', retryable: true });
    expect(JSON.stringify(problem)).not.toMatch(/email|select|provider|thrown/);
  });

  it.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'body_too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'media_type_unsupported'],
    ['FST_ERR_BAD_URL', 400, 'request_malformed'],
    ['HPE_HEADER_OVERFLOW', 431, 'headers_too_large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'request_timeout'],
  ])('translates %s', (code, status, ours) => {
    const { problem } = explainError(Object.assign(new Error('quotes the request'), { code }), 'r-3');
    expect(problem).toMatchObject({ status, code: ours });
    expect(JSON.stringify(problem)).not.toContain('quotes');
  });

  it('tells that a dependency is away, and not where it stands', () => {
    const error = testError('spec_unreachable', {
      message: 'spec.url: no connection to 10.1.2.3:5432/meterline',
      details: { address: '10.1.2.3:5432' },
    });
    const { problem } = explainError(error, 'r-4');
    expect(problem).toMatchObject({
      status: 503,
      code: 'spec_unreachable',
      detail: 'the thing does not answer',
    });
    expect(JSON.stringify(problem)).not.toContain('10.1.2.3');
  });

  it('has a status for every code', () => {
    expect(explainError(httpError('rate_limited'), 'r').problem.status).toBe(429);
    expect(explainError(httpError('method_not_allowed'), 'r').problem.status).toBe(405);
  });
});

describe('requestIdFrom', () => {
  it.each(['01890a5d-ac96-774b-bcce-b302099a8057', 'trace.1234_abc-Z'])('keeps %s', (id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  it.each([
    'short',
    'has spaces in it',
    'a\r\nset-cookie: x=1',
    '<script>alert(1)</script>',
    '"}{"level":"fatal',
    'x'.repeat(65),
    '-starts-with-a-dash',
    undefined,
    ['two-of-them-1', 'two-of-them-2'],
  ])('replaces %j', (header) => {
    expect(requestIdFrom(header)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    [`Bearer ${'x'.repeat(5000)}`, undefined],
    [undefined, undefined],
  ])('reads %s', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });

  it('compares tokens of any lengths', () => {
    expect(sameToken('a', 'a')).toBe(true);
    expect(sameToken('a', 'ab')).toBe(false);
    expect(sameToken('', 'ab')).toBe(false);
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['127.evil.example', false],
    ['::ffff:10.0.0.1', false],
    [undefined, false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

describe('RouteTable', () => {
  const routes = new RouteTable();
  routes.add('GET', '/api/v1/jobs/:id');
  routes.add(['POST', 'PUT'], '/api/v1/jobs/:id');
  routes.add('GET', '/*');
  routes.add('GET', '/api/v1/files/*');

  it.each([
    ['/api/v1/jobs/7', ['GET', 'POST', 'PUT']],
    ['/api/v1/jobs/7/', ['GET', 'POST', 'PUT']],
    ['/api/v1/jobs/', []],
    ['/api/v1/jobs/7/x', []],
    ['/api/v1/files/a/b.pdf', ['GET']],
    ['/api/v1/files', []],
    ['/other', []],
  ])('%s', (path, methods) => {
    expect(routes.methodsOf(path)).toEqual(methods);
  });
});

describe('Readiness', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reports each dependency, bounds the time and hides what a driver says', async () => {
    vi.useFakeTimers().setTimerTickMode('nextTimerAsync');
    let asked = 0;
    const readiness = new Readiness(
      [
        { name: 'database', check: async () => ({ state: 'up', detail: 'schema 12' }) },
        {
          name: 'queue',
          check: () => Promise.reject(Object.assign(new Error('redis://:pw@host'), { code: 'ECONNREFUSED' })),
        },
        { name: 'files', check: () => new Promise(() => {}) },
        { name: 'late', check: async () => ({ state: 'degraded', detail: `asked ${++asked}` }) },
      ],
      () => 0,
    );
    const [report, again] = await Promise.all([readiness.report(), readiness.report()]);
    expect(report).toMatchObject({
      ready: false,
      dependencies: [
        { name: 'database', state: 'up', detail: 'schema 12' },
        { name: 'queue', state: 'down', detail: 'unreachable (ECONNREFUSED)' },
        { name: 'files', state: 'down', detail: 'no answer within 2000 ms' },
        { name: 'late', state: 'degraded', detail: 'asked 1' },
      ],
    });
    expect(again.dependencies).toEqual(report.dependencies);
  });

  it('is not ready while draining, whatever its dependencies say', async () => {
    const readiness = new Readiness([], () => 0);
    expect(await readiness.report()).toMatchObject({ ready: true });
    readiness.drain();
    expect(await readiness.report()).toMatchObject({ ready: false, draining: true });
  });
});
