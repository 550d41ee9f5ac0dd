import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { HubAbout } from './hub-report.ts';

const ROLES = ['all', 'api', 'ingest', 'worker'] as const;
const LAYERS = ['plain', 'timescale', 'licensed'] as const;

export function HubFacts({ about }: { readonly about: HubAbout }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="hub" className="mt-10 sm:mt-14">
      <h2 id="hub" className="text-xl font-semibold">
        {t('status.hubTitle')}
      </h2>
      <dl className="mt-3 grid gap-x-6 gap-y-3 sm:grid-cols-[auto_1fr] sm:gap-y-1">
        {facts(about, t).map(([label, value]) => (
          <div key={label} className="sm:contents">
            <dt className="text-muted">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function facts({ version, commit, role, layer }: HubAbout, t: TFunction): [string, string][] {
  const knownRole = ROLES.find((name) => name === role);
  const knownLayer = LAYERS.find((name) => name === layer);
  const build = [version, commit && `(${commit.slice(0, 7)})`].filter(Boolean).join(' ');
  return [
    [t('status.version'), build || t('status.unknownFact')],
    [t('status.role'), knownRole ? t(`status.roles.${knownRole}`) : (role ?? t('status.unknownFact'))],
    [t('status.layer'), knownLayer ? t(`status.layers.${knownLayer}`) : (layer ?? t('status.unknownFact'))],
  ];
}
