export const LANGUAGES = ['th', 'en', 'id'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What speakers call their language, and its code where there is little room. */
export const LANGUAGE_NAMES: Readonly<Record<Language, { full: string; brief: string }>> = {
  th: { full: 'ไทย', brief: 'ไทย' },
  en: { full: 'English', brief: 'EN' },
  id: { full: 'Indonesia', brief: 'ID' },
};

const STORAGE_KEY = 'meterline.language';
/** The first market's. */
const FALLBACK: Language = 'th';

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** The remembered choice, else the first of the browser's wishes that there is, else the fallback. */
export function chooseLanguage(remembered: string | null, wishes: readonly string[]): Language {
  if (isLanguage(remembered)) return remembered;
  for (const wish of wishes) {
    const base = wish.toLowerCase().split('-', 1)[0];
    // Browsers of before 2012 called Indonesian by its older code.
    const language = base === 'in' ? 'id' : base;
    if (isLanguage(language)) return language;
  }
  // A person who wishes for none of the three reads English more likely than Thai.
  return wishes.length > 0 ? 'en' : FALLBACK;
}

/** Storage is absent in some private windows; the choice then lasts as long as the page. */
export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    return;
  }
}

export function rememberedLanguage(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
