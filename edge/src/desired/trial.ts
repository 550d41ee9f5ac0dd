import type { BusId, Config, MeterId } from '@meterline/contracts';
import type { Change } from './diff.ts';
import { type Problem, problem } from './judge.ts';

/** How polling is doing: what a new configuration must not make worse. */
export interface Health {
  /** Meters that have given a value since the configuration in question was applied, and are not silent now. */
  readonly answering: ReadonlySet<MeterId>;
  /** Buses whose port cannot be opened. */
  readonly failing: ReadonlySet<BusId>;
}

export interface Trial {
  readonly before: Health;
  readonly after: Health;
  readonly change: Change;
  readonly config: Config;
  readonly elapsedMs: number;
}

export type Verdict =
  | { readonly is: 'wait' }
  | { readonly is: 'keep' }
  | { readonly is: 'roll-back'; readonly problems: readonly Problem[] };

const SHORTEST_MS = 90_000;
const LONGEST_MS = 15 * 60_000;
/** Among meters that only share a bus with a change, so many may fall silent by chance. */
const CHANCE = 0.1;

/** How long a configuration is watched: every meter's turn has come twice. */
export function windowMs({ intervals, meters }: Config): number {
  const turns = meters.flatMap(({ points }) => points.map(({ everyMs }) => everyMs ?? intervals.gaugeMs));
  const slowest = Math.max(intervals.gaugeMs, ...turns);
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, 2 * slowest + 30_000));
}

/**
 * Whether the new configuration has broken what worked: pure. Meters that did not answer before, and new ones, break
 * nothing: they may be installed tomorrow. A meter that the change does not come near may die of its own.
 */
export function judgeTrial({ before, after, change, config, elapsedMs }: Trial): Verdict {
  const replaced = new Set(change.meters.filter(({ is }) => is === 'replace').map(({ id }) => id));
  const shared = sharedMeters(change, config);
  const silent = config.meters
    .map(({ id }) => id)
    .filter(
      (id) => before.answering.has(id) && !after.answering.has(id) && (replaced.has(id) || shared.has(id)),
    );
  const touched = new Set(change.buses.map(({ id }) => id));
  const broken = config.buses.filter(
    ({ id }) => touched.has(id) && after.failing.has(id) && !before.failing.has(id),
  );
  if (silent.length === 0 && broken.length === 0 && isSettled(before, after, config)) return { is: 'keep' };
  if (elapsedMs < windowMs(config)) return { is: 'wait' };
  const worked = [...shared].filter((id) => before.answering.has(id) && !replaced.has(id));
  const lost = silent.filter((id) => !replaced.has(id));
  const guilty = silent.filter((id) => replaced.has(id) || lost.length > worked.length * CHANCE);
  if (guilty.length === 0 && broken.length === 0) return { is: 'keep' };
  const seconds = Math.round(elapsedMs / 1_000);
  return {
    is: 'roll-back',
    problems: [
      ...broken.map(({ id, url }) =>
        problem(
          `buses[${config.buses.findIndex((b) => b.id === id)}].url`,
          'bus-failing',
          `${url} could not be opened for ${seconds} s`,
        ),
      ),
      ...guilty.slice(0, 90).map((id) => {
        const index = config.meters.findIndex((meter) => meter.id === id);
        const unit = config.meters[index]?.unit;
        return problem(
          `meters[${index}].unit`,
          'meter-silent',
          `unit ${unit} answered before, and not for ${seconds} s since`,
        );
      }),
    ],
  };
}

/** Meters on a bus on which anything changes. */
function sharedMeters(change: Change, config: Config): Set<MeterId> {
  const buses = new Set<BusId>(change.buses.map(({ id }) => id));
  const changed = new Set(change.meters.map(({ id }) => id));
  for (const { id, bus } of config.meters) if (changed.has(id)) buses.add(bus);
  return new Set(config.meters.filter(({ bus }) => buses.has(bus)).map(({ id }) => id));
}

/** All that answered before and is still there answers again: no need to wait any longer. */
const isSettled = (before: Health, after: Health, { meters }: Config): boolean =>
  meters.every(({ id }) => !before.answering.has(id) || after.answering.has(id));
