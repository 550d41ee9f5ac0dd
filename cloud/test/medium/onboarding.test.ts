import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAppError } from '../../src/kernel/errors.ts';
import type { ListKind } from '../../src/onboarding/index.ts';
import { OnboardingService } from '../../src/onboarding/index.ts';
import type { ListOptions, ListResult } from '../../src/onboarding/onboarding.types.ts';
import { BY, DoorStage } from '../support/doors.ts';
import { in874, roomsList, tenantsList } from '../support/long-lists.ts';
import { sheetRow, workbook } from '../support/workbook.ts';

const ROOMS = 2_000;
/** Lines of the file, below the header on line 1, that somebody has spoilt. */
const FAULTY = Array.from({ length: 30 }, (_, i) => 2 + 17 + i * 64);

let stage: DoorStage;
let service: OnboardingService;
let organisation: string;

beforeAll(async () => {
  stage = await DoorStage.open();
  service = new OnboardingService(stage.parts);
  organisation = (await stage.sites.addOrganisation({ name: 'Baan Suan' }, BY)).id;
});
afterAll(() => stage.close());

const addBuilding = async (name: string): Promise<string> =>
  (await stage.sites.addBuilding(organisation, { name, zone: 'Asia/Bangkok' }, BY)).id;

function bring(
  kind: ListKind,
  building: string,
  content: Buffer | string,
  options: Partial<ListOptions> = {},
): Promise<ListResult> {
  const body = Readable.from([Buffer.from(content)]);
  const asked = { organisation, ...BY };
  return service.bring(asked, kind, building, body, { fileName: 'รายชื่อ.csv', dryRun: false, ...options });
}
const counts = ({ state, lines, added, changed, same, faults }: ListResult) => [
  state,
  lines,
  added,
  changed,
  same,
  faults.length,
];
const TABLES = [
  'place',
  'party',
  'lease',
  'lease_room',
  'lease_rent',
  'lease_person',
  'lease_service',
] as const;
async function rowsOf(): Promise<Record<string, number>> {
  const numbers: Record<string, number> = {};
  for (const table of TABLES)
    numbers[table] = await stage.count(table, `organisation_id = '${organisation}'`);
  numbers.audit = await stage.count('audit_entry', `organisation_id = '${organisation}'`);
  numbers.outbox = await stage.count('outbox', `organisation_id = '${organisation}'`);
  return numbers;
}

describe('2 000 rooms and their tenants, in Windows-874 with Buddhist years', () => {
  let building: string;

  it('brings in the rooms, however often', async () => {
    building = await addBuilding('A');
    const list = in874(roomsList(ROOMS));
    const first = await bring('rooms', building, list);
    expect(first.facts.encoding).toBe('windows-874');
    expect(counts(first)).toEqual(['done', ROOMS, ROOMS, 0, 0, 0]);
    const again = await bring('rooms', building, list);
    expect(counts(again)).toEqual(['done', ROOMS, 0, 0, ROOMS, 0]);
    expect(again.earlier).toBeDefined();
    expect(await stage.count('place', `building_id = '${building}' and kind = 'room'`)).toBe(ROOMS);
    expect(await stage.count('place', `building_id = '${building}' and kind = 'floor'`)).toBe(20);
  });

  it('names each of 30 faulty lines, and does nothing of any', async () => {
    const before = await rowsOf();
    const list = in874(tenantsList(ROOMS, FAULTY));
    const looked = await bring('tenants', building, list, { dryRun: true });
    expect(counts(looked)).toEqual(['checked', ROOMS, ROOMS - 30, 0, 0, 30]);
    expect(looked.faults.map(({ line }) => line)).toEqual(FAULTY);
    expect(looked.faults.slice(0, 6).map(({ columnName, code, value }) => [columnName, code, value])).toEqual(
      [
        ['วันเริ่มสัญญา', 'date_impossible', '31/2/2568'],
        ['ห้อง', 'room_unknown', '9999'],
        ['ชื่อ-นามสกุล', 'cell_missing', ''],
        ['ค่าเช่า', 'number_unreadable', 'สี่พัน'],
        ['โทรศัพท์', 'phone_unreadable', '081'],
        ['วันสิ้นสุดสัญญา', 'end_before_start', '๓๑ ก.ค. ๒๕๖๘'],
      ],
    );
    const refused = await bring('tenants', building, list);
    expect(counts(refused)).toEqual(['refused', ROOMS, ROOMS - 30, 0, 0, 30]);
    expect(await rowsOf()).toEqual(before);
  });

  it('once mended brings all of them in, each lease from its own first day', async () => {
    const list = in874(tenantsList(ROOMS, []));
    const looked = await bring('tenants', building, list, { dryRun: true });
    const done = await bring('tenants', building, list, { plan: looked.plan });
    expect(counts(done)).toEqual(['done', ROOMS, ROOMS, 0, 0, 0]);
    const [lease] = await stage.rows(
      `select l.state, l.start_day::text as start, l.end_day::text as end, l.deposit_minor as deposit, r.amount_minor as rent,
         p.name as room, a.name, a.phone, s.from_at::text as "from" from lease l join lease_rent r on r.lease_id = l.id
         join lease_room s on s.lease_id = l.id join place p on p.id = s.place_id
         join lease_person x on x.lease_id = l.id join party a on a.id = x.party_id where p.name = '0102'`,
    );
    expect(lease).toEqual({
      state: 'active',
      start: '2025-08-15',
      end: '2027-08-01',
      deposit: 900_000n,
      rent: 450_000n,
      room: '0102',
      name: 'สมชาย ใจดี 2',
      phone: '+66810000002',
      from: '2025-08-14 17:00:00+00',
    });
    expect(await stage.count('onboarding_run', "kind = 'tenants'")).toBe(1);
    expect(await stage.count('audit_entry', "action = 'lease.added'")).toBe(ROOMS);
    expect(await stage.count('outbox', "topic = 'lease.started'")).toBe(ROOMS);
  });

  it('once more changes nothing; another file says what it would change', async () => {
    const before = await rowsOf();
    const list = tenantsList(ROOMS, []);
    expect(counts(await bring('tenants', building, in874(list), { dryRun: true }))).toEqual([
      'checked',
      ROOMS,
      0,
      0,
      ROOMS,
      0,
    ]);
    expect(await rowsOf()).toEqual(before);
    const other = await bring('tenants', building, list.replace('081 000 0005', '081 000 9999'), {
      dryRun: true,
    });
    expect(counts(other)).toEqual(['checked', ROOMS, 0, 1, ROOMS - 1, 0]);
    expect(other.changes.find(({ what }) => what === 'changed')?.fields).toEqual([
      { field: 'phone', before: '+66810000005', after: '+66810009999' },
    ]);
    const [lease] = list.split('\n').slice(2, 3);
    const raised = await bring(
      'tenants',
      building,
      `${list.split('\n')[0]}\n${lease?.replace('4500', '5000')}\n`,
    );
    expect([raised.state, raised.faults.map(({ code }) => code)]).toEqual(['refused', ['amount_stays']]);
  });
});

describe('a workbook', () => {
  it('is brought in like any list: dates as days, Buddhist years that a spreadsheet took for western ones', async () => {
    const building = await addBuilding('XLSX');
    expect((await bring('rooms', building, 'Room,Floor\n101,1\n102,1\n')).state).toBe('done');
    // 1 August of the year 2568 as a spreadsheet counts days, and 2025-08-15.
    const cell = (line: number, column: string, serial: number) =>
      `<c r="${column}${line}" s="1"><v>${serial}</v></c>`;
    const row = (line: number, room: number, name: string, serial: number, rent: number) =>
      sheetRow(line, [room, name]).replace(
        '</row>',
        `${cell(line, 'C', serial)}<c r="D${line}"><v>${rent}</v></c></row>`,
      );
    const data = [
      sheetRow(1, ['ห้อง', 'ชื่อ-นามสกุล', 'วันเริ่มสัญญา', 'ค่าเช่า']),
      row(2, 101, 'Anan', 244_197, 4500.5),
      row(3, 102, 'Malee', 45_884, 5000),
    ];
    const book = workbook({ sheets: [{ name: 'ผู้เช่า', data: data.join('') }] });
    const done = await bring('tenants', building, book);
    expect(counts(done)).toEqual(['done', 2, 2, 0, 0, 0]);
    const rows = await stage.rows(
      `select l.start_day::text as start, r.amount_minor as rent from lease l join lease_rent r on r.lease_id = l.id
        where l.building_id = $1 order by 1`,
      [building],
    );
    expect(rows).toEqual([
      { start: '2025-08-01', rent: 450_050n },
      { start: '2025-08-15', rent: 500_000n },
    ]);
    expect(counts(await bring('tenants', building, book))).toEqual(['done', 2, 0, 0, 2, 0]);
  });
});

describe('meters', () => {
  it('come in with their points where they hang, and again without change', async () => {
    const building = await addBuilding('M');
    await bring('rooms', building, 'Room,Floor,Kind\n101,1,room\nLobby,1,common\n');
    const list = [
      'มิเตอร์,หมายเลขเครื่อง,ห้อง,วัด,โปรไฟล์,มิเตอร์หลัก,วันที่ติดตั้ง,หน้าที่',
      'E-101,S1,101,,eastron-sdm120m@1,MAIN,1/8/2568,',
      'W-101,,101,น้ำ,,,๑๕ ส.ค. ๒๕๖๘,',
      'MAIN,S9,,ไฟฟ้า,,,1/8/2568,เมน',
    ].join('\n');
    expect(counts(await bring('meters', building, in874(list)))).toEqual(['done', 3, 3, 0, 0, 0]);
    expect(counts(await bring('meters', building, in874(list)))).toEqual(['done', 3, 0, 0, 3, 0]);
    const rows = await stage.rows(
      `select m.label, m.measures, n.label as main, p.name as room, i.from_at::text as "from", x.register, x.unit
         from meter m join installation i on i.meter_id = m.id join point x on x.id = i.point_id
         left join place p on p.id = i.place_id left join meter n on n.id = m.parent_meter_id
        where m.building_id = $1 order by m.label`,
      [building],
    );
    expect(rows).toEqual([
      {
        label: 'E-101',
        measures: 'electricity',
        main: 'MAIN',
        room: '101',
        from: '2025-07-31 17:00:00+00',
        register: 'eastron-sdm120m@1/energy_import_total',
        unit: null,
      },
      {
        label: 'MAIN',
        measures: 'electricity',
        main: null,
        room: null,
        from: '2025-07-31 17:00:00+00',
        register: null,
        unit: 'Wh',
      },
      {
        label: 'W-101',
        measures: 'water',
        main: null,
        room: '101',
        from: '2025-08-14 17:00:00+00',
        register: null,
        unit: 'mL',
      },
    ]);
    const moved = await bring('meters', building, 'Meter,Room,Installed on\nW-101,Lobby,1/9/2568\n');
    expect(counts(moved)).toEqual(['done', 1, 0, 1, 0, 0]);
    expect(moved.changes[0]?.fields).toEqual([{ field: 'room', before: '101', after: 'Lobby' }]);
    expect(await stage.count('installation', "to_at = '2025-09-01T00:00:00+07:00'")).toBe(1);
  });
});

describe('several at once', () => {
  it('two imports of one list are one: the later finds everything there', async () => {
    const building = await addBuilding('twice');
    const list = roomsList(300);
    const results = await Promise.all([bring('rooms', building, list), bring('rooms', building, list)]);
    expect(results.map(counts).sort()).toEqual([
      ['done', 300, 0, 0, 300, 0],
      ['done', 300, 300, 0, 0, 0],
    ]);
    expect(await stage.count('place', `building_id = '${building}' and kind = 'room'`)).toBe(300);
  });

  it('a plan that somebody else made another one is not carried out', async () => {
    const building = await addBuilding('overtaken');
    const looked = await bring('rooms', building, 'Room,Floor\n1,1\n2,1\n', { dryRun: true });
    await bring('rooms', building, 'Room,Floor\n2,1\n');
    const late = bring('rooms', building, 'Room,Floor\n1,1\n2,1\n', { plan: looked.plan });
    await expect(late).rejects.toSatisfy((error) => isAppError(error, 'onboarding_plan_changed'));
    expect(await stage.count('place', `building_id = '${building}' and kind = 'room'`)).toBe(1);
  });
});

it('who may write leases brings in tenants, and who looks after meters brings in meters', async () => {
  const building = await addBuilding('staff');
  await bring('rooms', building, 'Room,Floor\n101,1\n');
  const as = (may: string, kind: ListKind, list: string) =>
    service.bring({ organisation, ...BY, may }, kind, building, Readable.from([Buffer.from(list)]), {
      fileName: 'list.csv',
      dryRun: false,
    });
  const tenants = 'Room,Name,First day,Rent\n101,Anan,1/8/2568,4500\n';
  const staff = 'places.read leases.read leases.manage';
  expect((await as(staff, 'tenants', tenants)).state).toBe('done');
  const technician = 'places.read meters.read meters.manage';
  expect((await as(technician, 'meters', 'Meter,Room,Measures\nE,101,ไฟฟ้า\n')).state).toBe('done');
});

describe('a file that cannot be read', () => {
  it.each([
    ['no table', Buffer.from([0x89, 0x50, 0xfc, 0xfd, 0xfe, 0x81]), 'import_file_unreadable'],
    ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'import_file_unreadable'],
    ['too many lines', Buffer.from(`Room,Floor\n${'1,1\n'.repeat(10_600)}`), 'import_file_too_large'],
  ])('%s is refused by name', async (_what, content, code) => {
    const building = await addBuilding(`unreadable ${code} ${content.length}`);
    await expect(bring('rooms', building, content)).rejects.toSatisfy((error) => isAppError(error, code));
  });

  it('says which columns it lacks', async () => {
    const building = await addBuilding('columns');
    const result = await bring('tenants', building, 'ห้อง,ชื่อ\n101,Anan\n');
    expect([result.state, result.problems]).toEqual([
      'refused',
      [
        'no column is mapped to start: call it "First day", "วันเริ่มสัญญา", "Hari pertama", or map it',
        'no column is mapped to rent: call it "Rent", "ค่าเช่า", "Sewa", or map it',
      ],
    ]);
  });

  it('of a building of somebody else it is not even taken in', async () => {
    const strange = '019aa000-0000-7000-8000-000000000000';
    await expect(bring('rooms', strange, 'Room,Floor\n1,1\n')).rejects.toSatisfy((error) =>
      isAppError(error, 'onboarding_building_not_found'),
    );
  });
});
