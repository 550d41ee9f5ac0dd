import { useTranslation } from 'react-i18next';
import { type SignState, StateSign } from '../../shared/ui/state-sign.tsx';
import type { Tone } from './hub-status.ts';

const SIGNS: Readonly<Record<Tone, SignState>> = {
  asking: 'unknown',
  ready: 'ok',
  limited: 'limited',
  impaired: 'failed',
  draining: 'limited',
  silent: 'failed',
};

/** The one thing that is announced: it changes with the state and not with every check. */
export function Headline({ tone }: { readonly tone: Tone }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-atomic="true">
      <h1 className="mt-1 flex items-start gap-3 text-3xl/snug font-semibold text-balance sm:gap-4 sm:text-5xl/tight">
        <span className="flex h-[1lh] items-center">
          <StateSign state={SIGNS[tone]} className="size-7 sm:size-10" />
        </span>
        {t(`status.headline.${tone}`)}
      </h1>
      <p className="mt-3 max-w-prose text-lg text-pretty">{t(`status.meaning.${tone}`)}</p>
    </div>
  );
}
