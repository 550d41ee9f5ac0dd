import { type LossHour, lossOf, type MeteredHour, usualPpm } from './domain/loss.ts';
import { QUARTER_MS } from './domain/quarters.ts';
import {
  type Amount,
  bucketsOf,
  gather,
  previousOf,
  type Resolution,
  resolutionFor,
  type Stretch,
} from './domain/series.ts';
import { comparedUnit, summedRegisters } from './domain/summed.ts';
import { meteringError } from './metering.errors.ts';
import type { Asking, MeteringParts } from './metering.parts.ts';
import { timeText } from './times.ts';
import { type UsageStore, usageStore } from './usage.store.ts';
import type {
  Bar,
  SelectedPoint,
  Series,
  Subject,
  SummedPoint,
  UsageAnswer,
  UsageQuery,
} from './usage.types.ts';

const LONGEST_MS = 50 * 366 * 86_400_000;
const LONGEST_LOSS_MS = 32 * 86_400_000;

/** Usage as people look at it: bars of whole units of the building, the period before beside them. */
export class UsageService {
  readonly #parts: MeteringParts;

  constructor(parts: MeteringParts) {
    this.#parts = parts;
  }

  async series(asking: Asking, query: UsageQuery): Promise<UsageAnswer> {
    demandStretch(query, LONGEST_MS);
    const now = this.#parts.clock.now().epochMilliseconds;
    return this.#look(asking, async (store) => {
      const points = await selected(store, query.subject);
      const zone = points[0]?.zone ?? 'UTC';
      const resolution = query.resolution ?? resolutionFor(query, query.budget);
      const buckets = bucketsOf(query, resolution, zone);
      demandBudget(buckets, query);
      const whole = { from: buckets[0]?.from ?? query.from, to: buckets.at(-1)?.to ?? query.to };
      const look = { store, points, zone, resolution, now };
      const series = await seriesOf(look, buckets);
      const answer = { ...asText(whole), zone, resolution, asOf: timeText(now), series };
      if (!query.previous) return answer;
      const before = previousOf(whole, zone);
      const previous = {
        ...asText(before),
        series: await seriesOf(look, bucketsOf(before, resolution, zone)),
      };
      return { ...answer, previous };
    });
  }

  /** Hour by hour what a main meter counted and its sub-meters did not. */
  async loss(asking: Asking, meter: string, stretch: Stretch) {
    demandStretch(stretch, LONGEST_LOSS_MS);
    return this.#look(asking, async (store) => {
      const points = await store.withSubMeters(meter);
      const own = points.filter(({ sub }) => !sub);
      if (own.length === 0) throw meteringError('usage_subject_not_found');
      const unit = comparedUnit(own);
      const { profiles } = this.#parts;
      const meters = [...Map.groupBy(points, (point) => point.meter).values()].map((registers) =>
        summedRegisters(registers, unit, profiles),
      );
      const summed = meters.flat();
      const zone = own[0]?.zone ?? 'UTC';
      const buckets = bucketsOf(stretch, 'hour', zone);
      const registers = await Promise.all(
        summed.map(async (point) => ({
          sub: point.sub,
          ppm: BigInt(ppmOf(point, profiles)),
          hours: meteredHours(await store.quarters([within(point, around(buckets))]), buckets, point),
        })),
      );
      const hours = buckets.map(({ from }, place): LossHour => {
        const there = registers.flatMap(({ sub, ppm, hours }) => {
          const hour = hours[place] ?? 'unknown';
          return hour === 'elsewhere' ? [] : [{ sub, ppm, hour: hour === 'unknown' ? undefined : hour }];
        });
        return lossOf(
          from,
          there.filter(({ sub }) => !sub),
          there.filter(({ sub }) => sub),
        );
      });
      const shown = meters.flatMap((of) => shownMeter(of, profiles));
      const main = shown.find((each) => each.meter === meter) ?? {
        meter,
        points: [],
        accuracyPpm: usualPpm(unit),
      };
      const subs = shown.filter((each) => each.meter !== meter);
      return { zone, unit, main, subs, hours: hours.map(writtenLoss) };
    });
  }

  #look<T>(asking: Asking, work: (store: UsageStore) => Promise<T>): Promise<T> {
    return this.#parts.db.transaction({ ...asking, readOnly: true }, (tx) =>
      work(tx.bind(usageStore(asking.extent))),
    );
  }
}

interface Look {
  readonly store: UsageStore;
  readonly points: readonly SelectedPoint[];
  readonly zone: string;
  readonly resolution: Resolution;
  readonly now: number;
}

async function selected(store: UsageStore, subject: Subject): Promise<readonly SelectedPoint[]> {
  const all = await store.select(subject);
  const counted = all.filter((point) => point.unit !== null);
  // A place is billed on what may be billed; a point is asked for by name. Beside its register that is billed on a meter
  // has others of the same unit, such as what flowed back: they are no part of what was used.
  const billed = new Set(counted.filter((point) => point.class === 'billing').map(({ unit }) => unit));
  const points = counted.filter(
    (point) =>
      point.class === 'billing' ||
      subject.kind === 'point' ||
      (subject.kind === 'meter' && !billed.has(point.unit)),
  );
  if (all.length === 0) throw meteringError('usage_subject_not_found');
  return points;
}

/** One series a unit: watt-hours and litres are not added up. */
async function seriesOf(look: Look, buckets: readonly Stretch[]): Promise<readonly Series[]> {
  const whole = around(buckets);
  const series: Series[] = [];
  for (const [unit, points] of Map.groupBy(look.points, (point) => point.unit ?? '')) {
    const ranged = points.map(({ no, from, to }) => ({
      no,
      from: Math.max(from, whole.from),
      to: Math.min(to, whole.to),
    }));
    const counting = ranged.filter(({ from, to }) => from < to);
    const isFine = look.resolution === 'quarter' || look.resolution === 'hour';
    const amounts = isFine ? await look.store.quarters(counting) : await look.store.days(counting, look.zone);
    const bars = gather(buckets, amounts);
    const ids = [...new Set(points.map(({ id }) => id))];
    series.push({ unit, points: ids, ...drawn(bars, counting, look.now) });
  }
  return series;
}

function drawn(
  bars: readonly Amount[],
  points: readonly Stretch[],
  now: number,
): Pick<Series, 'bars' | 'total'> {
  let [quantity, estimated] = [0n, 0n];
  let [complete, expected] = [0, 0];
  const drawnBars = bars.map((bar): Bar => {
    const quarters = expectedQuarters(bar, points, now);
    quantity += bar.quantity;
    estimated += bar.estimated;
    complete += bar.complete;
    expected += quarters;
    return {
      ...asText(bar),
      quantity: bar.known ? String(bar.quantity) : null,
      estimated: String(bar.estimated),
      completeness: share(bar.complete, quarters),
    };
  });
  const estimatedShare = quantity === 0n ? 0 : Number((estimated * 10_000n) / quantity) / 10_000;
  const total = {
    quantity: bars.some(({ known }) => known) ? String(quantity) : null,
    estimated: String(estimated),
    estimatedShare,
    completeness: share(complete, expected),
  };
  return { bars: drawnBars, total };
}

/** Quarters that could be complete by now. */
function expectedQuarters(bar: Stretch, points: readonly Stretch[], now: number): number {
  return points.reduce((sum, point) => {
    const from = Math.max(bar.from, point.from);
    const to = Math.min(bar.to, point.to, now);
    return sum + Math.max(0, Math.floor((to - from) / QUARTER_MS));
  }, 0);
}

const share = (part: number, whole: number): number =>
  whole === 0 ? 1 : Math.min(1, Math.floor((part / whole) * 10_000) / 10_000);

const around = (buckets: readonly Stretch[]): Stretch => ({
  from: buckets[0]?.from ?? 0,
  to: buckets.at(-1)?.to ?? 0,
});

/** Of one register; `elsewhere`: its meter did not hang there in that hour. */
function meteredHours(
  amounts: readonly Amount[],
  buckets: readonly Stretch[],
  installed: Stretch,
): readonly (MeteredHour | 'unknown' | 'elsewhere')[] {
  return gather(buckets, amounts).map(({ from, to, quantity, estimated, complete, known }) => {
    const quarters = wholeQuarters(within(installed, { from, to }));
    if (quarters <= 0) return 'elsewhere';
    return known ? { quantity, estimated, complete: complete >= quarters } : 'unknown';
  });
}

const within = <T extends Stretch>(stretch: T, { from, to }: Stretch): T => ({
  ...stretch,
  from: Math.max(stretch.from, from),
  to: Math.min(stretch.to, to),
});

/** Those that begin within it, as usage takes them. */
const wholeQuarters = ({ from, to }: Stretch): number =>
  Math.ceil(to / QUARTER_MS) - Math.ceil(from / QUARTER_MS);

type Profiles = MeteringParts['profiles'];

const ppmOf = ({ accuracyPpm, profile, register, unit }: SummedPoint, profiles: Profiles): number =>
  accuracyPpm ?? profiles.get(profile ?? register?.split('/')[0] ?? '')?.accuracyPpm ?? usualPpm(unit);

function shownMeter(registers: readonly SummedPoint[], profiles: Profiles) {
  const [first] = registers;
  if (!first) return [];
  const points = [...new Set(registers.map(({ id }) => id))];
  return [{ meter: first.meter, points, accuracyPpm: ppmOf(first, profiles) }];
}

const textOf = (value: bigint | null): string | null => (value === null ? null : String(value));

const writtenLoss = ({ at, main, subs, loss, band, missing, complete, verdict }: LossHour) => ({
  at: timeText(at),
  main: textOf(main),
  subs: textOf(subs),
  loss: textOf(loss),
  band: textOf(band),
  missing,
  complete,
  verdict,
});

const asText = ({ from, to }: Stretch) => ({ from: timeText(from), to: timeText(to) });

function demandStretch({ from, to }: Stretch, longest: number): void {
  if (from < to && to - from <= longest) return;
  const message = `the time must end after it begins, at most ${longest / 86_400_000} days later`;
  throw meteringError('usage_selection_invalid', { message });
}

/** Whoever names a resolution may be wrong about how much that is. */
const MOST_BARS = 10_000;

function demandBudget(buckets: readonly Stretch[], { resolution }: UsageQuery): void {
  if (buckets.length <= MOST_BARS) return;
  const message = `${buckets.length} bars of a ${resolution} are too many; ask for a shorter time or leave resolution out`;
  throw meteringError('usage_selection_invalid', { message });
}
