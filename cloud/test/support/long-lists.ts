/** Windows-874 by its rule: Thai letters stand in one row, 0xA0 above the Latin ones. */
export const in874 = (text: string): Buffer =>
  Buffer.from(
    [...text].map((it) => (it >= 'ก' && it <= '๛' ? it.charCodeAt(0) - 0x0e00 + 0xa0 : it.charCodeAt(0))),
  );

const roomName = (index: number): string =>
  `${String(Math.floor(index / 100) + 1).padStart(2, '0')}${String((index % 100) + 1).padStart(2, '0')}`;

/** A hundred rooms a floor. */
export function roomsList(rooms: number): string {
  const line = (_: unknown, index: number) => `${roomName(index)},ชั้น ${Math.floor(index / 100) + 1},24.50,2`;
  return ['ห้อง,ชั้น,พื้นที่ ตร.ม.,พักได้ (คน)', ...Array.from({ length: rooms }, line), ''].join('\n');
}

/** What people get wrong, in turn: room, name, telephone, first day, last day, rent. */
const SPOILT: readonly ((cells: string[]) => string[])[] = [
  ([room, name, phone, , ...rest]) => [room, name, phone, '31/2/2568', ...rest] as string[],
  ([, ...rest]) => ['9999', ...rest],
  ([room, , ...rest]) => [room, '', ...rest] as string[],
  ([room, name, phone, start, end]) => [room, name, phone, start, end, 'สี่พัน', '9000'] as string[],
  ([room, name, , ...rest]) => [room, name, '081', ...rest] as string[],
  ([room, name, phone, , , ...rest]) => [room, name, phone, '1/8/2568', '๓๑ ก.ค. ๒๕๖๘', ...rest] as string[],
];

/** A tenant for each room, with dates as people write them; the lines given are spoilt. */
export function tenantsList(rooms: number, faulty: readonly number[]): string {
  const line = (_: unknown, index: number): string => {
    const phone = `081 ${String(Math.floor((index + 1) / 10_000)).padStart(3, '0')} ${String((index + 1) % 10_000).padStart(4, '0')}`;
    const [start, end] = index % 2 === 0 ? ['1/8/2568', '31/7/2570'] : ['๑๕ ส.ค. ๒๕๖๘', '๓๑ ก.ค. ๒๕๗๐'];
    const cells = [roomName(index), `สมชาย ใจดี ${index + 1}`, phone, start, end, '4500', '9000'] as string[];
    const spoil = SPOILT[faulty.indexOf(index + 2) % SPOILT.length];
    return (spoil?.(cells) ?? cells).join(',');
  };
  const head = 'ห้อง,ชื่อ-นามสกุล,โทรศัพท์,วันเริ่มสัญญา,วันสิ้นสุดสัญญา,ค่าเช่า,เงินประกัน';
  return [head, ...Array.from({ length: rooms }, line), ''].join('\n');
}
