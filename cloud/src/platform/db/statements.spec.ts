import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitStatements } from './statements.ts';

const texts = (sql: string) => splitStatements(sql).map((statement) => statement.text);

test.each([
  ['one', 'select 1', ['select 1']],
  ['two', 'select 1;\nselect 2;\n', ['select 1', 'select 2']],
  ['a semicolon in a string', "select 'a;b''c;d';select 2", ["select 'a;b''c;d'", 'select 2']],
  ['a backslash that is only a backslash', "select 'a\\';select 2", ["select 'a\\'", 'select 2']],
  ['an escape string', "select e'a\\';b';select 2", ["select e'a\\';b'", 'select 2']],
  ['a name that ends in e', "select date'2026-01-01';select 2", ["select date'2026-01-01'", 'select 2']],
  ['a quoted name', 'select 1 as ";""";select 2', ['select 1 as ";"""', 'select 2']],
  ['a body', 'do $$ begin; end $$; select 2', ['do $$ begin; end $$', 'select 2']],
  ['a body with a tag', 'do $a$ $$;$$ ; $b$ $a$; select 2', ['do $a$ $$;$$ ; $b$ $a$', 'select 2']],
  ['a parameter is no body', 'select $1; select $2', ['select $1', 'select $2']],
  ['a dollar in a name', 'select a$b$; select 2', ['select a$b$', 'select 2']],
  ['a line comment', '-- a; b\nselect 1 -- c; d\n; -- end', ['select 1 -- c; d']],
  ['a nested comment', '/* a; /* b; */ c; */ select 1; /* only; */', ['select 1']],
  ['nothing', ' \n-- nothing\n;;', []],
] as const)('%s', (_name, sql, expected) => {
  expect(texts(sql)).toEqual(expected);
});

test('a statement knows the line of its first word', () => {
  const lines = splitStatements('-- head\n\nselect 1;\n/* a\nb */\n  -- c\nselect 2;').map(
    ({ line }) => line,
  );
  expect(lines).toEqual([3, 7]);
});

test('whatever stands in quotes, the number of statements stays', () => {
  const piece = fc.oneof(
    fc.string().map((text) => `select '${text.replaceAll("'", "''").replaceAll('\0', '')}'`),
    fc.string().map((text) => `select "${text.replaceAll('"', '""')}"`),
    fc.string().map((text) => `do $q$${text.replaceAll('$', '')}$q$`),
    fc.string().map((text) => `select 1 /* ${text.replaceAll('*', '').replaceAll('/', '')} */`),
    fc.string().map((text) => `select 1 -- ${text.replaceAll('\n', '')}\n`),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(texts(pieces.join(';'))).toHaveLength(pieces.length);
    }),
  );
});
