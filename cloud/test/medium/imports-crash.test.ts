import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DoorStage, type House } from '../support/doors.ts';
import { endHubs, hubEnv, runProgram, startProgram, temporaryFolder } from '../support/hub-process.ts';

const READINGS = 24_000;

let stage: DoorStage;
let house: House;
let file: string;
let mapping: string;
let env: ReturnType<typeof hubEnv>;

beforeAll(async () => {
  stage = await DoorStage.open();
  house = await stage.addHouse(['101', '102']);
  const folder = temporaryFolder();
  env = hubEnv(stage.db, join(folder, 'files'));
  file = join(folder, 'readings.csv');
  const line = (i: number) => {
    const at = new Date(Date.UTC(2025, 0, 1) + Math.floor(i / 2) * 1000).toISOString();
    return `${101 + (i % 2)},${at},${Math.floor(i / 2)}\n`;
  };
  writeFileSync(file, `room,time,kWh\n${Array.from({ length: READINGS }, (_, i) => line(i)).join('')}`);
  mapping = join(folder, 'mapping.json');
  writeFileSync(
    mapping,
    JSON.stringify({
      columns: { room: 'room', time: 'time' },
      values: [{ column: 'kWh', unit: 'kWh', medium: 'electricity' }],
    }),
  );
});
afterAll(async () => {
  endHubs();
  await stage.close();
});

const args = () => [
  'readings',
  'import',
  file,
  '--organisation',
  house.organisation,
  '--mapping',
  `@${mapping}`,
];
const inState = (states: string) => stage.count('import_run', `state in (${states})`);
const stored = () => stage.count('reading_billing');
/** Whoever was killed would be believed to be at work for a while. */
const silence = () => stage.rows("update import_run set touched_at = touched_at - interval '10 minutes'");

async function killWhen(reached: () => Promise<boolean>): Promise<void> {
  const program = startProgram(args(), env);
  for (;;) {
    if (await reached()) break;
    const state = await Promise.race([program.exited, sleep(5)]);
    if (state !== undefined) throw new Error(`it ended before: ${program.output()}`);
  }
  program.child.kill('SIGKILL');
  await program.exited;
  await silence();
}

it('killed while it checks, it has stored nothing; killed while it stores, it goes on to the end', async () => {
  await killWhen(async () => (await stage.count('import_run', "state = 'checking' and lines > 2000")) > 0);
  expect(await stored()).toBe(0);

  await killWhen(
    async () => (await stage.count('import_run', "state = 'storing' and chunks between 2 and 8")) > 0,
  );
  const half = await stored();
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(READINGS);

  const { code, stderr, stdout } = await runProgram(args(), env);
  expect([code, stderr]).toEqual([0, expect.stringContaining('goes on with the import')]);
  expect(stdout).toContain('done');
  expect(await stored()).toBe(READINGS);
  expect(await inState("'queued', 'checking', 'storing'")).toBe(0);
  // Each reading once, each with its own count.
  const [sum] = await stage.rows<{ sum: string }>('select sum(count)::text as sum from reading_billing');
  expect(sum?.sum).toBe(String((READINGS / 2) * (READINGS / 2 - 1) * 1000));
});

it('a wrong file ends with exit code 65, its faults in words and as a table', async () => {
  const wrong = join(temporaryFolder(), 'wrong.csv');
  const table = `${wrong}.faults.csv`;
  writeFileSync(
    wrong,
    'room,time,kWh\n101,2025-06-01 08:00,5\n101,2025-06-31 08:00,=1\n999,2025-06-02 08:00,7\n',
  );
  const { code, stderr } = await runProgram(
    ['readings', 'import', wrong, '--proposed', '--faults', table, '--organisation', house.organisation],
    env,
  );
  expect(code).toBe(65);
  expect(stderr).toContain('line 3, column 2 "time": "2025-06-31 08:00" is a day that does not exist');
  expect(stderr).toContain('line 4, column 1 "room": "999" is not known in this building');
  expect(stderr).toContain('nothing of the file is stored');
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(table, 'utf8').split('\r\n')).toHaveLength(4);
});

it('a dry run says what would be stored, and nothing of an hour that was said', async () => {
  const right = join(temporaryFolder(), 'right.csv');
  writeFileSync(right, 'room,date,kWh\n101,31/1/2019,5\n');
  const { code, stdout, stderr } = await runProgram(
    [
      ...['readings', 'import', right, '--proposed', '--dry-run', '--date-only-at', '08:00'],
      ...['--organisation', house.organisation],
    ],
    env,
  );
  // The room had no meter yet in 2019: the line is at fault, and only that is told.
  expect([code, stderr.includes('12:00')]).toEqual([65, false]);
  expect(stdout).toContain('WOULD BE STORED');
});
