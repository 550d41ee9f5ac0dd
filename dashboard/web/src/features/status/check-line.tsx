import { useTranslation } from 'react-i18next';
import { type Beat, type HubStatus, MAX_BEATS } from './hub-status.ts';

/** Height tells as much as colour does. */
const TICKS: Readonly<Record<Beat['state'], string>> = {
  ready: 'h-4 bg-ink',
  limited: 'h-6 bg-warn',
  draining: 'h-6 bg-warn',
  impaired: 'h-8 bg-bad',
  silent: 'h-8 border border-bad',
};

/** The register of checks, read from left to right; what is still to come lies ahead as faint ticks. */
export function CheckLine({ status: { beats, answered, total } }: { readonly status: HubStatus }) {
  const { t } = useTranslation();
  const ahead = Array.from({ length: MAX_BEATS - beats.length }, (_, index) => index);
  return (
    <figure className="mt-8 sm:mt-10">
      <div className="flex h-8 items-end justify-between border-b-2 border-ink" aria-hidden="true">
        {beats.map(({ number, state }) => (
          <span
            key={number}
            className={`w-0.75 rounded-t-[1px] ${number === total && state === 'ready' ? 'h-6 bg-mark' : TICKS[state]}`}
          />
        ))}
        {ahead.map((index) => (
          <span key={`ahead-${index}`} className="h-1.5 w-0.75 bg-line" />
        ))}
      </div>
      <figcaption className="mt-2 flex flex-wrap justify-between gap-x-4 text-sm text-muted">
        <span>{t('status.history')}</span>
        <span>{t('status.historySummary', { answered, total })}</span>
      </figcaption>
    </figure>
  );
}
