import { describe, expect, it } from 'vitest';
import { counting, readList, shown } from '../../../test/support/lists.ts';
import { dayAfter } from './line-cells.ts';
import { type KnownLease, type KnownParty, type LeasePlace, planTenants, type Stay } from './tenants.ts';

const PLACES: readonly LeasePlace[] = [
  { id: 'p101', name: '101', kind: 'room' },
  { id: 'p102', name: '102', kind: 'room' },
  { id: 'lobby', name: 'Lobby', kind: 'common' },
];
interface Known {
  readonly leases?: readonly KnownLease[];
  readonly stays?: readonly Stay[];
  readonly parties?: readonly KnownParty[];
}
const startOf = (day: string) => Date.parse(`${day}T00:00:00+07:00`);
const plan = (csv: string, { leases = [], stays = [], parties = [] }: Known = {}, today = '2026-11-20') =>
  planTenants({
    ...readList('tenants', csv),
    building: 'b',
    language: 'th',
    today,
    startOf,
    places: PLACES,
    leases,
    stays,
    parties,
    nextId: counting(leases.length > 0 ? 'later' : 'id'),
  });
const faultsOf = (csv: string, known?: Known) => plan(csv, known).faults.map(shown('tenants'));
/** What is there once a plan is carried out. */
function after(csv: string): Required<Known> {
  const { writes } = plan(csv);
  const people = (lease: string) => writes.people.filter((one) => one.lease === lease);
  const leases = writes.leases.map((lease) => ({
    ...lease,
    people: people(lease.id),
    services: writes.services.filter((one) => one.lease === lease.id),
  }));
  return { leases, stays: writes.stays, parties: writes.parties };
}

const HEAD = 'ห้อง,ชื่อ-นามสกุล,โทรศัพท์,วันเริ่มสัญญา,วันสิ้นสุดสัญญา,ค่าเช่า,เงินประกัน,เลขที่สัญญา,ค่าอินเทอร์เน็ต\n';
const SOMCHAI = '101,สมชาย ใจดี,081 234 5678,1/8/2568,31/7/2570,"4,500.00",9000,L1,300\n';
const MALEE = '101,มาลี ใจดี,,,,,,L1,\n';

describe('a list of tenants', () => {
  it('leaves out rooms that nobody rents, and tells their lines', () => {
    const { notes, faults, changes } = plan(
      'Room,Floor,Name,First day,Rent\n101,1,Anan,1/8/2568,4500\n102,1,,,5000\n103,1,ว่าง,,\n',
    );
    expect([faults, changes.length]).toEqual([[], 1]);
    expect(notes).toEqual(['nobody is named on 2 lines, which are left out as vacant rooms: 3, 4']);
  });

  it('of days in the usual order names the one that is mistyped, and turns no other', () => {
    const rooms = ['101', '102', '101'];
    const days = ['1/2/2569', '3/4/2569', '1/13/2569'];
    const lines = days.map((day, index) => `${rooms[index]},Anan ${index},${day},4500\n`);
    const { faults, writes } = plan(`Room,Name,First day,Rent\n${lines.join('')}`);
    expect(faults.map(({ line, code, value }) => [line, code, value])).toEqual([
      [4, 'date_order', '1/13/2569'],
    ]);
    expect(faults[0]?.remedy).toContain('--date-order');
    expect(writes.leases.map(({ start }) => start)).toEqual(['2026-02-01', '2026-04-03']);
  });

  it('adds leases with their people, room, rent and services', () => {
    const { writes, faults, changes } = plan(
      `${HEAD}${SOMCHAI}${MALEE}102,Anan,+66 89 765 4321,๑๕ ส.ค. ๒๕๖๘,,5000,,,\n`,
    );
    expect(faults).toEqual([]);
    expect(
      writes.leases.map(({ number, state, start, end, rents, deposit }) => [
        number,
        state,
        start,
        end,
        rents,
        deposit,
      ]),
    ).toEqual([
      ['L1', 'active', '2025-08-01', '2027-08-01', [450_000n], 900_000n],
      ['102/2025-08-15', 'active', '2025-08-15', null, [500_000n], 0n],
    ]);
    expect(writes.parties.map(({ name, phone, language }) => [name, phone, language])).toEqual([
      ['สมชาย ใจดี', '+66812345678', 'th'],
      ['มาลี ใจดี', null, 'th'],
      ['Anan', '+66897654321', 'th'],
    ]);
    expect(writes.people.map(({ role }) => role)).toEqual(['tenant', 'co-tenant', 'tenant']);
    expect(writes.stays.map(({ place, from, to }) => [place, from, to])).toEqual([
      ['p101', startOf('2025-08-01'), startOf('2027-08-01')],
      ['p102', startOf('2025-08-15'), null],
    ]);
    expect(writes.services.map(({ kind, amount }) => [kind, amount])).toEqual([['internet', 30_000n]]);
    expect(changes.map(({ line, what }) => [line, what])).toEqual([
      [2, 'new'],
      [3, 'new'],
      [4, 'new'],
    ]);
  });

  it('of the same file once more changes nothing', () => {
    const csv = `${HEAD}${SOMCHAI}${MALEE}102,Anan,+66 89 765 4321,15/8/2568,,5000,,,\n`;
    const { writes, faults, changes } = plan(csv, after(csv));
    expect(faults).toEqual([]);
    expect(Object.values(writes).flat()).toEqual([]);
    expect(changes.map(({ what }) => what)).toEqual(['same', 'same', 'same']);
  });

  it('says what another file would change', () => {
    const csv = `${HEAD}${SOMCHAI.replace('081 234 5678', '081 999 9999').replace('9000', '9500')}102,Nok,,1/9/2569,,100,,,\n101,Lek,,,,,,L1,\n`;
    const { writes, changes, faults } = plan(csv, after(HEAD + SOMCHAI));
    expect(faults).toEqual([]);
    expect(
      changes.map(({ what, fields }) => [
        what,
        fields.map(({ field, before, after: to }) => [field, before, to]),
      ]),
    ).toEqual([
      [
        'changed',
        [
          ['deposit', '900000', '950000'],
          ['phone', '+66812345678', '+66819999999'],
        ],
      ],
      [
        'new',
        [
          ['lease', null, '102/2026-09-01'],
          ['state', null, 'active'],
        ],
      ],
      ['new', []],
    ]);
    expect([
      writes.changedLeases.length,
      writes.changedParties.length,
      writes.leases.length,
      writes.people.length,
    ]).toEqual([1, 1, 1, 2]);
  });

  it('reserves a room for who comes, and remembers who has left', () => {
    const csv = `${HEAD}101,Old,,1/1/2567,31/12/2567,4000,,,\n101,Now,,1/1/2568,30/11/2569,4000,,,\n101,Next,,1/12/2569,,4000,,,\n`;
    const { writes, faults } = plan(csv);
    expect(faults).toEqual([]);
    expect(writes.leases.map(({ state }) => state)).toEqual(['ended', 'active', 'draft']);
    expect(writes.stays.map(({ to }) => to)).toEqual([startOf('2025-01-01'), startOf('2026-12-01'), null]);
  });

  it('takes a line without a first day as one of the lease above', () => {
    const { writes, faults } = plan(
      'Room,Name,First day,Rent\n101,A,1/8/2025,100\n101,B,,\n102,C,1/8/2025,100\n',
    );
    expect(faults).toEqual([]);
    expect([writes.leases.length, writes.people.length]).toEqual([2, 3]);
  });

  it('knows a person of two leases by name and telephone number, by the name alone only within one', () => {
    const csv = `${HEAD}101,Anan,081 234 5678,1/8/2568,,1,,,\n102,anan,0812345678,1/8/2568,,1,,,\n102,Lek,,,,,,,\n101,Lek,,1/8/2568,,1,,,\n`;
    const { writes } = plan(csv);
    expect(writes.parties.map(({ name }) => name)).toEqual(['Anan', 'Lek', 'Lek']);
  });

  it('keeps four characters of a document, whatever the list holds', () => {
    const { writes } = plan('Room,Name,First day,Rent,ID card\n101,A,1/8/2025,100,1-1017-00203-45-1\n');
    expect(writes.parties[0]?.idDocument).toBe('3451');
  });

  it.each<[string, string[], Known?]>([
    ['999,A,,1/8/2568,,1,,,', ['2 room room_unknown']],
    ['999,B,,1/8/2568,,1,,,\n999,A,,1/8/2568,,1,,,', ['2 room room_unknown', '3 room room_unknown']],
    ['lobby,A,,1/8/2568,,1,,,', ['2 room room_is_none']],
    ['101,,,1/8/2568,,1,,,', ['2 name cell_missing']],
    ['101,A,,,,1,,,', ['2 start cell_missing']],
    ['101,A,,1/8/2568,,,,,', ['2 rent cell_missing']],
    ['101,A,,31/6/2568,,1,,,', ['2 start date_impossible']],
    ['101,A,,1/8/2586,,1,,,', ['2 start year_out_of_reach']],
    ['101,A,,1/8/2568,31/7/2568,1,,,', ['2 end end_before_start']],
    ['101,A,,1/8/2568,,4.567,,,', ['2 rent number_too_fine 2']],
    ['101,A,,1/8/2568,,-5,,,', ['2 rent number_out_of_range 0 and 1000000000000.00']],
    ['101,A,812345678,1/8/2568,,1,,,', ['2 phone phone_without_zero']],
    ['101,A,tba,1/8/2568,,1,,,', ['2 phone phone_unreadable']],
    ['101,A,,1/8/2568,,1,,L1,\n102,B,,1/8/2568,,1,,L1,', ['3 room differs_within 2']],
    ['101,A,,1/8/2568,,1,,L1,\n101,B,,2/8/2568,,1,,L1,', ['3 start differs_within 2']],
    ['101,A,,1/8/2568,,1,,,\n101,B,,2/8/2568,,1,,,', ['3 room room_taken line 2']],
    ['101,A,,1/8/2568,,1,,,\n101,a,,1/8/2568,,1,,,', ['3 name twice 2']],
    ['102,A,,1/8/2568,,4500,,L1,', ['2 room lease_room_stays 101'], after(HEAD + SOMCHAI)],
    ['101,A,,2/8/2568,,1,,,', ['2 room room_taken lease L1'], after(HEAD + SOMCHAI)],
    [
      SOMCHAI.replace('1/8/2568', '2/8/2568'),
      ['2 start lease_start_stays 2025-08-01'],
      after(HEAD + SOMCHAI),
    ],
    [SOMCHAI.replace('2570', '2571'), ['2 end end_stays 2027-07-31'], after(HEAD + SOMCHAI)],
    [SOMCHAI.replace('"4,500.00"', '4600'), ['2 rent amount_stays 4500.00'], after(HEAD + SOMCHAI)],
    [SOMCHAI.replace(',300', ',0'), ['2 internet amount_stays 300.00'], after(HEAD + SOMCHAI)],
  ])('names what is wrong: %j', (lines, expected, known) => {
    expect(faultsOf(`${HEAD}${lines}\n`, known)).toEqual(expected);
  });

  it('counts the day after a last day as the first that is free', () => {
    expect([dayAfter('2027-07-31'), dayAfter('2028-02-28')]).toEqual(['2027-08-01', '2028-02-29']);
  });
});
