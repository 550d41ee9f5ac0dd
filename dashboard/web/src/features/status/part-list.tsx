import { useTranslation } from 'react-i18next';
import { StateSign } from '../../shared/ui/state-sign.tsx';
import type { Part } from './hub-report.ts';
import { partTexts } from './part-texts.ts';

interface Props {
  readonly parts: readonly Part[];
  /** Known from before the hub fell silent. */
  readonly stale: boolean;
}

export function PartList({ parts, stale }: Props) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="parts" className={`mt-10 sm:mt-14 ${stale ? 'opacity-85' : ''}`}>
      <h2 id="parts" className="text-xl font-semibold">
        {t('status.partsTitle')}
      </h2>
      {parts.length === 0 && <p className="mt-3 text-muted">{t('status.partsEmpty')}</p>}
      <ul className="mt-2 divide-y divide-line">
        {parts.map((part) => (
          <PartRow key={part.name} part={part} />
        ))}
      </ul>
    </section>
  );
}

function PartRow({ part }: { readonly part: Part }) {
  const { t } = useTranslation();
  const { name, use } = partTexts(part.name, t);
  return (
    <li className="grid grid-cols-[1fr_auto] items-baseline gap-x-4 py-3.5 sm:grid-cols-[1fr_auto_5.5rem]">
      <div className="min-w-0">
        <p className="font-semibold">{name}</p>
        {use && <p className="text-muted">{use}</p>}
        {part.detail && (
          <p lang="en" className="mt-1 font-mono text-sm text-bad" translate="no">
            {part.detail}
          </p>
        )}
      </div>
      <p className="flex items-center gap-2 justify-self-end">
        <StateSign state={part.state} />
        {t(`status.state.${part.state}`)}
      </p>
      <p className="text-right text-muted max-sm:col-start-2 max-sm:text-sm">
        {part.milliseconds !== undefined && t('status.milliseconds', { count: part.milliseconds })}
      </p>
    </li>
  );
}
