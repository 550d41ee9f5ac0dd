import { describe, expect, it } from 'vitest';
import { ENDS_OR_BEGINS } from './transaction.ts';

describe('what a store must not run', () => {
  it.each([
    'commit',
    'BEGIN',
    '  end;',
    'start\n transaction read only',
    'rollback',
    'rollback work',
    'abort',
    "prepare transaction 'x'",
    '-- why\ncommit',
    '/* why */ commit',
    '/* a */ /** b **/\n-- c\n rollback',
  ])('is %j', (text) => {
    expect(ENDS_OR_BEGINS.test(text)).toBe(true);
  });

  it.each([
    'select 1',
    'rollback to savepoint a',
    'rollback work to a',
    'savepoint a',
    'release savepoint a',
    'commitment',
    '-- commit\nselect 1',
    '/* commit */ select 1',
    '/* not closed commit',
    'select 1 -- begin',
  ])('is not %j', (text) => {
    expect(ENDS_OR_BEGINS.test(text)).toBe(false);
  });

  it.each([
    ['indented as deep as can be', `${' '.repeat(100_000)}select 1`],
    ['between many empty lines', `${'\n    '.repeat(20_000)}select 1`],
    ['behind many comments', `${'/* ** */ -- x\n'.repeat(20_000)}select 1`],
    ['behind a comment that does not end', `/*${'*'.repeat(100_000)}`],
  ])('is found out at once in a statement %s', (_, text) => {
    expect(ENDS_OR_BEGINS.test(text)).toBe(false);
  });
});
