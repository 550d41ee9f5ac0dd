import { describe, expect, it } from 'vitest';
import { movableClock } from '../../kernel/clock.ts';
import { addressOf, reasonOf } from './backend.ts';
import { settlesWithin, withDeadline } from './deadline.ts';
import { Reporter } from './observer.ts';

describe('the reporter', () => {
  it('says the same trouble once in half a minute', () => {
    const clock = movableClock('2026-11-05T00:00:00Z');
    const said: string[] = [];
    const reporter = new Reporter({ problem: ({ reason }) => said.push(reason) }, () => clock.monotonicMs());
    for (let second = 0; second < 61; second += 1) {
      reporter.problem('away', new Error('away'));
      if (second === 5) reporter.problem('other', new Error('other'));
      clock.advance({ seconds: 1 });
    }
    expect(said).toEqual(['away', 'other', 'away', 'away']);
  });

  it('forgets rather than grows when every trouble is a new one', () => {
    const reporter = new Reporter({}, () => 0);
    for (let n = 0; n < 10_000; n += 1) reporter.problem(`trouble ${n}`, undefined);
    expect(() => reporter.problem('last', undefined)).not.toThrow();
  });

  it('survives listeners that throw', () => {
    const fail = () => {
      throw new Error('metrics are down');
    };
    const reporter = new Reporter({ enqueued: fail, stalled: fail, discarded: fail, problem: fail }, () => 0);
    expect(() => {
      reporter.enqueued('q', 'j', 1);
      reporter.stalled('q', 'id');
      reporter.discarded('id', 'why');
      reporter.problem('p', undefined);
    }).not.toThrow();
  });
});

describe('addresses in messages', () => {
  it.each([
    ['postgresql://app:s3cret@db.local:6432/x', 'db.local:6432'],
    ['postgresql://app:s3cret@db.local/x', 'db.local:5432'],
    ['postgresql:///x?host=/run/postgresql', '/run/postgresql'],
    ['postgresql://app:s3cret@[::1]:5433/x', '[::1]:5433'],
    ['s3cret', 'an address that is not a URL'],
  ])('of %s: %s', (url, expected) => {
    expect(addressOf(url, 5432)).toBe(expected);
    expect(addressOf(url, 5432)).not.toContain('s3cret');
  });

  it.each<[unknown, string]>([
    [
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
    ],
    [new AggregateError([Object.assign(new Error('x'), { code: 'ETIMEDOUT' })]), 'ETIMEDOUT'],
    [
      Object.assign(new Error('password authentication failed'), { code: '28P01' }),
      'password authentication failed',
    ],
    [new Error('plain'), 'plain'],
    ['text', 'text'],
  ])('the reason of %s is %s', (error, expected) => {
    expect(reasonOf(error)).toBe(expected);
  });
});

describe('deadlines', () => {
  const never = new Promise<never>(() => {});
  const late = () => new Error('late');

  it('pass on what comes in time', async () => {
    expect(await withDeadline(Promise.resolve(1), 1_000, late)).toBe(1);
    await expect(withDeadline(Promise.reject(new Error('own')), 1_000, late)).rejects.toThrow('own');
  });

  it('end what does not', async () => {
    await expect(withDeadline(never, 1, late)).rejects.toThrow('late');
    expect(await settlesWithin(never, 1)).toBe(false);
  });

  it('a failure after the deadline disturbs nobody', async () => {
    const failing = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too late')), 5));
    await expect(withDeadline(failing, 1, late)).rejects.toThrow('late');
    await new Promise((resolve) => setTimeout(resolve, 15));
  });

  it('settled is settled, also by a failure', async () => {
    expect(await settlesWithin(Promise.reject(new Error('x')), 1_000)).toBe(true);
    expect(await settlesWithin(Promise.resolve(), 1_000)).toBe(true);
  });
});
