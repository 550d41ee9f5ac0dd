import { describe, expect, it } from 'vitest';
import { counting, readList, shown } from '../../../test/support/lists.ts';
import { type KnownMeter, type KnownProfile, type MeterPlace, planMeters } from './meters.ts';

const PLACES: readonly MeterPlace[] = [
  { id: 'p101', name: '101', kind: 'room' },
  { id: 'p102', name: '102', kind: 'room' },
  { id: 'lobby', name: 'Lobby', kind: 'common' },
];
const PROFILES: ReadonlyMap<string, KnownProfile> = new Map([
  ['eastron-sdm120m@1', { measures: 'electricity', registers: ['eastron-sdm120m@1/energy_import_total'] }],
]);
const plan = (csv: string, meters: readonly KnownMeter[] = []) =>
  planMeters({
    ...readList('meters', csv),
    places: PLACES,
    meters,
    profiles: PROFILES,
    since: '2026-11-20',
    nextId: counting(),
  });
const faultsOf = (csv: string, meters?: readonly KnownMeter[]) =>
  plan(csv, meters).faults.map(shown('meters'));

const METER: KnownMeter = {
  id: 'e101',
  label: 'E-101',
  serial: 'S1',
  role: 'sub',
  measures: 'electricity',
  profile: null,
  main: null,
  points: ['pt1'],
  place: 'p101',
  since: '2025-01-01',
};

describe('a list of meters', () => {
  it('adds meters with their points where they hang, a main meter before what it sums', () => {
    const { writes, faults } = plan(
      [
        'มิเตอร์,หมายเลขเครื่อง,ห้อง,วัด,โปรไฟล์,มิเตอร์หลัก,วันที่ติดตั้ง,หน้าที่',
        'E-101,S1,101,,eastron-sdm120m@1,MAIN,1/8/2568,',
        'W-101,,๑๐๑,น้ำ,,,,',
        'E-LOBBY,S3,lobby,ไฟฟ้า,,MAIN,๑๕ ส.ค. ๒๕๖๘,',
        'MAIN,S9,,ไฟ,,,,เมน',
      ].join('\n'),
    );
    expect(faults).toEqual([]);
    const id = (label: string) => writes.added.find((each) => each.label === label)?.id;
    expect(
      writes.added.map(({ label, role, measures, main, place }) => [label, role, measures, main, place]),
    ).toEqual([
      ['W-101', 'sub', 'water', null, 'p101'],
      ['MAIN', 'main', 'electricity', null, null],
      ['E-101', 'sub', 'electricity', id('MAIN'), 'p101'],
      ['E-LOBBY', 'common', 'electricity', id('MAIN'), 'lobby'],
    ]);
    expect(writes.points.map(({ meter, register }) => [meter, register])).toEqual([
      [id('E-101'), 'eastron-sdm120m@1/energy_import_total'],
      [id('W-101'), null],
      [id('E-LOBBY'), null],
      [id('MAIN'), null],
    ]);
    expect(writes.installations.map(({ meter, place, fromDay }) => [meter, place, fromDay])).toEqual([
      [id('E-101'), 'p101', '2025-08-01'],
      [id('W-101'), 'p101', '2026-11-20'],
      [id('E-LOBBY'), 'lobby', '2025-08-15'],
      [id('MAIN'), null, '2026-11-20'],
    ]);
  });

  it('knows a meter by its serial number, or else by its label', () => {
    const same = plan('Meter,Serial,Room,Measures\ne 101,s1,101,electricity\n', [
      { ...METER, label: 'e 101' },
    ]);
    expect(same.changes.map(({ what }) => what)).toEqual(['same']);
    const filled = plan('Meter,Serial,Room\nE-101,S7,101\n', [{ ...METER, serial: null }]);
    expect(filled.changes[0]?.fields).toEqual([{ field: 'serial', before: null, after: 'S7' }]);
    expect(filled.writes.changed).toEqual([{ ...METER, serial: 'S7' }]);
    expect(filled.writes.installations).toEqual([]);
  });

  it('moves a meter on the day that is said, with its points', () => {
    const { writes, changes } = plan('Meter,Room,Installed on\nE-101,102,1/9/2568\n', [METER]);
    expect(changes[0]?.fields).toEqual([{ field: 'room', before: '101', after: '102' }]);
    expect(writes.installations).toEqual([
      { id: 'id1', point: 'pt1', meter: 'e101', place: 'p102', fromDay: '2025-09-01' },
    ]);
    expect(writes.points).toEqual([]);
    expect(faultsOf('Meter,Room\nE-101,102\n', [METER])).toEqual(['2 room hangs_elsewhere since 2025-01-01']);
    expect(faultsOf('Meter,Room,Installed on\nE-101,102,1/1/2568\n', [METER])).toEqual([
      '2 installed moved_before 2025-01-01',
    ]);
  });

  it('hangs a meter that hung nowhere yet', () => {
    const { writes } = plan('Meter,Room,Installed on\nE-101,101,1/9/2568\n', [
      { ...METER, place: null, since: null, points: [] },
    ]);
    expect([writes.points.length, writes.installations.length]).toEqual([1, 1]);
  });

  it.each<[string, string[], KnownMeter[]?]>([
    ['Meter,Room,Measures\nE,999,water\n', ['2 room room_unknown']],
    ['Meter,Room,Measures\nE,,water\n', ['2 room room_missing']],
    ['Meter,Room,Measures\nE,101,\n', ['2 measures measures_missing']],
    ['Meter,Room,Measures\nE,101,gas\n', ['2 measures word_unknown electricity / ไฟฟ้า, water / น้ำ']],
    ['Meter,Room,Profile\nE,101,acme@1\n', ['2 profile profile_unknown']],
    [
      'Meter,Room,Profile,Measures\nE,101,eastron-sdm120m@1,water\n',
      ['2 measures measures_other electricity'],
    ],
    ['Meter,Serial,Room,Measures\nE,S,101,water\nF,s,102,water\n', ['3 serial twice 2']],
    ['Meter,Room,Measures\nE,101,water\ne,102,water\n', ['3 label twice 2']],
    ['Meter,Room,Measures\nE,101,water\nE,101,ไฟ\n', []],
    ['Meter,Room,Measures,Main meter\nE,101,ไฟ,M\n', ['2 main main_unknown']],
    ['Meter,Room,Measures,Main meter\nE,101,ไฟ,F\nF,101,ไฟ,\n', ['2 main main_is_none']],
    [
      'Meter,Role,Measures,Room,Main meter\nM,main,น้ำ,,\nE,sub,ไฟ,101,M\n',
      ['3 main main_measures_other water'],
    ],
    [
      'Meter,Role,Measures,Room,Main meter\nM,main,ไฟ,,N\nN,main,ไฟ,,M\n',
      ['2 main main_is_itself', '3 main main_is_itself'],
    ],
    ['Meter,Serial,Room,Measures\nE-101,S2,101,ไฟ\n', ['2 label label_taken S1'], [METER]],
    [
      'Meter,Serial,Room,Profile\nE-101,S1,101,eastron-sdm120m@1\n',
      ['2 profile profile_stays acme@1'],
      [{ ...METER, profile: 'acme@1' }],
    ],
    ['Meter,Room,Measures,Installed on\nE,101,ไฟ,31/2/2568\n', ['2 installed date_impossible']],
  ])('names what is wrong: %j', (csv, expected, meters = []) =>
    expect(faultsOf(csv, meters)).toEqual(expected),
  );
});
