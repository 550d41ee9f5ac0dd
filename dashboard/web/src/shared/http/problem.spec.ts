import { expect, it } from 'vitest';
import { parseProblem } from './problem.ts';

it('reads what the hub says when it refuses', () => {
  const type = 'urn:meterline:problem:rate_limited';
  const body = { type, title: 'Rate limited', status: 429, code: 'rate_limited' };
  expect(parseProblem({ ...body, detail: 'wait', requestId: 'r-1', retryable: true, more: 1 })).toEqual({
    code: 'rate_limited',
    status: 429,
    title: 'Rate limited',
    detail: 'wait',
    requestId: 'r-1',
    retryable: true,
  });
  expect(parseProblem(body)).toEqual({
    code: 'rate_limited',
    status: 429,
    title: 'Rate limited',
    retryable: false,
  });
});

it.each([undefined, null, 'x', [], {}, { code: 1, status: 429, title: 'x' }, { code: 'x', title: 'x' }])(
  'takes %j for none',
  (body) => expect(parseProblem(body)).toBeUndefined(),
);
