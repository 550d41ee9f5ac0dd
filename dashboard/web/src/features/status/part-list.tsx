import { useTranslation } from 'react-i18next';
import { StateSign } from '../../shared/ui/state-sign.tsx';
import type { Part } from './hub-report.ts';
import { partTexts, reasonText } from './part-texts.ts';

interface Props {
  readonly parts: readonly Part[];
  /** Known from before the hub fell silent. */
  readonly stale: boolean;
}

export function PartList({ parts, stale }: Props) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="parts" className="mt-10 sm:mt-14">
      <h2 id="parts" className="text-xl font-semibold">
        {t(stale ? 'status.partsTitleStale' : 'status.partsTitle')}
      </h2>
      {parts.length === 0 && <p className="mt-3 text-muted">{t('status.partsEmpty')}</p>}
      <ul className="mt-1 divide-y divide-line">
        {parts.map((part) => (
          <PartRow key={part.name} part={part} stale={stale} />
        ))}
      </ul>
    </section>
  );
}

const REASON_COLOUR: Readonly<Record<Part['state'], string>> = {
  ok: 'text-muted',
  limited: 'text-warn',
  failed: 'text-bad',
  unknown: 'text-muted',
};

function PartRow({ part, stale }: { readonly part: Part; readonly stale: boolean }) {
  const { t } = useTranslation();
  const { name, use } = partTexts(part.name, t);
  const reasons = (part.reasons ?? []).flatMap((reason) => reasonText(reason, t) ?? []);
  return (
    <li className="flex items-start justify-between gap-x-4 py-3.5">
      <div className="min-w-0">
        <p className="font-semibold">{name}</p>
        {use && <p className="text-muted">{use}</p>}
        {reasons.map((text) => (
          <p key={text} className={`mt-1 ${REASON_COLOUR[part.state]}`}>
            {text}
          </p>
        ))}
      </div>
      <div className="shrink-0 sm:flex sm:gap-x-4">
        <p className="flex items-start gap-2 sm:w-36">
          <span className={`flex h-[1lh] items-center ${stale ? 'grayscale' : ''}`}>
            <StateSign state={part.state} />
          </span>
          {t(`status.state.${part.state}`)}
        </p>
        <p className="text-right text-muted sm:w-24">
          {part.milliseconds !== undefined && t('status.milliseconds', { count: part.milliseconds })}
        </p>
      </div>
    </li>
  );
}
