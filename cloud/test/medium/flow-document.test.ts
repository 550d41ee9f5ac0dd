import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from '../../src/platform/db/index.ts';
import { TestGateway } from '../support/gateway.ts';
import { IngestStage } from '../support/ingest-stage.ts';

const PAGE = readFileSync(new URL('../../../docs/flows/reading-to-interval.md', import.meta.url), 'utf8');
/** One a semicolon; a note behind it belongs to it. */
const QUERIES = [...PAGE.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  [...block.matchAll(/([^;]+);([^\n]*)\n/g)].map(([, text = '', note = '']) => [text.trim(), note] as const),
);
const QUARTER = 900_000;

let stage: IngestStage;
const gateway = new TestGateway('in the page');
beforeAll(async () => {
  stage = await IngestStage.open();
  await stage.addGateway(gateway);
  const now = Math.floor(Date.now() / QUARTER) * QUARTER;
  await stage.send(gateway, gateway.start(now).payload);
  await stage.send(
    gateway,
    gateway.sweep(now, [{ point: gateway.point(1), count: '100' }], now + 5_000).payload,
  );
  await stage.send(gateway, Buffer.from('no envelope'));
});
afterAll(() => stage?.close());

async function run(text: string, isOwner: boolean) {
  const [point] = await stage.rows<{ no: number }>('select no from point where id = $1', [gateway.point(1)]);
  const named = text
    .replaceAll('<no>', String(point?.no))
    .replaceAll('<point>', gateway.point(1))
    .replaceAll('<gateway>', gateway.id);
  const { ownerUrl, readOnlyUrl } = stage.db;
  return ask({
    ...{ url: isOwner ? ownerUrl : readOnlyUrl, setting: 'database.readOnlyUrl', text: named },
    ...{ organisation: stage.organisation, timeoutMs: 5_000, most: 2 },
  });
}

it.each(QUERIES)('%s', async (text, note) => {
  const { columns } = await run(text, note.includes('owner'));
  expect(columns.length).toBeGreaterThan(1);
});

it.each([
  ['dead_letter', /from dead_letter/],
  ['batch', /from batch/],
  ['journal', /from journal/],
  ['reading_billing', /from reading_billing/],
  ['readings_billable', /from readings_billable/],
])('shows what is there of %s', async (_, wanted) => {
  const [text, note] = QUERIES.find(([query]) => wanted.test(query)) ?? ['', ''];
  expect((await run(text, note.includes('owner'))).rows.length).toBeGreaterThan(0);
});

it('asks, and changes nothing, whoever signs in', async () => {
  for (const isOwner of [false, true]) {
    for (const text of [
      'delete from point',
      'with gone as (delete from point returning id) select * from gone',
      'select 1; commit; delete from point',
    ])
      await expect(run(text, isOwner)).rejects.toThrow();
  }
  expect(await run('select n from generate_series(1, 3) n;', false)).toEqual({
    columns: ['n'],
    rows: [['1'], ['2']],
    isCut: true,
  });
});
