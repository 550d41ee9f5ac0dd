import { useTranslation } from 'react-i18next';
import { currentLanguage, switchLanguage } from '../i18n/i18n.ts';
import { LANGUAGE_NAMES, LANGUAGES } from '../i18n/languages.ts';

/** Native radio buttons: arrow keys, screen readers and switches know them. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const current = currentLanguage(i18n);
  return (
    <fieldset className="-mr-2.5 flex">
      <legend className="sr-only">{t('app.language')}</legend>
      {LANGUAGES.map((language) => (
        <label
          key={language}
          lang={language}
          className="relative flex min-h-11 min-w-11 cursor-pointer items-center justify-center rounded-md px-2.5 text-muted underline-offset-8 hover:underline has-checked:font-semibold has-checked:text-ink has-checked:underline has-checked:decoration-mark has-checked:decoration-3"
        >
          <input
            type="radio"
            name="language"
            value={language}
            checked={language === current}
            onChange={() => void switchLanguage(i18n, language)}
            className="absolute inset-0 cursor-pointer appearance-none opacity-0"
          />
          <span className="max-sm:hidden">{LANGUAGE_NAMES[language].full}</span>
          <span className="sr-only sm:hidden">{LANGUAGE_NAMES[language].full}</span>
          <span className="sm:hidden" aria-hidden="true">
            {LANGUAGE_NAMES[language].brief}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
