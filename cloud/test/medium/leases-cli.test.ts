import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { DoorStage, type House } from '../support/doors.ts';
import { endHubs, hubEnv, temporaryFolder } from '../support/hub-process.ts';

let stage: DoorStage;
let house: House;
let env: ReturnType<typeof hubEnv>;

beforeAll(async () => {
  stage = await DoorStage.open();
  house = await stage.addHouse(['101', '102']);
  env = hubEnv(stage.db, temporaryFolder());
});
afterAll(async () => {
  endHubs();
  await stage.close();
});

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    env,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const row = ({ out }: { readonly out: string }) => JSON.parse(out) as Record<string, unknown>;
const room = (i: number) => house.rooms[i] ?? { name: '', power: '', water: '' };
const readings = (i: number, power: string, water: string) => [
  '--reading',
  `${room(i).power}=${power}`,
  `${room(i).water}=${water}`,
];

test('a lease from agreement to the keys given back', async () => {
  const added = await run(
    ...[
      'lease',
      'add',
      '--number',
      '101/2569',
      '--first',
      '2026-03-01',
      '--last',
      '2027-02-28',
      '--room',
      '101',
    ],
    ...['--rent', '4500', '--deposit', '9000.50', '--tenant', 'มาลี ใจดี', '--json'],
  );
  expect(added).toMatchObject({ code: 0, err: '' });
  expect(row(added)).toMatchObject({ state: 'draft', deposit: '9000.50', rents: [{ amount: '4500.00' }] });

  const without = await run('lease', 'move-in', '101/2569', '--at', '2026-03-11T11:15:00+07:00');
  expect(without).toMatchObject({ code: 65 });
  expect(without.err).toMatch(/no gateway reads E-101, W-101: give the count of its display/);

  const moved = await run(
    ...['lease', 'move-in', '๑๐๑/๒๕๖๙', '--at', '2026-03-11T11:15:00+07:00', '--json'],
    ...[...readings(0, '1,200.5 kWh', '10m³'), '--keys', '2', '--notes', 'clean'],
  );
  expect(moved).toMatchObject({ code: 0, err: '' });
  expect(row(moved)).toMatchObject({
    lease: { state: 'active' },
    handover: { protocol: { keys: '2', notes: 'clean' } },
  });

  const occupied = await run('lease', 'occupancy', '--first', '2026-03-01', '--last', '2026-03-31');
  expect(occupied.out).toMatch(/101 +occupied +101\/2569/);
  expect(occupied.out).toMatch(/102 +free/);

  const changed = await run(
    ...['lease', 'change-room', '101/2569', '--room', '102', '--at', '2026-04-20T16:45:00+07:00'],
    ...['--reading', `${room(0).power}=1300kWh`, `${room(0).water}=12m³`],
    ...[`${room(1).power}=5`, `${room(1).water}=1m³`],
  );
  expect(changed).toMatchObject({ code: 0, err: '' });
  expect(changed.out).toMatch(/entered/);

  expect((await run('lease', 'end', '101/2569', '2026-05-31')).out).toMatch(/active +2026-03-01 +2026-05-31/);
  const out = await run(
    ...[
      'lease',
      'move-out',
      '101/2569',
      '--at',
      '2026-05-30T09:00:00+07:00',
      ...readings(1, '120kWh', '3m³'),
    ],
  );
  expect(out).toMatchObject({ code: 0, err: '' });
  const shown = await run('lease', 'show', '101/2569');
  expect(shown.out).toMatch(/ended/);
  const handover = /^(\S+) +move-out/m.exec(shown.out)?.[1] ?? '';
  expect((await run('lease', 'undo', handover, '--reason', 'they stay')).out).toMatch(/active/);
  expect((await run('lease', 'list', '--state', 'active', '--json')).out).toContain('"tenants":["มาลี ใจดี"]');
}, 60_000);

test('people, with and without an account', async () => {
  const added = await run(
    'party',
    'add',
    '--name',
    'สมชาย',
    '--other-name',
    'Somchai',
    '--email',
    'somchai@example.org',
    '--json',
  );
  expect(added).toMatchObject({ code: 0, err: '' });
  expect((await run('party', 'list', '--like', 'somch')).out).toMatch(/สมชาย/);
  const invited = await run('party', 'invite', String(row(added).id));
  expect(invited).toMatchObject({ code: 0, err: '' });
});

test.each([
  ['no such lease', ['lease', 'show', 'none'], 65, 'there is no lease "none" (meterline lease list)'],
  [
    'no such room',
    ['lease', 'add', '--number', 'x', '--first', '2026-03-01', '--room', '999'],
    65,
    'there is no room "999"',
  ],
  [
    'no day',
    ['lease', 'add', '--number', 'x', '--first', '31.3.2026'],
    65,
    'the first day: "31.3.2026" is not a day',
  ],
  [
    'no amount',
    ['lease', 'add', '--number', 'x', '--first', '2026-03-01', '--rent', '4.500,00'],
    65,
    '4.500,00',
  ],
  [
    'half a reading',
    ['lease', 'move-out', '101/2569', '--at', '2026-06-01T00:00:00+07:00', '--reading', 'x'],
    64,
    'must be written POINT=…',
  ],
])('%s is said in one line', async (_what, args, code, message) => {
  const result = await run(...args);
  expect(result).toMatchObject({ code });
  expect(result.err).toContain(message);
  expect(result.err.split('\n')).toHaveLength(1);
});
