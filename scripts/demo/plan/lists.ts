import type { Day } from './days.ts';
import type { BuildingPlan, LeasePlan, PersonPlan } from './estate.types.ts';

/** Lists as those who kept them would have written them: Thai with Buddhist years, Indonesian with its own. */
interface Tongue {
  readonly rooms: readonly string[];
  readonly meters: readonly string[];
  readonly tenants: readonly string[];
  readonly words: Readonly<Record<string, string>>;
  readonly yearsAhead: number;
}

// biome-ignore format: tables
const TONGUES: Readonly<Record<BuildingPlan['language'], Tongue>> = {
  th: {
    rooms: ['ห้อง', 'ชื่ออื่น', 'ชั้น', 'ประเภท', 'พื้นที่ ตร.ม.', 'พักได้ (คน)'],
    meters: ['มิเตอร์', 'หมายเลขเครื่อง', 'ห้อง', 'หน้าที่', 'วัด', 'โปรไฟล์', 'มิเตอร์หลัก'],
    tenants: ['ห้อง', 'ชื่อ-นามสกุล', 'ชื่ออื่น', 'สถานะ', 'โทรศัพท์', 'อีเมล', 'เลขประจำตัวผู้เสียภาษี', 'เลขบัตรประชาชน',
      'ภาษา', 'เลขที่สัญญา', 'วันเริ่มสัญญา', 'วันสิ้นสุดสัญญา', 'ค่าเช่า', 'เงินประกัน', 'ค่าอินเทอร์เน็ต', 'ค่าที่จอดรถ',
      'ค่าส่วนกลาง', 'หมายเหตุ'],
    words: { room: 'ห้องพัก', common: 'ส่วนกลาง', main: 'เมน', sub: 'ย่อย', electricity: 'ไฟฟ้า', water: 'น้ำ' },
    yearsAhead: 543,
  },
  id: {
    rooms: ['Kamar', 'Nama lain', 'Blok', 'Jenis', 'Luas m2', 'Kapasitas'],
    meters: ['Meteran', 'Nomor seri', 'Kamar', 'Peran', 'Mengukur', 'Profil', 'Meteran induk'],
    tenants: ['Kamar', 'Nama', 'Nama lain', 'Peran', 'Telepon', 'Surel', 'NPWP', 'Nomor KTP', 'Bahasa', 'Nomor kontrak',
      'Hari pertama', 'Hari terakhir', 'Sewa', 'Deposito', 'Internet', 'Parkir', 'Iuran lingkungan', 'Keterangan'],
    words: { room: 'kamar', common: 'bersama', main: 'induk', sub: 'sub', electricity: 'listrik', water: 'air' },
    yearsAhead: 0,
  },
};

const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** CSV in UTF-8. */
const table = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\n`).join('');

export function roomList({ language, places }: BuildingPlan): string {
  const { rooms, words } = TONGUES[language];
  return table([
    rooms,
    ...places.map(({ name, otherName, floor, kind, areaM2, capacity }) => [
      ...[name, otherName, floor, words[kind] ?? kind, areaM2, capacity],
    ]),
  ]);
}

export function meterList({ language, meters }: BuildingPlan): string {
  const { meters: header, words } = TONGUES[language];
  return table([
    header,
    ...meters.map(({ label, serial, place, role, medium, profile, isRead, main }) => [
      ...[label, serial, place, words[role] ?? role, words[medium] ?? medium],
      ...[isRead === 'by a gateway' ? `${profile}@1` : null, main],
    ]),
  ]);
}

/** What was let before anybody wrote moves down one by one. */
export function tenantList({ language, leases }: BuildingPlan): string {
  const { tenants, yearsAhead } = TONGUES[language];
  const dayOf = (day: Day | null) => {
    if (day === null) return null;
    const [year = '', month = '', nth = ''] = day.split('-');
    return `${Number(nth)}/${Number(month)}/${Number(year) + yearsAhead}`;
  };
  const line = (lease: LeasePlan, person: PersonPlan) => {
    const { rent, deposit, services, note } = lease;
    const { role, phone, email, taxId, idDocument } = person;
    return [
      ...[lease.room, person.name, person.otherName, role, phone, email, taxId, idDocument, person.language],
      ...[lease.number, dayOf(lease.first), dayOf(lease.last), rent, deposit],
      ...[services.internet || null, services.parking || null, services.commonFee || null, note],
    ];
  };
  const listed = leases.filter(({ way }) => way === 'listed');
  return table([tenants, ...listed.flatMap((lease) => lease.people.map((person) => line(lease, person)))]);
}
