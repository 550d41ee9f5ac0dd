import { addDays, addMonths, type Day, dayInMonth } from './days.ts';
import { Dice } from './dice.ts';
import type { BuildingPlan, MeterPlan, PlacePlan } from './estate.types.ts';
import { Letting } from './letting.ts';
import { serials } from './meters.ts';
import { Names } from './names.ts';
import { letOverTime } from './tenancies.ts';

export interface PlanGiven {
  readonly seed: string;
  readonly today: Day;
  readonly since: Day;
}

const FLOORS = [1, 2, 3, 4, 5] as const;
const ROOMS_A_FLOOR = 8;
const HALL = 'โถงและลิฟต์';
const YARD = 'สวนและปั๊มน้ำ';
/** As they were bought, floor by floor. */
const ELECTRIC = {
  1: 'eastron-sdm120m',
  2: 'eastron-sdm120m',
  3: 'hiking-dds238-2-zn-sr',
  4: 'hiking-dds238-2-zn-sr',
  5: 'eastron-sdm230',
} as const;

export const bangkokRooms = (): string[] =>
  FLOORS.flatMap((floor) => Array.from({ length: ROOMS_A_FLOOR }, (_, i) => `${floor}0${i + 1}`));

/** A licensed dormitory of forty rooms whose meters a gateway reads. */
export function planBangkok(given: PlanGiven): BuildingPlan {
  return {
    ...{ key: 'bangkok', name: 'หอพักบ้านสวน ลาดพร้าว', otherName: 'Baan Suan Lat Phrao' },
    ...{ zone: 'Asia/Bangkok', currency: 'THB', language: 'th', cycleDay: 1 },
    address: '99/9 ซอยลาดพร้าว 101 แขวงคลองจั่น เขตบางกะปิ กรุงเทพมหานคร 10240',
    regime: {
      from: addMonths(given.since, -24),
      regime: 'licensed-dormitory',
      reason: 'ใบอนุญาตประกอบกิจการหอพัก',
    },
    floors: FLOORS.map((level) => ({ name: `ชั้น ${level}`, otherName: `Floor ${level}`, level })),
    places: places(),
    meters: meters(given.seed),
    leases: leases(given),
    outages: [{ room: '503', from: dayInMonth(given.today, -1, 8), reason: 'ปรับปรุงห้องน้ำ (new bathroom)' }],
  };
}

function places(): PlacePlan[] {
  const rooms = bangkokRooms().map((name): PlacePlan => {
    const isCorner = name.endsWith('1') || name.endsWith('8');
    return {
      ...{ name, otherName: null, kind: 'room', floor: `ชั้น ${name.charAt(0)}` },
      ...{ areaM2: isCorner ? '28.5' : '24', capacity: isCorner ? 3 : 2 },
    };
  });
  const common = [
    { name: HALL, otherName: 'Hall and lift', areaM2: '86' },
    { name: YARD, otherName: 'Yard and water pump', areaM2: '140' },
  ] as const;
  return [
    ...rooms,
    ...common.map((one) => ({ ...one, kind: 'common', floor: null, capacity: null }) as const),
  ];
}

function meters(seed: string): MeterPlan[] {
  const serial = serials(new Dice(seed, 'bangkok meters'));
  const byGateway = { isRead: 'by a gateway' } as const;
  const riser = { ...byGateway, place: null, main: null, role: 'main', bus: 'cellar' } as const;
  const common = { ...byGateway, role: 'common', bus: 'cellar' } as const;
  const [electricity, water] = ['electricity', 'water'] as const;
  return [
    {
      ...{ ...riser, label: 'E-MAIN', serial: serial(50_000_000), medium: electricity, unit: 1 },
      profile: 'schneider-iem3000',
    },
    {
      ...{ ...riser, label: 'W-MAIN', serial: serial(71_000_000), medium: water, unit: 3 },
      profile: 'tuf-2000',
    },
    {
      ...{
        ...common,
        label: 'E-HALL',
        serial: serial(60_000_000),
        medium: electricity,
        place: HALL,
        unit: 2,
      },
      ...{ profile: 'abb-b21-b23', main: 'E-MAIN' },
    },
    {
      ...{ ...common, label: 'W-YARD', serial: serial(72_000_000), medium: water, place: YARD, unit: 4 },
      ...{ profile: 'xintai-water', main: 'W-MAIN' },
    },
    ...bangkokRooms().flatMap((room): MeterPlan[] => {
      const floor = Number(room.charAt(0)) as (typeof FLOORS)[number];
      const unit = Number(room.slice(1));
      const here = { ...byGateway, role: 'sub', place: room, bus: `floor-${floor}` } as const;
      return [
        {
          ...{ ...here, label: `E-${room}`, serial: serial(22_000_000), medium: electricity },
          ...{ profile: ELECTRIC[floor], main: 'E-MAIN', unit },
        },
        {
          ...{ ...here, label: `W-${room}`, serial: serial(73_000_000), medium: water },
          ...{ profile: 'xintai-water', main: 'W-MAIN', unit: 20 + unit },
        },
      ];
    }),
  ];
}

function leases({ seed, today, since }: PlanGiven) {
  const names = new Names();
  const letting = new Letting({
    ...{ seed: `${seed} bangkok`, language: 'th', yearsAhead: 543, names, deposits: 2, together: 0.3 },
    phone: (nth) => `081 000 ${String(1000 + nth)}`,
    rentOf: (room, dice) => (room.endsWith('1') || room.endsWith('8') ? 5500 : 4500) + 100 * dice.whole(0, 5),
    services: (dice) => ({
      internet: dice.happens(0.7) ? 300 : 0,
      parking: dice.happens(0.25) ? 500 : 0,
      commonFee: 200,
    }),
  });
  for (const { tenant } of Object.values(SIGN_INS)) names.take(tenant.name);
  const told = stories(letting, today, since);
  const habit = { months: [4, 6, 8, 12, 12, 12, 18, 24], gaps: [0, 1, 2, 5, 9, 16, 24] } as const;
  for (const room of bangkokRooms()) {
    if (told.has(room)) continue;
    const dice = new Dice(seed, `bangkok ${room}`);
    for (const span of letOverTime(dice, habit, since, today)) letting.let({ room, ...span });
  }
  return letting.leases;
}

/** Who of the tenants has a sign-in. */
export const SIGN_INS = {
  tenant: { tenant: { name: 'มาลี สุขใจ', otherName: 'Malee Sukjai', phone: '081 234 0201' } },
  former: { tenant: { name: 'สมศักดิ์ เดินทาง', otherName: 'Somsak Duenthang', email: 'somsak@example.com' } },
} as const;

/** Rooms of which something is to be seen; the others go on as they come. Returns their names. */
function stories(letting: Letting, today: Day, since: Day): ReadonlySet<string> {
  const month = (months: number, nth: number) => dayInMonth(today, months, nth);
  const before = addMonths(since, -5);
  const moved = { room: null, notes: 'ห้องเรียบร้อย', keys: 'กุญแจ 2 ดอก คีย์การ์ด 1 ใบ' } as const;
  const year = (first: Day) => addDays(addMonths(first, 12), -1);
  // A year in one room.
  letting.let({ room: '201', first: addDays(before, 10), last: null, ...SIGN_INS.tenant });
  // Two in one month, and the first one of them still has a sign-in.
  letting.let({
    ...{ room: '302', first: month(-9, 16), last: null, ...SIGN_INS.former },
    moves: [{ ...moved, kind: 'move-out', day: month(-1, 12), clock: '11:15' }],
  });
  letting.let({
    ...{ room: '302', first: month(-1, 17), last: year(month(-1, 17)), way: 'moved-in' },
    moves: [{ ...moved, kind: 'move-in', day: month(-1, 17), clock: '14:30' }],
  });
  // One leaves in the morning, the next one comes in the afternoon.
  letting.let({
    ...{ room: '305', first: month(-14, 3), last: null },
    moves: [{ ...moved, kind: 'move-out', day: month(-2, 15), clock: '10:00' }],
  });
  letting.let({
    ...{ room: '305', first: month(-2, 15), last: year(month(-2, 15)), way: 'moved-in' },
    moves: [{ ...moved, kind: 'move-in', day: month(-2, 15), clock: '16:45' }],
  });
  // To a larger room.
  letting.let({ room: '408', first: addDays(before, 2), last: month(-3, 14) });
  letting.let({
    ...{ room: '204', first: addDays(before, 20), last: null },
    moves: [{ ...moved, kind: 'change-room', room: '408', day: month(-3, 20), clock: '13:00' }],
  });
  letting.let({
    ...{ room: '204', first: month(-3, 25), last: year(month(-3, 25)), way: 'moved-in' },
    moves: [{ ...moved, kind: 'move-in', day: month(-3, 25), clock: '09:30' }],
  });
  // A company pays; a father stands in for his daughter; notice is given.
  letting.let({
    ...{ room: '401', first: month(-7, 6), last: null },
    others: [
      {
        ...{ name: 'บริษัท สยามซอฟต์ จำกัด', otherName: 'Siam Soft Co., Ltd.', role: 'payer' },
        taxId: '0105561000011',
      },
    ],
  });
  letting.let({
    ...{ room: '207', first: month(-5, 9), last: year(month(-5, 9)) },
    others: [{ name: 'ประยูร ดีงาม', otherName: 'Prayoon Deengam', role: 'guarantor' }],
  });
  letting.let({
    ...{ room: '104', first: addDays(before, 14), last: addDays(month(2, 1), -1) },
    note: 'แจ้งย้ายออกแล้ว (notice given)',
  });
  // Free, never let, out of service, and free until somebody comes next week.
  letting.let({ room: '108', first: addDays(before, 5), last: month(-1, 20) });
  letting.let({ room: '503', first: addDays(before, 27), last: month(-1, 5) });
  letting.let({ room: '505', first: addDays(before, 8), last: month(-1, 10) });
  letting.let({ room: '505', first: addDays(today, 9), last: year(addDays(today, 9)), way: 'agreed' });
  return new Set([...letting.leases.map(({ room }) => room), '408', '506']);
}
