import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connect, connectionError, place } from './connection.ts';
import { urlsOf } from './provision.ts';

test.each([
  ['postgresql://u:secret@db.example:6432/meter', 'db.example:6432/meter'],
  ['postgresql://u:secret@db.example', 'db.example:5432/u'],
  ['postgresql://u:secret@[::1]:5433/meter', '[::1]:5433/meter'],
  ['postgresql:///meter?host=/run/postgresql', '/run/postgresql:5432/meter'],
  ['postgresql://u%40x:se%ret@db/met%65r', 'db:5432/meter'],
  ['secret', 'localhost:5432/postgres'],
])('%s is shown as %s', (url, text) => {
  expect(place(url).text).toBe(text);
});

test('a URL with a stray % is one clear line', async () => {
  await expect(
    connect({ url: 'postgresql://u:p@127.0.0.1:1/d%b', setting: 'database.appUrl' }),
  ).rejects.toMatchObject({
    code: 'database_unreachable',
    message: expect.stringMatching(
      /^database\.appUrl: no connection to PostgreSQL at 127\.0\.0\.1:1\/d%b: the URL has a %/,
    ),
  });
});

test('an error of another kind is not taken for a lost connection', () => {
  const settings = { url: 'postgresql://u:p@h/d', setting: 'database.appUrl' };
  for (const error of [
    new Error('division by zero'),
    Object.assign(new Error('x'), { code: '23505' }),
    undefined,
    'text',
  ])
    expect(connectionError(settings, error)).toBeUndefined();
});

test('the errors of all addresses of a name count as one', () => {
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  const error = connectionError(
    { url: 'postgresql://u:p@h/d', setting: 's' },
    new AggregateError([refused, refused]),
  );
  expect(error?.message).toBe(
    's: no connection to PostgreSQL at h:5432/d: the connection was refused; is PostgreSQL running there?',
  );
});

test('every password that may be set survives its way through the URL', () => {
  const password = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 12,
  });
  fc.assert(
    fc.property(password, (app) => {
      const passwords = { owner: 'x', app, worker: 'x', ingest: 'x', readOnly: 'x' };
      const { appUrl } = urlsOf({
        adminUrl: 'postgresql://postgres:admin@h:5432/postgres?sslmode=require',
        database: 'meter',
        passwords,
      });
      const url = new URL(appUrl);
      expect([url.username, decodeURIComponent(url.password), url.pathname, url.search]).toEqual([
        'meterline_app',
        app,
        '/meter',
        '?sslmode=require',
      ]);
    }),
  );
});
