import type { BusId, Config, Meter, MeterId } from '@meterline/contracts';

/** What has to be touched to get from one configuration to the next. */
export interface Change {
  readonly buses: readonly { readonly id: BusId; readonly is: 'open' | 'close' | 'reopen' }[];
  readonly meters: readonly { readonly id: MeterId; readonly is: 'add' | 'drop' | 'replace' }[];
  /** Intervals, budgets and rules that are taken over in passing. */
  readonly settings: readonly Setting[];
}

const SETTINGS = ['intervals', 'uplink', 'storage', 'switching'] as const;
export type Setting = (typeof SETTINGS)[number] | 'labels' | 'controls';

type Before = Config | null;

/** Pure. A meter on a bus that is reopened is only listed when it changes itself. */
export function changeBetween(before: Before, after: Config): Change {
  return {
    buses: busChanges(before, after),
    meters: meterChanges(before, after),
    settings: settingChanges(before, after),
  };
}

export const isNothing = ({ buses, meters, settings }: Change): boolean =>
  buses.length + meters.length + settings.length === 0;

/** For a log: `reopens 1 bus; adds 2 meters; intervals`. */
export function changeText({ buses, meters, settings }: Change): string {
  const count = (list: readonly { is: string }[], noun: string, plural: string) =>
    [...new Set(list.map(({ is }) => is))].map((is) => {
      const n = list.filter((each) => each.is === is).length;
      return `${is}s ${n} ${n === 1 ? noun : plural}`;
    });
  const parts = [...count(buses, 'bus', 'buses'), ...count(meters, 'meter', 'meters'), ...settings];
  return parts.length === 0 ? 'nothing changes' : parts.join('; ');
}

function busChanges(before: Before, after: Config): Change['buses'] {
  const old = new Map((before?.buses ?? []).map(({ id, url }) => [id, url]));
  const opened = after.buses.flatMap(({ id, url }) => {
    const was = old.get(id);
    old.delete(id);
    if (was === url) return [];
    return [{ id, is: was === undefined ? ('open' as const) : ('reopen' as const) }];
  });
  return [...[...old.keys()].map((id) => ({ id, is: 'close' as const })), ...opened];
}

function meterChanges(before: Before, after: Config): Change['meters'] {
  const old = new Map((before?.meters ?? []).map((meter) => [meter.id, meter]));
  const changed = after.meters.flatMap((meter): Change['meters'] => {
    const was = old.get(meter.id);
    old.delete(meter.id);
    if (!was) return [{ id: meter.id, is: 'add' as const }];
    const same = readAlike(was) === readAlike(meter) && contentOf(before, was) === contentOf(after, meter);
    return same ? [] : [{ id: meter.id, is: 'replace' as const }];
  });
  return [...[...old.keys()].map((id) => ({ id, is: 'drop' as const })), ...changed];
}

/** All of a meter that polling depends on. */
function readAlike({ label: _, controls: __, ...read }: Meter): string {
  return canonical(read);
}

/** A model that came with the configuration may have got other limits or timing under the same version. */
function contentOf(config: Before, { profile }: Meter): string {
  const found = (config?.profiles ?? []).find(({ id, version }) => `${id}@${version}` === profile);
  return found ? canonical(found) : '';
}

function settingChanges(before: Before, after: Config): Setting[] {
  if (!before) return [...SETTINGS];
  const changed: Setting[] = SETTINGS.filter((name) => canonical(before[name]) !== canonical(after[name]));
  if (both(before.buses, after.buses).some(([a, b]) => a.name !== b.name)) changed.push('labels');
  const meters = both(before.meters, after.meters);
  if (!changed.includes('labels') && meters.some(([a, b]) => a.label !== b.label)) changed.push('labels');
  const controls = ({ controls = [] }: Meter) => canonical(controls);
  if (meters.some(([a, b]) => controls(a) !== controls(b))) changed.push('controls');
  return changed;
}

/** Those that were there and still are. */
function both<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]): [T, T][] {
  const old = new Map(before.map((each) => [each.id, each]));
  return after.flatMap((each): [T, T][] => {
    const was = old.get(each.id);
    return was ? [[was, each]] : [];
  });
}

/** The order of keys says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
