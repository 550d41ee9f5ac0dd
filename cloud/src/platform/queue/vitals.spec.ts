import { describe, expect, it } from 'vitest';
import { briefly } from './vitals.ts';

describe('what anybody may read about a queue that is away', () => {
  it.each([
    ['a code', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' })],
    ['a few words', new Error('ECONNREFUSED')],
  ])('is %s', (_, error) => {
    expect(briefly(error)).toBe('ECONNREFUSED');
  });

  it.each([
    ['an address', 'no route to 10.0.0.7'],
    ['a host and port', 'getaddrinfo db:5432'],
    ['a sign-in', 'refused for app@db'],
    ['a long story', 'word '.repeat(30)],
    ['megabytes of it', '1'.repeat(1_000_000)],
  ])('is nothing of %s', (_, message) => {
    expect(briefly(new Error(message))).toBe('connection failed');
  });
});
