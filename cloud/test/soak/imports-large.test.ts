import { createWriteStream, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DoorStage, type House } from '../support/doors.ts';
import { endHubs, hubEnv, runProgram, temporaryFolder } from '../support/hub-process.ts';
import { sheetRow, workbook } from '../support/workbook.ts';

const LINES = 100_000;
/** In MB, for everything that the program keeps: a file held in memory would not fit. */
const HEAP = 80;

let stage: DoorStage;
let house: House;
let folder: string;

beforeAll(async () => {
  stage = await DoorStage.open();
  house = await stage.addHouse(['101', '102', '103', '104']);
  folder = temporaryFolder();
});
afterAll(async () => {
  endHubs();
  await stage.close();
});

const instant = (i: number) => new Date(Date.UTC(2025, 0, 1) + i * 60_000).toISOString();

function check(file: string) {
  const env = hubEnv(stage.db, join(folder, 'files'), { NODE_OPTIONS: `--max-old-space-size=${HEAP}` });
  const args = ['readings', 'import', file, '--proposed', '--dry-run', '--json'];
  return runProgram([...args, '--faults', `${file}.faults`, '--organisation', house.organisation], env);
}

it('a hundred thousand lines of CSV are judged in bounded memory, and each wrong one is named', async () => {
  const file = join(folder, 'large.csv');
  const wrong = new Set([7, 49_999, LINES]);
  async function* lines() {
    yield 'ห้อง,วันเวลา,ไฟ,หมายเหตุ\n';
    for (let i = 1; i <= LINES; i++)
      yield `${101 + (i % 4)},${instant(i)},${wrong.has(i) ? 'x' : i},${'บันทึก '.repeat(5)}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
  const { code, stdout, stderr } = await check(file);
  expect([code, stderr]).toEqual([65, expect.stringContaining('line 8, column 3')]);
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'checked',
    readings: LINES - wrong.size,
    faults: wrong.size,
  });
  const faults = readFileSync(`${file}.faults`, 'utf8').split('\r\n').slice(1, -1);
  expect(faults.map((fault) => Number(fault.split(',')[0]) - 1)).toEqual([...wrong]);
});

it('and so are those of a workbook', async () => {
  const file = join(folder, 'large.xlsx');
  const rows = Array.from({ length: LINES }, (_, i) =>
    sheetRow(i + 2, [String(101 + (i % 4)), instant(i), i]),
  );
  const data = sheetRow(1, ['room', 'time', 'kWh']) + rows.join('');
  await writeFile(file, workbook({ sheets: [{ name: 'S', data }] }));
  const { code, stdout, stderr } = await check(file);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('heap')]);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'checked', readings: LINES, faults: 0 });
});
