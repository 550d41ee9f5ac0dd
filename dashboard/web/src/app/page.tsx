import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSwitch } from '../shared/ui/language-switch.tsx';
import { Mark } from '../shared/ui/mark.tsx';

/** The frame of every page: skip link, banner, content, footer. */
export function Page({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="mx-auto flex min-h-dvh max-w-3xl flex-col px-4 sm:px-8">
      <a
        href="#content"
        className="absolute -top-20 left-4 z-10 bg-surface px-4 py-3 font-semibold text-action underline focus:top-2"
      >
        {t('app.skip')}
      </a>
      <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 pt-4 pb-3 sm:pt-6">
        <a href="/" className="flex items-center gap-2.5 rounded-sm text-ink no-underline">
          <Mark className="size-8" />
          <span className="text-xl font-semibold tracking-tight" translate="no">
            Meterline
          </span>
        </a>
        <LanguageSwitch />
      </header>
      <div className="register" aria-hidden="true" />
      <main id="content" tabIndex={-1} className="grow py-8 outline-none sm:py-12">
        {children}
      </main>
      <footer className="flex flex-wrap items-center justify-between gap-x-6 border-t border-line py-3 text-muted">
        <p className="py-2">{t('app.tagline')}</p>
        <a
          href="/api/v1/openapi.json"
          className="inline-flex min-h-11 items-center text-action underline decoration-1 underline-offset-4 hover:decoration-2"
        >
          {t('app.apiDescription')}
        </a>
      </footer>
    </div>
  );
}
