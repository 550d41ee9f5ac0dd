import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DoorStage, type House } from '../support/doors.ts';
import {
  endHubs,
  type HubProcess,
  hubEnv,
  OPERATOR_TOKEN,
  startProgram,
  temporaryFolder,
} from '../support/hub-process.ts';

let stage: DoorStage;
let house: House;
let hub: HubProcess;
let api: string;

beforeAll(async () => {
  stage = await DoorStage.open();
  house = await stage.addHouse(['101', '102']);
  hub = startProgram(['hub'], hubEnv(stage.db, join(temporaryFolder(), 'files')));
  api = `${await hub.address()}/api/v1/organisations/${house.organisation}`;
});
afterAll(async () => {
  endHubs();
  await stage.close();
});

interface Answer {
  readonly [key: string]: unknown;
}
async function ask(method: string, path: string, body?: object | Buffer | string, type = 'application/json') {
  const content =
    typeof body === 'string' ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
  const response = await fetch(api + path, {
    method,
    headers: {
      authorization: `Bearer ${OPERATOR_TOKEN}`,
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body: content }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, text, body: (isJson ? JSON.parse(text) : {}) as Answer };
}
const upload = (content: string | Buffer, type = 'text/csv') =>
  ask(
    'POST',
    `/buildings/${house.building}/imports?name=${encodeURIComponent('ม.ค. 69.csv')}`,
    content,
    type,
  );

async function finished(id: unknown): Promise<Answer> {
  for (;;) {
    const { body } = await ask('GET', `/imports/${id}`);
    if (body.finishedAt !== null) return body;
    await sleep(50);
  }
}

it('from upload to stored readings, by a job of the hub', async () => {
  const { status, body: received } = await upload('ห้อง,วันที่,ไฟ\n101,25/1/2569,1234.5\n102,25/1/2569,99\n');
  expect([status, received.state, received.fileName]).toEqual([201, 'received', 'ม.ค. 69.csv']);
  const { body: preview } = await ask('POST', `/imports/${received.id}/preview`, {});
  expect(preview).toMatchObject({
    proposed: true,
    problems: [],
    faultCount: 0,
    encoding: 'utf-8',
    delimiter: ',',
  });
  const { status: saved } = await ask('PUT', '/import-mappings/monthly', preview.mapping as object);
  expect(saved).toBe(200);
  const start = { mappingName: 'monthly', dryRun: true };
  expect(await ask('POST', `/imports/${received.id}/start`, start)).toMatchObject({
    status: 202,
    body: { state: 'queued' },
  });
  expect(await finished(received.id)).toMatchObject({ state: 'checked', stored: 2 });
  expect(await stage.count('reading_billing')).toBe(0);
  await ask('POST', `/imports/${received.id}/start`, { mappingName: 'monthly' });
  expect(await finished(received.id)).toMatchObject({ state: 'done', stored: 2, faults: 0 });
  expect(await stage.count('reading_billing', 'source = 5')).toBe(2);
  expect((await ask('GET', '/imports')).body.items).toHaveLength(1);
  expect(await ask('POST', `/imports/${received.id}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'import_state_wrong' },
  });
});

it('a file may be larger than other bodies, up to the limit for files', async () => {
  const megabytes = (count: number) => 'room,date,kWh\n'.repeat(count * 75_000);
  expect((await upload(megabytes(3))).status).toBe(201);
  expect(await upload(megabytes(30))).toMatchObject({ status: 413, body: { code: 'files_too_large' } });
});

it('faults come page by page, and as a table in which no cell is a formula', async () => {
  const { body: received } = await upload('room,date,kWh\n101,2026-02-30,5\n101,2026-02-03,"=1+1"\n');
  await ask('POST', `/imports/${received.id}/start`, {
    mapping: {
      columns: { room: 1, date: 2 },
      values: [{ column: 3, unit: 'kWh', medium: 'electricity' }],
      dates: { dateOnlyAt: '08:00' },
    },
  });
  expect(await finished(received.id)).toMatchObject({ state: 'refused', faults: 2 });
  const { body: first } = await ask('GET', `/imports/${received.id}/faults?limit=1`);
  expect(first).toMatchObject({ items: [{ line: 2, column: 2, code: 'date_impossible' }], after: 1 });
  const { body: second } = await ask('GET', `/imports/${received.id}/faults?after=1`);
  expect(second.items).toMatchObject([{ line: 3, value: '=1+1' }]);
  const { text } = await ask('GET', `/imports/${received.id}/faults.csv`);
  expect(text.split('\r\n')[2]).toContain("3,3,kWh,number_unreadable,'=1+1,is no number");
});

it.each<[string, () => Promise<{ status: number; body: Answer }>, number, string]>([
  [
    'an upload that is no table',
    () => upload(Buffer.from('%PDF-1.7\n'), 'application/pdf'),
    415,
    'files_type_refused',
  ],
  [
    'a workbook of the old kind',
    () => upload(Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(5_000_000)])),
    422,
    'import_file_unreadable',
  ],
  [
    'an upload into a building of nobody',
    () => ask('POST', `/buildings/${house.organisation}/imports`, 'a', 'text/csv'),
    404,
    'import_not_found',
  ],
  [
    'a start without a mapping',
    async () => ask('POST', `/imports/${(await upload('a,b\n')).body.id}/start`, {}),
    422,
    'import_mapping_invalid',
  ],
  [
    'a mapping that nobody saved',
    async () => ask('POST', `/imports/${(await upload('a,b\n')).body.id}/start`, { mappingName: 'x' }),
    404,
    'import_mapping_not_found',
  ],
  [
    'a mapping of another form',
    async () => ask('PUT', '/import-mappings/x', { columns: { flat: 1 }, values: [] }),
    422,
    'validation_failed',
  ],
  [
    'a file where JSON is meant',
    () => ask('PUT', '/import-mappings/x', 'a,b', 'text/csv'),
    415,
    'media_type_unsupported',
  ],
])('%s is refused', async (_what, attempt, status, code) => {
  const refused = await attempt();
  expect([refused.status, refused.body.code]).toEqual([status, code]);
});

it('a person enters a reading with a photo, and supersedes it', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
    'base64',
  );
  expect(await ask('POST', '/reading-photos', '<p>', 'text/html')).toMatchObject({
    status: 415,
    body: { code: 'files_type_refused' },
  });
  const huge = Buffer.concat([png, Buffer.alloc(40 * 1024 * 1024)]);
  for (const [body, type, status] of [
    [huge, 'image/png', 413],
    [huge, 'text/html', 415],
  ] as const)
    expect(await ask('POST', '/reading-photos', body, type)).toMatchObject({ status });
  const photo = await ask('POST', '/reading-photos', png, 'image/png');
  expect(photo.status).toBe(201);
  const point = `/points/${house.rooms[1]?.water}`;
  const at = '2026-01-25T08:00:00+07:00';
  const entered = await ask('POST', `${point}/readings`, {
    at,
    value: '12.345',
    unit: 'm³',
    photo: photo.body.id,
  });
  expect(entered).toMatchObject({ status: 201, body: { count: '12345', evidence: 6, hints: [] } });
  const { body: link } = await ask('GET', `/reading-photos/${photo.body.id}`);
  const address = new URL(link.url as string, api);
  expect((await fetch(address)).headers.get('content-type')).toBe('image/png');
  const decided = await ask('POST', `${point}/corrections`, {
    at,
    kind: 'superseded',
    count: '12346',
    reason: 'misread',
  });
  expect(decided).toMatchObject({
    status: 201,
    body: { kind: 'superseded', count: '12346', author: 'operator api' },
  });
  const low = await ask('POST', `${point}/readings`, { at: '2026-02-25T08:00:00+07:00', count: '1' });
  expect(low).toMatchObject({
    status: 409,
    body: { code: 'reading_implausible', hints: ['below-previous'] },
  });
});
