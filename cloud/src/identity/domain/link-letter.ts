import type { Locale } from './consent-document.ts';
import type { LinkPurpose } from './one-time.ts';

export interface LinkLetter {
  readonly subject: string;
  readonly text: string;
}

interface Words {
  readonly subject: string;
  readonly before: string;
  readonly after: string;
}

/** What a link's message says. Nothing in it comes from whoever asked: no message of ours carries a stranger's words. */
const WORDS: Readonly<Record<LinkPurpose, Readonly<Record<Locale, Words>>>> = {
  invitation: {
    th: {
      subject: 'คำเชิญเข้าใช้ Meterline',
      before: 'คุณได้รับเชิญให้ใช้งาน Meterline เปิดลิงก์นี้เพื่อเข้าร่วม:',
      after: 'ลิงก์ใช้ได้ครั้งเดียว ภายใน 14 วัน หากคุณไม่ทราบเรื่องนี้ ไม่ต้องทำอะไร',
    },
    en: {
      subject: 'You are invited to Meterline',
      before: 'You are invited to Meterline. Open this link to join:',
      after: 'It is good once, for 14 days. If you do not know what this is about, do nothing.',
    },
    id: {
      subject: 'Undangan ke Meterline',
      before: 'Anda diundang ke Meterline. Buka tautan ini untuk bergabung:',
      after: 'Tautan berlaku sekali, selama 14 hari. Jika Anda tidak mengenalinya, abaikan saja.',
    },
  },
  contact: {
    th: {
      subject: 'ยืนยันที่อยู่อีเมล',
      before: 'เปิดลิงก์นี้เพื่อยืนยันว่าที่อยู่อีเมลนี้เป็นของคุณ:',
      after: 'ลิงก์ใช้ได้ครั้งเดียว ภายใน 24 ชั่วโมง หากคุณไม่ได้ขอ ไม่ต้องทำอะไร',
    },
    en: {
      subject: 'Confirm your e-mail address',
      before: 'Open this link to confirm that this e-mail address is yours:',
      after: 'It is good once, for 24 hours. If you did not ask for it, do nothing.',
    },
    id: {
      subject: 'Konfirmasi alamat email Anda',
      before: 'Buka tautan ini untuk mengonfirmasi bahwa alamat email ini milik Anda:',
      after: 'Tautan berlaku sekali, selama 24 jam. Jika Anda tidak memintanya, abaikan saja.',
    },
  },
  reset: {
    th: {
      subject: 'ตั้งรหัสผ่านใหม่',
      before: 'เปิดลิงก์นี้เพื่อตั้งรหัสผ่านใหม่:',
      after: 'ลิงก์ใช้ได้ครั้งเดียว ภายใน 2 ชั่วโมง หากคุณไม่ได้ขอ ไม่ต้องทำอะไร รหัสผ่านเดิมยังใช้ได้',
    },
    en: {
      subject: 'Set a new password',
      before: 'Open this link to set a new password:',
      after: 'It is good once, for 2 hours. If you did not ask for it, do nothing: your password stays.',
    },
    id: {
      subject: 'Atur kata sandi baru',
      before: 'Buka tautan ini untuk mengatur kata sandi baru:',
      after:
        'Tautan berlaku sekali, selama 2 jam. Jika Anda tidak memintanya, abaikan saja: kata sandi Anda tetap.',
    },
  },
};

/** In the languages given: one for a person that is known, all for somebody who is not yet. */
export function linkLetter(purpose: LinkPurpose, locales: readonly Locale[], address: string): LinkLetter {
  const words = locales.map((locale) => WORDS[purpose][locale]);
  return {
    subject: words.map(({ subject }) => subject).join(' · '),
    text: `${words.map(({ before, after }) => `${before}\n\n${address}\n\n${after}`).join('\n\n———\n\n')}\n`,
  };
}
