import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { currentLanguage } from '../../shared/i18n/i18n.ts';
import { formatDuration, formatInstant } from '../../shared/time/format-time.ts';
import { CheckLine } from './check-line.tsx';
import { Headline } from './headline.tsx';
import { HubFacts } from './hub-facts.tsx';
import { CHECK_EVERY_MS, toneOf } from './hub-status.ts';
import { PartList } from './part-list.tsx';
import { SilenceNotice } from './silence-notice.tsx';
import { useHubStatus } from './use-hub-status.ts';

export function StatusPage() {
  const { t, i18n } = useTranslation();
  const language = currentLanguage(i18n);
  const { status, nextAt, checkNow } = useHubStatus();
  const tone = toneOf(status);

  useEffect(() => {
    document.title = `${t(`status.headline.${tone}`)} · Meterline`;
  }, [t, tone]);

  return (
    <>
      <p className="text-muted">{t('status.title')}</p>
      <Headline tone={tone} />
      {tone === 'silent' ? (
        <SilenceNotice status={status} nextAt={nextAt} onRetry={checkNow} />
      ) : (
        status.reportAt !== undefined && (
          <p className="mt-3 text-muted">
            <time dateTime={new Date(status.reportAt).toISOString()} className="text-ink">
              {t('status.asOf', { time: formatInstant(status.reportAt, language) })}
            </time>
            <span aria-hidden="true" className="max-sm:hidden">
              {' · '}
            </span>
            <span className="max-sm:block">
              {t('status.every', { duration: formatDuration(CHECK_EVERY_MS, language) })}
            </span>
          </p>
        )
      )}
      <CheckLine status={status} />
      {status.report && <PartList parts={status.report.parts} stale={tone === 'silent'} />}
      {status.about && <HubFacts about={status.about} />}
    </>
  );
}
