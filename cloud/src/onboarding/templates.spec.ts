import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { counting, readList } from '../../test/support/lists.ts';
import { columnOf, LANGUAGES, LIST_KINDS, rolesOf } from './domain/list-columns.ts';
import { planRooms } from './domain/rooms.ts';
import { readTenants } from './domain/tenant-lines.ts';
import { template } from './templates.ts';

describe.each(LANGUAGES)('the templates in %s', (language) => {
  it.each(LIST_KINDS)('of %s have columns that are all known when they come back', (kind) => {
    const { columns, rows } = readList(kind, template(kind, language).replace('\ufeff', ''));
    expect([...columns.roles.keys()].sort()).toEqual([...rolesOf(kind)].sort());
    expect(rows).toHaveLength(1);
  });

  it('show lines that can be brought in', () => {
    const rooms = readList('rooms', template('rooms', language).replace('\ufeff', ''));
    expect(planRooms({ ...rooms, places: [], nextId: counting() }).faults).toEqual([]);
    const { rows, columns, rules } = readList('tenants', template('tenants', language).replace('\ufeff', ''));
    const callingCode = language === 'id' ? '62' : '66';
    expect(
      readTenants(rows, columns, { ...rules, callingCode }).cells.flatMap(({ faults }) => faults),
    ).toEqual([]);
  });
});

it.each(LIST_KINDS)('the page for people names all columns of a list of %s', (kind) => {
  const page = readFileSync(new URL('../../../docs/operate/onboarding.md', import.meta.url), 'utf8');
  for (const role of rolesOf(kind)) {
    const { names, required } = columnOf(kind, role) ?? { names: [] };
    const [english = '', ...others] = names;
    expect(page).toContain(
      `| ${[required ? `${english} *` : english, ...others].join(' | ')} | \`${role}\` |`,
    );
  }
});
