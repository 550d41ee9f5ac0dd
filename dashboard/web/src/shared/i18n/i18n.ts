import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import {
  chooseLanguage,
  isLanguage,
  type Language,
  rememberedLanguage,
  rememberLanguage,
} from './languages.ts';
import en from './texts/en.json';
import id from './texts/id.json';
import th from './texts/th.json';

/** A missing text in any language does not compile. */
const RESOURCES = {
  th: { translation: th },
  en: { translation: en },
  id: { translation: id },
} satisfies Record<Language, { translation: typeof en }>;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

export async function startI18n(): Promise<i18n> {
  const instance = i18next.createInstance();
  instance.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await instance.use(initReactI18next).init({
    lng: chooseLanguage(rememberedLanguage(), navigator.languages),
    fallbackLng: false,
    resources: RESOURCES,
    // React escapes already.
    interpolation: { escapeValue: false },
  });
  return instance;
}

export function currentLanguage({ language }: i18n): Language {
  return isLanguage(language) ? language : 'en';
}

export async function switchLanguage(instance: i18n, language: Language): Promise<void> {
  rememberLanguage(language);
  await instance.changeLanguage(language);
}
