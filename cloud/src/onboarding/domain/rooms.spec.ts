import { describe, expect, it } from 'vitest';
import { counting, readList, shown } from '../../../test/support/lists.ts';
import { type KnownPlace, planRooms } from './rooms.ts';

const plan = (csv: string, places: readonly KnownPlace[] = []) =>
  planRooms({ ...readList('rooms', csv), places, nextId: counting(places.length > 0 ? 'later' : 'id') });

describe('a list of rooms', () => {
  it('adds rooms, and the floors that it names, once', () => {
    const { writes, faults, changes } = plan('ห้อง,ชั้น,พื้นที่,พักได้\n101,1,24.50,2\n102,1,,\n201,2,30,3\n');
    expect(faults).toEqual([]);
    expect(writes.changed).toEqual([]);
    expect(
      writes.added.map(({ kind, name, floor, area, capacity }) => [kind, name, floor, area, capacity]),
    ).toEqual([
      ['floor', '1', null, null, null],
      ['room', '101', 'id1', '24.5', 2],
      ['room', '102', 'id1', null, null],
      ['floor', '2', null, null, null],
      ['room', '201', 'id4', '30', 3],
    ]);
    expect(changes.map(({ what }) => what)).toEqual(['new', 'new', 'new']);
  });

  it('of the same file once more changes nothing, and says what another one would', () => {
    const csv = 'Room,Floor,Kind,Area m2\nA 101,G,room,24.5\nLobby,G,common,\n';
    const first = plan(csv).writes.added;
    const again = plan(csv.replace('A 101', 'a๑๐๑'), first);
    expect(again.writes).toEqual({ added: [], changed: [] });
    expect(again.changes.map(({ what }) => what)).toEqual(['same', 'same']);
    const other = plan('Room,Floor,Area m2\nA 101,1,25\nLobby,,\n', first);
    expect(other.changes[0]).toEqual({
      line: 2,
      name: 'A 101',
      what: 'changed',
      fields: [
        { field: 'area', before: '24.5', after: '25' },
        { field: 'floor', before: 'G', after: '1' },
      ],
    });
    expect(other.changes[1]?.what).toBe('same');
  });

  it.each([
    ['Room,Floor\n,1\n', ['2 room cell_missing']],
    ['Room,Floor\n101,1\n101,2\n๑๐๑,3\n', ['3 room twice 2', '4 room twice 2']],
    ['Room,Kind\n101,castle\n', ['2 kind word_unknown room / ห้องพัก, common / ส่วนกลาง']],
    ['Room,Area m2\n101,x\n', ['2 area number_unreadable']],
    ['Room,Area m2\n101,0\n', ['2 area number_out_of_range 0 and 1000000']],
    ['Room,Area m2\n101,1.234\n', ['2 area number_too_fine 2']],
    ['Room,Capacity\n101,2.5\n', ['2 capacity number_too_fine 0']],
    [
      'Room,Capacity\n101,0\n102,1001\n',
      ['2 capacity number_out_of_range 1 and 1000', '3 capacity number_out_of_range 1 and 1000'],
    ],
    [`Room,Floor\n${'x'.repeat(121)},1\n`, ['2 room text_too_long 120']],
  ])('names what is wrong: %j', (csv, expected) => {
    const { faults } = plan(csv);
    expect(faults.map(shown('rooms'))).toEqual(expected);
  });

  it.each([
    ['ห้อง\n101\n102\n', ['101', '102']],
    ['รายชื่อห้อง\nห้อง\n101\n', ['101']],
    ['บ้านสวน\nห้อง,สี\n101,ขาว\n', ['101']],
  ])('may have the needed column only: %j', (csv, rooms) => {
    expect(plan(csv).writes.added.map(({ name }) => name)).toEqual(rooms);
  });

  it('takes no line of a list without a header for one', () => {
    expect(() => plan('ที่,แบบ\n101,ห้องพัก\n102,ส่วนกลาง\n')).toThrow('no column is mapped to room');
  });

  it('with the tenants beside the rooms has a room on each line of its tenants', () => {
    const head = 'ห้อง,ชั้น,ชื่อ-นามสกุล,วันเริ่มสัญญา,ค่าเช่า\n';
    const { writes, changes, faults } = plan(`${head}101,1,สมชาย,1/8/2568,4500\n101,,มาลี,,\n102,1,,,\n`);
    expect(faults).toEqual([]);
    expect(writes.added.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'floor 1',
      'room 101',
      'room 102',
    ]);
    expect(changes.map(({ what }) => what)).toEqual(['new', 'same', 'new']);
    const other = plan(`${head}101,1,สมชาย,1/8/2568,4500\n101,2,มาลี,,\n`);
    expect(other.faults.map(shown('rooms'))).toEqual(['3 floor room_differs 2']);
  });

  it('does not make a common area of a room', () => {
    const { added } = plan('Room,Floor\n101,1\n').writes;
    const { faults } = plan('Room,Kind\n101,ส่วนกลาง\n', added);
    expect(faults.map(shown('rooms'))).toEqual(['2 kind kind_stays a room']);
  });
});
