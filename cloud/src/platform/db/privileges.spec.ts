import { describe, expect, it } from 'vitest';
import { comparePrivileges, formatPrivileges } from './privileges.ts';

const expected = {
  meterline_app: { 'table outbox': 'insert', database: 'connect' },
  schema: { 'trigger t on outbox': 'on, CREATE …' },
};
const found = (actual: Parameters<typeof comparePrivileges>[1]) =>
  comparePrivileges('app', { ...expected, ...actual }, expected);

describe('a difference from what the migrations made', () => {
  it.each<[string, Parameters<typeof comparePrivileges>[1], string]>([
    [
      'too much, with the statement that takes away only that',
      { meterline_app: { ...expected.meterline_app, 'table outbox': 'delete, insert, select (id)' } },
      '"meterline_app" has on table outbox what it must not have: delete, select (id); revoke delete, select (id) on outbox from meterline_app',
    ],
    [
      'too little',
      { meterline_app: { database: 'connect' } },
      '"meterline_app" lacks on table outbox what it needs: insert; grant insert on outbox to meterline_app',
    ],
    [
      'everybody',
      { PUBLIC: { 'function f()': 'execute (as postgres)' } },
      'everybody (PUBLIC) has on function f() what it must not have: execute (as postgres); revoke execute on function f() from public',
    ],
    [
      'what no single statement mends',
      { meterline_app: { ...expected.meterline_app, role: 'member of staff' } },
      '"meterline_app" has on role what it must not have: member of staff',
    ],
    [
      'a guard that is gone',
      { schema: {} },
      'the schema lacks trigger t on outbox (on, CREATE …); was it dropped by hand?',
    ],
    [
      'a guard that is off',
      { schema: { 'trigger t on outbox': 'off, CREATE …' } },
      'trigger t on outbox is "off, CREATE …" and must be "on, CREATE …"',
    ],
  ])('is one line: %s', (_, actual, line) => {
    expect(found(actual)).toEqual({ findings: [`database.appUrl: ${line}`], warnings: [] });
  });

  it('is none for another role, and a warning for what only a superuser can mend', () => {
    expect(found({ meterline_ingest: { database: 'connect, create' } })).toEqual({
      findings: [],
      warnings: [],
    });
    expect(found({ PUBLIC: { 'large objects': 'execute' } })).toMatchObject({
      findings: [],
      warnings: [expect.stringContaining('may use large objects')],
    });
  });
});

it('the expectation is written in one order, whatever it is quoted with', () => {
  const text = formatPrivileges({ schema: { b: "it's", a: 'x' }, PUBLIC: { 'table t': 'select' } });
  expect(text.slice(text.indexOf('export'))).toBe(
    "export const EXPECTED_PRIVILEGES: Privileges = {\n  PUBLIC: {\n    'table t': 'select',\n  },\n  schema: {\n    a: 'x',\n    b: \"it's\",\n  },\n};\n",
  );
});
