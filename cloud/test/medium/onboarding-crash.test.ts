import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorStage, type House } from '../support/doors.ts';
import {
  endHubs,
  hubEnv,
  OPERATOR_TOKEN,
  runProgram,
  startProgram,
  temporaryFolder,
} from '../support/hub-process.ts';
import { in874, roomsList, tenantsList } from '../support/long-lists.ts';

const ROOMS = 400;

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

const file = (name: string, content: Buffer | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const args = (...more: readonly string[]) => ['import', ...more, '--organisation', house.organisation];

describe('the command line', () => {
  it('looks at a list, names what is wrong, and brings it in when it is mended', async () => {
    const rooms = file('rooms.csv', in874(roomsList(ROOMS)));
    const looked = await runProgram(args('rooms', rooms, '--dry-run', '--json'), env);
    expect([looked.code, JSON.parse(looked.stdout)]).toEqual([
      0,
      { state: 'checked', lines: ROOMS, added: ROOMS, changed: 0, same: 0, faults: 0 },
    ]);
    expect(await stage.count('place')).toBe(0);
    expect((await runProgram(args('rooms', rooms), env)).code).toBe(0);
    expect(await stage.count('place', "kind = 'room'")).toBe(ROOMS);

    const wrong = file('wrong.csv', in874(tenantsList(ROOMS, [5, 77])));
    const table = join(folder, 'faults.csv');
    const { code, stderr } = await runProgram(args('tenants', wrong, '--faults', table), env);
    expect(code).toBe(65);
    expect(stderr).toContain('line 5, column 4 "วันเริ่มสัญญา": "31/2/2568" is a day that does not exist');
    expect(stderr).toContain('line 77, column 1 "ห้อง": "9999" is no room of this building');
    expect(stderr).toContain('nothing of it is stored');
    expect((await readFile(table, 'utf8')).trim().split('\r\n')).toHaveLength(3);
    expect(await stage.count('lease')).toBe(0);
  });
});

it('killed in the middle of writing it has brought in nothing, and the next one brings in all', async () => {
  const list = file('tenants.csv', in874(tenantsList(ROOMS, [])));
  // Whoever writes waits here, with people, leases and rents behind and services still to come.
  const gate = await stage.ground.pools.owner.connect();
  try {
    await gate.query('begin');
    await gate.query('lock table lease_person in share mode');
    const program = startProgram(args('tenants', list), env);
    const waits = "select from pg_locks where relation = 'lease_person'::regclass and not granted";
    while ((await stage.rows(waits)).length === 0) {
      const ended = await Promise.race([program.exited, sleep(20)]);
      if (ended !== undefined) throw new Error(`it ended before: ${program.output()}`);
    }
    program.child.kill('SIGKILL');
    await program.exited;
  } finally {
    await gate.query('rollback');
    gate.release();
  }
  const others =
    "select from pg_stat_activity where datname = current_database() and state like '%transaction%'";
  while ((await stage.rows(others)).length > 0) await sleep(20);
  for (const table of ['party', 'lease', 'lease_rent', 'lease_room', 'lease_person'])
    expect([table, await stage.count(table)]).toEqual([table, 0]);
  expect(await stage.count('onboarding_run', "kind = 'tenants'")).toBe(0);
  expect(await stage.count('audit_entry', "action = 'lease.added'")).toBe(0);

  expect((await runProgram(args('tenants', list), env)).code).toBe(0);
  expect(await stage.count('lease')).toBe(ROOMS);
});

describe('the hub', () => {
  it('looks at a list and brings it in as it was looked at', async () => {
    const building = (
      await stage.sites.addBuilding(
        house.organisation,
        { name: 'over the web', zone: 'Asia/Bangkok' },
        { actor: { kind: 'operator', id: 'test' } },
      )
    ).id;
    const hub = startProgram(['hub'], env);
    const api = `${await hub.address()}/api/v1/organisations/${house.organisation}`;
    const ask = async (path: string, body?: Buffer) => {
      const response = await fetch(api + path, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, ...(body && { 'content-type': 'text/csv' }) },
        ...(body && { body: new Uint8Array(body) }),
      });
      return { status: response.status, text: await response.text() };
    };
    const list = in874('ห้อง,ชั้น\n๑๐๑,๑\n102,1\n');
    const path = `/buildings/${building}/lists/rooms?name=${encodeURIComponent('ห้อง.csv')}`;
    const looked = await ask(path, list);
    const preview = JSON.parse(looked.text);
    expect([looked.status, preview.state, preview.added, preview.encoding]).toEqual([
      200,
      'checked',
      2,
      'windows-874',
    ]);
    const done = await ask(`${path}&dryRun=false&plan=${preview.plan}`, list);
    expect([done.status, JSON.parse(done.text).state]).toEqual([200, 'done']);
    expect(await stage.count('place', `building_id = '${building}'`)).toBe(3);
    const late = await ask(`${path}&dryRun=false&plan=${preview.plan}`, list);
    expect([late.status, JSON.parse(late.text).code]).toEqual([409, 'onboarding_plan_changed']);
    const mapping = JSON.stringify({ headerLine: 1, columns: { room: 'ห้อง', floor: 9 } });
    const mapped = await ask(`${path}&mapping=${encodeURIComponent(mapping)}`, list);
    expect([mapped.status, JSON.parse(mapped.text).proposed]).toEqual([200, false]);
    expect((await ask(`${path}&mapping=%7B`, list)).status).toBe(422);
    const runs = await ask('/lists?limit=1');
    expect(JSON.parse(runs.text).items).toMatchObject([{ kind: 'rooms', building, added: 2, lines: 2 }]);
    const template = await ask('/list-templates/tenants?language=id');
    expect([template.status, template.text.split(',').slice(0, 3)]).toEqual([
      200,
      ['Kamar', 'Nama', 'Nama lain'],
    ]);
  });
});
