import type { Dice } from './dice.ts';

/** A name in both scripts; where there is one script only it stands once. */
export interface Name {
  readonly name: string;
  readonly otherName: string | null;
}

type Pair = readonly [thai: string, latin: string];

// biome-ignore format: a table
const THAI_GIVEN: readonly [Pair, ...Pair[]] = [
  ['สมชาย', 'Somchai'], ['สมหญิง', 'Somying'], ['อนงค์', 'Anong'], ['วิชัย', 'Wichai'], ['ศิริพร', 'Siriporn'],
  ['ณัฐวุฒิ', 'Nattawut'], ['กนกวรรณ', 'Kanokwan'], ['ธนพล', 'Thanaphon'], ['พิมพ์ชนก', 'Pimchanok'], ['อภิชาติ', 'Aphichat'],
  ['สุดารัตน์', 'Sudarat'], ['ปิยะ', 'Piya'], ['จิราพร', 'Jiraporn'], ['กิตติ', 'Kitti'], ['รัตนา', 'Rattana'],
  ['ชัยวัฒน์', 'Chaiwat'], ['นภา', 'Napa'], ['ประเสริฐ', 'Prasert'], ['วรรณา', 'Wanna'], ['เอกชัย', 'Ekkachai'],
  ['ปรียา', 'Preeya'], ['สุริยา', 'Suriya'], ['ดวงใจ', 'Duangjai'], ['มานพ', 'Manop'], ['อรทัย', 'Orathai'],
  ['ภาณุพงศ์', 'Phanuphong'], ['จันทร์เพ็ญ', 'Chanpen'], ['วีระ', 'Weera'], ['เพ็ญศรี', 'Pensri'], ['ธีรเดช', 'Teeradet'],
];
// biome-ignore format: a table
const THAI_FAMILY: readonly [Pair, ...Pair[]] = [
  ['ใจดี', 'Jaidee'], ['รักไทย', 'Rakthai'], ['ศรีสุข', 'Srisuk'], ['ทองดี', 'Thongdee'], ['แสงจันทร์', 'Saengchan'],
  ['บุญมา', 'Boonma'], ['วงศ์สวัสดิ์', 'Wongsawat'], ['พรหมมา', 'Phromma'], ['สุขสบาย', 'Suksabai'], ['มั่นคง', 'Mankhong'],
  ['คำแก้ว', 'Khamkaew'], ['จันทรา', 'Chantra'], ['ชัยชนะ', 'Chaichana'], ['ดำรงค์', 'Damrong'], ['นาคสุข', 'Naksuk'],
  ['ปานทอง', 'Panthong'], ['ภูมิใจ', 'Phumjai'], ['ยิ้มแย้ม', 'Yimyaem'], ['ลิ้มเจริญ', 'Limcharoen'], ['วัฒนา', 'Watthana'],
  ['สายทอง', 'Saithong'], ['หอมหวล', 'Homhuan'], ['อินทร์แก้ว', 'Inkaew'], ['เพชรรัตน์', 'Phetcharat'], ['แก้วมณี', 'Kaewmanee'],
];
// biome-ignore format: a table
const INDONESIAN_GIVEN: readonly [string, ...string[]] = [
  'Agus', 'Siti', 'Dewi', 'Rudi', 'Sri', 'Andi', 'Rina', 'Hendra', 'Yuni', 'Bambang', 'Ratna', 'Eko', 'Fitri', 'Joko',
  'Lestari', 'Made', 'Nia', 'Putra', 'Wulan', 'Yusuf', 'Citra', 'Dimas', 'Indah', 'Arif',
];
// biome-ignore format: a table
const INDONESIAN_FAMILY: readonly [string, ...string[]] = [
  'Wijaya', 'Kusuma', 'Hidayat', 'Pratama', 'Nugroho', 'Siregar', 'Saputra', 'Rahmawati', 'Setiawan', 'Simanjuntak',
  'Halim', 'Utami', 'Gunawan', 'Hartono', 'Maulana', 'Anggraini', 'Purnomo', 'Suryani', 'Tanjung', 'Wibowo',
];

/** Whom the plan has named already is not drawn again: people are told apart by their names. */
export class Names {
  readonly #taken = new Set<string>();

  take(name: string): void {
    this.#taken.add(name);
  }

  thai(dice: Dice): Name {
    return this.#other(() => {
      const [given, family] = [dice.pick(THAI_GIVEN), dice.pick(THAI_FAMILY)];
      return { name: `${given[0]} ${family[0]}`, otherName: `${given[1]} ${family[1]}` };
    });
  }

  indonesian(dice: Dice): Name {
    return this.#other(() => ({
      name: `${dice.pick(INDONESIAN_GIVEN)} ${dice.pick(INDONESIAN_FAMILY)}`,
      otherName: null,
    }));
  }

  #other(draw: () => Name): Name {
    for (;;) {
      const drawn = draw();
      if (this.#taken.has(drawn.name)) continue;
      this.#taken.add(drawn.name);
      return drawn;
    }
  }
}
