import type { Language } from '../i18n/languages.ts';

/** Thai dates count Buddhist years whatever the browser's default; Latin digits, as on meters and bills. */
const LOCALES: Readonly<Record<Language, string>> = {
  th: 'th-TH-u-ca-buddhist-nu-latn',
  en: 'en-GB-u-ca-gregory-nu-latn',
  id: 'id-ID-u-ca-gregory-nu-latn',
};

export function formatInstant(epochMs: number, language: Language, timeZone?: string): string {
  return (
    new Intl.DateTimeFormat(LOCALES[language], {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      ...(timeZone !== undefined && { timeZone }),
    })
      .format(epochMs)
      // "20 พ.ย. พ.ศ. 2569": with a four-digit year the era says nothing new.
      .replace(/พ\.ศ\.\s*/, '')
  );
}

const STEPS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** The largest whole unit: "2 minutes", "2 นาที", "2 menit". */
export function formatDuration(milliseconds: number, language: Language): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [unit, length] = STEPS.find(([, size]) => seconds >= size) ?? STEPS[3];
  const format = new Intl.NumberFormat(LOCALES[language], { style: 'unit', unit, unitDisplay: 'long' });
  // A line never ends between a number and its unit.
  return format.format(Math.floor(seconds / length)).replaceAll(' ', '\u00a0');
}
