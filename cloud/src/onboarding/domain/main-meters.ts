import { nameKey } from '../../kernel/plain-text.ts';
import type { KnownMeter, MeterDraft } from './meters.ts';

/** Says of each line which main meter sums it, once all lines are known: a main meter may stand below what it sums. */
export function linkMains(drafts: readonly MeterDraft[], meters: readonly KnownMeter[]): void {
  const all = new Map(meters.map((meter) => [meter.id, meter]));
  for (const { meter } of drafts) all.set(meter.id, meter);
  const named = new Map<string, KnownMeter[]>();
  for (const meter of all.values()) {
    for (const key of new Set([nameKey(meter.label), nameKey(meter.serial ?? '')]))
      if (key !== '') named.set(key, [...(named.get(key) ?? []), meter]);
  }
  for (const draft of drafts) {
    const main = draft.line.main === undefined ? undefined : mainOf(draft, named);
    if (!main) continue;
    draft.meter = { ...draft.meter, main: main.id };
    all.set(draft.meter.id, draft.meter);
  }
  const summing = new Set([...all.values()].flatMap(({ main }) => main ?? []));
  for (const { line, meter } of drafts) {
    if (isCircle(meter, all)) line.cells.fault('main', 'main_is_itself');
    if (meter.role !== 'main' && summing.has(meter.id))
      line.cells.fault('role', 'role_stays', 'a main meter');
  }
}

function mainOf(
  { line, meter }: MeterDraft,
  named: ReadonlyMap<string, readonly KnownMeter[]>,
): KnownMeter | undefined {
  const { cells, main = '' } = line;
  const found = named.get(nameKey(main)) ?? [];
  const fitting = found.filter(
    ({ measures }) => measures === null || meter.measures === null || measures === meter.measures,
  );
  const mains = fitting.filter(({ role }) => role === 'main');
  const [only] = mains;
  if (found.length === 0) cells.fault('main', 'main_unknown');
  else if (fitting.length === 0) cells.fault('main', 'main_measures_other', found[0]?.measures ?? '');
  else if (!only) cells.fault('main', 'main_is_none');
  else if (mains.length > 1) cells.fault('main', 'meter_ambiguous');
  else return only;
  return undefined;
}

function isCircle(meter: KnownMeter, all: ReadonlyMap<string, KnownMeter>): boolean {
  const seen = new Set<string>();
  for (let id: string | null = meter.main; id !== null; id = all.get(id)?.main ?? null) {
    if (id === meter.id) return true;
    if (seen.has(id)) return false;
    seen.add(id);
  }
  return false;
}
