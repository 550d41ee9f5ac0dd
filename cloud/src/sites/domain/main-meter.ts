export interface LinkedMeter {
  readonly id: string;
  readonly building: string;
  readonly label: string;
  readonly role: 'main' | 'sub' | 'common';
  readonly parent: string | null;
  readonly measures: 'electricity' | 'water' | null;
}

/**
 * May the first be summed by the second? What sums others is a main meter of the same building that measures the same
 * thing; and a main meter that another one sums must not, however far around, sum that one.
 */
export function sumFault(
  meter: LinkedMeter,
  main: LinkedMeter,
  meters: readonly LinkedMeter[],
): string | undefined {
  if (main.role !== 'main') return `"${main.label}" is no main meter`;
  if (main.building !== meter.building || main.id === meter.id)
    return 'a main meter sums meters of its own building';
  if (meter.measures !== null && main.measures !== null && meter.measures !== main.measures)
    return `"${main.label}" measures ${main.measures} and "${meter.label}" ${meter.measures}`;
  return isAbove(meter.id, main, new Map(meters.map((each) => [each.id, each])))
    ? `"${meter.label}" sums "${main.label}" already: a meter cannot sum itself`
    : undefined;
}

function isAbove(id: string, from: LinkedMeter, meters: ReadonlyMap<string, LinkedMeter>): boolean {
  const seen = new Set<string>();
  for (let at: LinkedMeter | undefined = from; at?.parent != null && !seen.has(at.id); ) {
    if (at.parent === id) return true;
    seen.add(at.id);
    at = meters.get(at.parent);
  }
  return false;
}

/** What of it may not change while it sums others; undefined when nothing stands against it. */
export function mainFault(
  meter: LinkedMeter,
  next: LinkedMeter,
  meters: readonly LinkedMeter[],
): string | undefined {
  const summed = meters.filter(({ parent }) => parent === meter.id);
  const [first] = summed;
  if (!first) return undefined;
  if (next.role !== 'main')
    return `it sums ${summed.length} ${summed.length === 1 ? 'meter' : 'meters'}, "${first.label}" among them: let them go first`;
  const other = summed.find(
    ({ measures }) => measures !== null && next.measures !== null && measures !== next.measures,
  );
  return other && `it sums "${other.label}", which measures ${other.measures}`;
}
