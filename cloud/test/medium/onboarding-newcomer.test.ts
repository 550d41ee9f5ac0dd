import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DoorStage, type House } from '../support/doors.ts';
import { endHubs, hubEnv, runProgram, temporaryFolder } from '../support/hub-process.ts';
import { in874 } from '../support/long-lists.ts';

const ROOMS = 600;
/** Lines, below the header on line 1, that somebody has spoilt. */
const FAULTY = Array.from({ length: 30 }, (_, i) => 2 + 17 + i * 18);
const SPOILT = ['31/2/2568', '1/13/2568', '1/8/2668'];

let stage: DoorStage;
let house: House;
let env: ReturnType<typeof hubEnv>;
let folder: string;

beforeAll(async () => {
  stage = await DoorStage.open();
  house = await stage.addHouse([]);
  folder = temporaryFolder();
  env = hubEnv(stage.db, join(folder, 'files'));
});
afterAll(async () => {
  endHubs();
  await stage.close();
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, in874(text));
  return path;
};
const run = (...more: readonly string[]) => runProgram([...more, '--organisation', house.organisation], env);

/** Rooms, tenants and meters beside each other, as the office keeps them; one room in fifty is vacant. */
function officeList(faulty: readonly number[]): string {
  const line = (_: unknown, index: number): string => {
    const floor = Math.floor(index / 100) + 1;
    const room = `${floor}${String(index % 100).padStart(2, '0')}`;
    const spoilt = SPOILT[faulty.indexOf(index + 2) % SPOILT.length];
    const tenant = index % 50 === 48 ? ['ว่าง', ''] : [`สมชาย ใจดี ${index + 1}`, spoilt ?? '1/8/2568'];
    return [room, floor, ...tenant, '4500', `E-${room}`, 'ไฟฟ้า'].join(',');
  };
  const head = 'ห้อง,ชั้น,ชื่อ-นามสกุล,วันเริ่มสัญญา,ค่าเช่า,มิเตอร์,วัด';
  return [head, ...Array.from({ length: ROOMS }, line), ''].join('\n');
}
const TENANTS = ROOMS - ROOMS / 50;

it('a building comes in from one file of the office and what its meters stood at', {
  timeout: 120_000,
}, async () => {
  const wrong = file('office-wrong.csv', officeList(FAULTY));
  const rooms = await run('import', 'rooms', wrong);
  expect([rooms.code, rooms.stderr]).toEqual([
    0,
    expect.stringContaining('"ค่าเช่า" are of a list of tenants: bring in the same file as one too'),
  ]);
  expect(await stage.count('place', "kind = 'room'")).toBe(ROOMS);

  const table = join(folder, 'faults.csv');
  const refused = await run('import', 'tenants', wrong, '--faults', table);
  expect(refused.code).toBe(65);
  expect(refused.stderr).toContain('dates are read as day, month, year, in which "1/13/2568" is none');
  expect(refused.stderr).toContain(`line ${FAULTY[0]}, column 4 "วันเริ่มสัญญา": "31/2/2568" is a day that`);
  const told = (await readFile(table, 'utf8')).trim().split('\r\n').slice(1);
  expect(told.map((fault) => Number(fault.split(',')[0]))).toEqual(FAULTY);
  for (const name of ['party', 'lease', 'lease_room']) expect(await stage.count(name)).toBe(0);

  const list = file('office.csv', officeList([]));
  const tenants = await run('import', 'tenants', list, '--json');
  expect([tenants.code, JSON.parse(tenants.stdout)]).toMatchObject([0, { state: 'done', added: TENANTS }]);
  expect(tenants.stderr).toContain(`nobody is named on ${ROOMS - TENANTS} lines`);
  expect(await stage.count('lease', "start_day = '2025-08-01'")).toBe(TENANTS);
  expect((await run('import', 'meters', list, '--since', '2025-08-01')).code).toBe(0);

  // What meters stood at, and a history: the earliest line of a meter is its opening.
  const readings = 'มิเตอร์,วันที่,เลขมิเตอร์ไฟ\nE-100,1/8/2568,1200\nE-100,1/9/2568,1310\nE-101,1/8/2568,55\n';
  const opening = await run('readings', 'import', file('opening.csv', readings), '--proposed', '--opening');
  expect([opening.code, opening.stderr]).toEqual([0, expect.stringContaining('a meter begins once')]);
  const events = await stage.rows<{ payload: { count: string } }>(
    "select payload from outbox where topic = 'reading.opening'",
  );
  expect(events.map(({ payload }) => payload.count).sort()).toEqual(['1200000', '55000']);
});
