import { useTranslation } from 'react-i18next';
import { currentLanguage } from '../../shared/i18n/i18n.ts';
import { formatDuration, formatInstant } from '../../shared/time/format-time.ts';
import { Button } from '../../shared/ui/button.tsx';
import type { HubStatus } from './hub-status.ts';
import { useNow } from './use-hub-status.ts';

interface Props {
  readonly status: HubStatus;
  readonly nextAt: number | undefined;
  readonly onRetry: () => void;
}

export function SilenceNotice({ status: { silence, reportAt }, nextAt, onRetry }: Props) {
  const { t, i18n } = useTranslation();
  const language = currentLanguage(i18n);
  const now = useNow();
  if (!silence) return null;
  const known =
    reportAt === undefined
      ? t('status.neverKnown')
      : t('status.lastKnown', {
          age: formatDuration(now - reportAt, language),
          time: formatInstant(reportAt, language),
        });
  return (
    <div className="mt-6 rounded-md border-2 border-bad bg-surface p-4 sm:p-5">
      <p className="font-semibold">
        {t(`status.reason.${silence.reason}`)}{' '}
        {t('status.silentFor', { duration: formatDuration(now - silence.since, language) })}
      </p>
      <p className="mt-1">{known}</p>
      <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button onClick={onRetry}>{t('status.retryNow')}</Button>
        <span className="text-muted">
          {nextAt === undefined
            ? t('status.retrying')
            : t('status.retryIn', { duration: formatDuration(nextAt - now, language) })}
        </span>
      </div>
    </div>
  );
}
