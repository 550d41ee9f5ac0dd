import { headerKey } from '../../kernel/tables/columns.ts';

export const LIST_KINDS = ['rooms', 'meters', 'tenants'] as const;
export type ListKind = (typeof LIST_KINDS)[number];
export const LANGUAGES = ['en', 'th', 'id'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface ListColumn {
  /** As the template of each language has them: English, Thai, Indonesian. */
  readonly names: readonly [en: string, th: string, id: string];
  /** What else such a column is called in lists that people kept. */
  readonly also?: readonly string[];
  readonly required?: true;
  readonly examples: readonly [en: string, th: string, id: string];
}

type Columns<Role extends string> = Readonly<Record<Role, ListColumn>>;

const same = (text: string): ListColumn['examples'] => [text, text, text];

export type RoomRole = 'room' | 'otherName' | 'floor' | 'kind' | 'area' | 'capacity';
export type MeterRole = 'label' | 'serial' | 'room' | 'role' | 'measures' | 'profile' | 'main' | 'installed';
export type TenantRole =
  | 'room'
  | 'name'
  | 'otherName'
  | 'role'
  | 'phone'
  | 'email'
  | 'taxId'
  | 'idDocument'
  | 'language'
  | 'lease'
  | 'start'
  | 'end'
  | 'rent'
  | 'deposit'
  | 'cycleDay'
  | 'internet'
  | 'parking'
  | 'furniture'
  | 'cleaning'
  | 'commonFee'
  | 'address'
  | 'note';

const ROOM: ListColumn = {
  names: ['Room', 'ห้อง', 'Kamar'],
  also: [
    ...['room no', 'room number', 'room name', 'apartment', 'apt', 'flat', 'unit', 'unit no'],
    ...['เลขห้อง', 'เลขที่ห้อง', 'ห้องเลขที่', 'หมายเลขห้อง', 'ห้องพัก', 'ชื่อห้อง'],
    ...['no kamar', 'nomor kamar', 'rumah', 'no rumah', 'nomor rumah', 'nomor unit'],
  ],
  required: true,
  examples: same('101'),
};

const ROOMS: Columns<RoomRole> = {
  room: ROOM,
  otherName: {
    names: ['Other name', 'ชื่ออื่น', 'Nama lain'],
    also: ['name in the other script', 'english name', 'ชื่อภาษาอังกฤษ', 'ชื่ออังกฤษ'],
    examples: ['Corner room', 'Corner room', 'Kamar sudut'],
  },
  floor: {
    names: ['Floor', 'ชั้น', 'Lantai'],
    also: ['storey', 'level', 'block', 'ตึก', 'อาคาร/ชั้น', 'blok'],
    examples: same('1'),
  },
  kind: {
    names: ['Kind', 'ประเภท', 'Jenis'],
    also: ['type', 'room type', 'ประเภทห้อง', 'ชนิด', 'tipe', 'jenis kamar'],
    examples: ['room', 'ห้องพัก', 'kamar'],
  },
  area: {
    names: ['Area m2', 'พื้นที่ ตร.ม.', 'Luas m2'],
    also: [
      'area',
      'area m²',
      'size',
      'sqm',
      'พื้นที่',
      'ขนาด',
      'ขนาดห้อง',
      'ตารางเมตร',
      'ตร.ม.',
      'luas',
      'luas m²',
    ],
    examples: same('24.5'),
  },
  capacity: {
    names: ['Capacity', 'พักได้ (คน)', 'Kapasitas'],
    also: ['persons', 'people', 'beds', 'จำนวนคน', 'จำนวนผู้พัก', 'พักได้', 'jumlah penghuni', 'jumlah orang'],
    examples: same('2'),
  },
};

const METERS: Columns<MeterRole> = {
  label: {
    names: ['Meter', 'มิเตอร์', 'Meteran'],
    also: ['meter name', 'meter label', 'label', 'ชื่อมิเตอร์', 'เครื่องวัด', 'nama meter', 'nama meteran'],
    required: true,
    examples: same('E-101'),
  },
  serial: {
    names: ['Serial number', 'หมายเลขเครื่อง', 'Nomor seri'],
    also: [
      ...['serial', 'serial no', 'sn', 'meter no', 'meter number', 'meter serial'],
      ...['หมายเลขมิเตอร์', 'หมายเลขเครื่องวัด', 'เลขเครื่อง', 'เลขมิเตอร์', 'รหัสเครื่องวัด', 'ซีเรียล'],
      ...['no seri', 'no meter', 'nomor meter'],
    ],
    examples: same('24051877'),
  },
  room: {
    names: ['Room', 'ห้อง', 'Kamar'],
    also: [...(ROOM.also ?? []), 'place', 'location', 'สถานที่', 'ที่ติดตั้ง', 'lokasi'],
    examples: same('101'),
  },
  role: {
    names: ['Role', 'หน้าที่', 'Peran'],
    also: ['meter role', 'kind', 'ประเภท', 'ชนิดมิเตอร์', 'jenis', 'fungsi'],
    examples: ['sub', 'ย่อย', 'sub'],
  },
  measures: {
    names: ['Measures', 'วัด', 'Mengukur'],
    also: ['medium', 'utility', 'ไฟฟ้า/น้ำ', 'ประเภทมิเตอร์', 'สาธารณูปโภค', 'utilitas'],
    examples: ['electricity', 'ไฟฟ้า', 'listrik'],
  },
  profile: {
    names: ['Profile', 'โปรไฟล์', 'Profil'],
    also: ['model', 'meter model', 'รุ่น'],
    examples: same('eastron-sdm120m@1'),
  },
  main: {
    names: ['Main meter', 'มิเตอร์หลัก', 'Meteran induk'],
    also: ['parent', 'parent meter', 'summed by', 'มิเตอร์เมน', 'เมน', 'meter induk', 'induk'],
    examples: same('MAIN-E'),
  },
  installed: {
    names: ['Installed on', 'วันที่ติดตั้ง', 'Tanggal pasang'],
    also: ['installed', 'installation date', 'since', 'ติดตั้งเมื่อ', 'ตั้งแต่วันที่', 'dipasang', 'sejak'],
    examples: ['1/8/2025', '1/8/2568', '1/8/2025'],
  },
};

const TENANTS: Columns<TenantRole> = {
  room: ROOM,
  name: {
    names: ['Name', 'ชื่อ-นามสกุล', 'Nama'],
    also: [
      ...['tenant', 'tenant name', 'full name', 'resident', 'company'],
      ...['ชื่อ', 'ชื่อผู้เช่า', 'ผู้เช่า', 'ชื่อ นามสกุล', 'ชื่อสกุล', 'ชื่อ-สกุล', 'ชื่อ-สกุลผู้เช่า'],
      ...['nama penyewa', 'penyewa', 'nama lengkap', 'penghuni'],
    ],
    required: true,
    examples: ['Somchai Jaidee', 'สมชาย ใจดี', 'Budi Santoso'],
  },
  otherName: {
    names: ['Other name', 'ชื่ออื่น', 'Nama lain'],
    also: ['english name', 'nickname', 'ชื่อภาษาอังกฤษ', 'ชื่ออังกฤษ', 'ชื่อเล่น', 'nama panggilan'],
    examples: ['สมชาย ใจดี', 'Somchai Jaidee', 'Budi'],
  },
  role: {
    names: ['Role', 'สถานะ', 'Peran'],
    also: ['relation', 'เกี่ยวข้องเป็น', 'ความสัมพันธ์', 'status', 'hubungan'],
    examples: ['tenant', 'ผู้เช่า', 'penyewa'],
  },
  phone: {
    names: ['Phone', 'โทรศัพท์', 'Telepon'],
    also: [
      'telephone',
      'mobile',
      'tel',
      'เบอร์โทร',
      'เบอร์โทรศัพท์',
      'โทร',
      'มือถือ',
      'เบอร์',
      'no hp',
      'hp',
      'no telepon',
      'telp',
    ],
    examples: ['081 234 5678', '081 234 5678', '0812 3456 7890'],
  },
  email: {
    names: ['E-mail', 'อีเมล', 'Surel'],
    also: ['mail', 'email address', 'อีเมล์', 'alamat email'],
    examples: same('name@example.com'),
  },
  taxId: {
    names: ['Tax number', 'เลขประจำตัวผู้เสียภาษี', 'NPWP'],
    also: ['tax id', 'tin', 'เลขผู้เสียภาษี', 'nomor npwp'],
    examples: same(''),
  },
  idDocument: {
    names: ['ID document', 'เลขบัตรประชาชน', 'Nomor KTP'],
    also: [
      'id card',
      'id number',
      'national id',
      'passport',
      'เลขประจำตัวประชาชน',
      'บัตรประชาชน',
      'หนังสือเดินทาง',
      'nik',
      'ktp',
      'no ktp',
      'paspor',
    ],
    examples: same('4567'),
  },
  language: {
    names: ['Language', 'ภาษา', 'Bahasa'],
    examples: ['en', 'th', 'id'],
  },
  lease: {
    names: ['Lease number', 'เลขที่สัญญา', 'Nomor kontrak'],
    also: [
      'lease',
      'lease no',
      'contract',
      'contract no',
      'contract number',
      'สัญญา',
      'สัญญาเลขที่',
      'เลขสัญญา',
      'kontrak',
      'no kontrak',
    ],
    examples: ['L-2025-001', 'L-2568-001', 'K-2025-001'],
  },
  start: {
    names: ['First day', 'วันเริ่มสัญญา', 'Hari pertama'],
    also: [
      ...['start', 'start date', 'from', 'move in', 'move-in date', 'lease start', 'begins'],
      ...['วันที่เริ่มสัญญา', 'วันเริ่มเช่า', 'วันที่เข้าอยู่', 'วันเข้าพัก', 'วันที่เข้าพัก', 'เริ่มสัญญา', 'วันที่เริ่ม', 'วันเข้า'],
      ...['mulai', 'tanggal mulai', 'tanggal masuk', 'awal sewa', 'mulai sewa'],
    ],
    required: true,
    examples: ['1/8/2025', '1/8/2568', '1/8/2025'],
  },
  end: {
    names: ['Last day', 'วันสิ้นสุดสัญญา', 'Hari terakhir'],
    also: [
      ...['end', 'end date', 'until', 'to', 'lease end', 'move out', 'expires'],
      ...['วันที่สิ้นสุดสัญญา', 'สิ้นสุดสัญญา', 'วันหมดสัญญา', 'หมดสัญญา', 'วันที่ออก', 'วันสิ้นสุด', 'ถึงวันที่'],
      ...['selesai', 'tanggal selesai', 'tanggal keluar', 'akhir sewa', 'sampai'],
    ],
    examples: ['31/7/2026', '31/7/2569', '31/7/2026'],
  },
  rent: {
    names: ['Rent', 'ค่าเช่า', 'Sewa'],
    also: [
      'monthly rent',
      'rent per month',
      'ค่าเช่าต่อเดือน',
      'ค่าเช่าห้อง',
      'ค่าห้อง',
      'ราคาเช่า',
      'harga sewa',
      'sewa per bulan',
      'sewa bulanan',
    ],
    required: true,
    examples: ['4500', '4500', '1500000'],
  },
  deposit: {
    names: ['Deposit', 'เงินประกัน', 'Deposito'],
    also: ['security deposit', 'เงินมัดจำ', 'มัดจำ', 'ค่าประกัน', 'ประกัน', 'uang jaminan', 'jaminan'],
    examples: ['9000', '9000', '1500000'],
  },
  cycleDay: {
    names: ['Cycle day', 'วันตัดรอบ', 'Hari siklus'],
    also: ['billing day', 'cut-off day', 'วันตัดยอด', 'ตัดรอบวันที่', 'รอบบิล', 'tanggal tagihan'],
    examples: same('25'),
  },
  internet: {
    names: ['Internet', 'ค่าอินเทอร์เน็ต', 'Internet'],
    also: ['wifi', 'อินเทอร์เน็ต', 'ค่าเน็ต', 'เน็ต', 'ไวไฟ'],
    examples: same(''),
  },
  parking: {
    names: ['Parking', 'ค่าที่จอดรถ', 'Parkir'],
    also: ['ที่จอดรถ', 'ค่าจอดรถ', 'biaya parkir'],
    examples: same(''),
  },
  furniture: {
    names: ['Furniture', 'ค่าเฟอร์นิเจอร์', 'Perabot'],
    also: ['เฟอร์นิเจอร์', 'furnitur'],
    examples: same(''),
  },
  cleaning: {
    names: ['Cleaning', 'ค่าทำความสะอาด', 'Kebersihan'],
    also: ['ทำความสะอาด', 'biaya kebersihan'],
    examples: same(''),
  },
  commonFee: {
    names: ['Common fee', 'ค่าส่วนกลาง', 'Iuran lingkungan'],
    also: ['common area fee', 'service charge', 'ส่วนกลาง', 'ipl', 'iuran', 'biaya layanan'],
    examples: same(''),
  },
  address: {
    names: ['Billing address', 'ที่อยู่', 'Alamat'],
    also: ['address', 'ที่อยู่สำหรับออกบิล', 'ที่อยู่ตามบัตร', 'alamat tagihan'],
    examples: same(''),
  },
  note: {
    names: ['Note', 'หมายเหตุ', 'Keterangan'],
    also: ['notes', 'remark', 'remarks', 'บันทึก', 'catatan'],
    examples: same(''),
  },
};

const LIST_COLUMNS = { rooms: ROOMS, meters: METERS, tenants: TENANTS } as const;
export type RoleOf<Kind extends ListKind> = keyof (typeof LIST_COLUMNS)[Kind] & string;

export const rolesOf = <Kind extends ListKind>(kind: Kind): readonly RoleOf<Kind>[] =>
  Object.keys(LIST_COLUMNS[kind]) as RoleOf<Kind>[];

export const columnOf = (kind: ListKind, role: string): ListColumn | undefined =>
  (LIST_COLUMNS[kind] as Readonly<Record<string, ListColumn>>)[role];

/** Which column of its kind words are, in any of the languages. */
export function roleNamed(kind: ListKind, key: string): string | undefined {
  return KNOWN[kind].get(key);
}

/** Roles that a file of this kind cannot do without. */
export const neededOf = (kind: ListKind): readonly string[] =>
  rolesOf(kind).filter((role) => columnOf(kind, role)?.required);

/** Columns with these words above them are all that a list of this kind needs: the file is one as well. */
export const alsoHolds = (kind: ListKind, keys: readonly string[]): boolean => {
  const roles = new Set(keys.map((key) => roleNamed(kind, key)));
  return neededOf(kind).every((role) => roles.has(role));
};

const KNOWN: Readonly<Record<ListKind, ReadonlyMap<string, string>>> = {
  rooms: named('rooms'),
  meters: named('meters'),
  tenants: named('tenants'),
};

function named(kind: ListKind): ReadonlyMap<string, string> {
  return new Map(
    Object.entries<ListColumn>(LIST_COLUMNS[kind]).flatMap(([role, { names, also = [] }]) =>
      [role, ...names, ...also].map((name) => [headerKey(name), role] as const),
    ),
  );
}
