import type { Building } from './building.ts';
import { QUARTER_MS } from './calendar.ts';
import type { Epoch } from './epochs.ts';
import type { VirtualPoint } from './points.ts';

/** One line of the truth file. Times are UTC ms; quantities and counts are decimal strings. */
export type TruthLine =
  | {
      readonly kind: 'building';
      readonly format: 1;
      readonly name: string;
      readonly seed: number;
      readonly since: number;
      readonly utcOffset: string;
      readonly digest: string;
    }
  | {
      readonly kind: 'point';
      readonly point: string;
      readonly meter: string;
      readonly installation: number;
      readonly serial: string;
      readonly bus: string;
      readonly unit: number;
      readonly register: string;
      readonly place: string;
      readonly medium: 'electricity' | 'water';
      /** mWh or µL: of quantities. */
      readonly in: 'mWh' | 'uL';
      readonly from: number;
      readonly to: number | null;
      readonly modulus: string;
      /** A count is worth this much of what quantities are in, as a ratio. */
      readonly worth: string;
    }
  | { readonly kind: 'begin' | 'end'; readonly at: number }
  | {
      readonly kind: 'quarter';
      readonly at: number;
      readonly point: string;
      readonly quantity: string;
      readonly count: string;
      readonly shown: string;
    }
  | {
      readonly kind: 'counter';
      readonly event: 'reset' | 'swap' | 'rollover' | 'freeze' | 'thaw';
      readonly at: number;
      readonly meter: string;
      readonly by?: 'schedule' | 'write';
      readonly point: string;
      /** The point that follows a swap. */
      readonly next?: string;
      readonly closing: string;
      readonly opening: string;
      readonly quantity: string;
    }
  | {
      readonly kind: 'switch';
      readonly at: number;
      readonly moved: number;
      readonly meter: string;
      readonly control: string;
      readonly state: string;
    }
  | {
      readonly kind: 'harm';
      readonly at: number;
      readonly meter: string;
      readonly effect: 'erased' | 'lost';
      readonly why: string;
    }
  | {
      readonly kind: 'fault';
      readonly fault: string;
      readonly what: 'begins' | 'ends';
      readonly at: number;
      readonly meter?: string;
      readonly bus?: string;
      /** Counted from its place in the configuration. */
      readonly index: number;
    };

export function pointLine(point: VirtualPoint): TruthLine {
  const { meter, register, index, installation, from, to } = point;
  const { parts } = meter;
  const measured = parts.inputs.get(register.name) ?? parts.measured;
  const counter = parts.counters[index];
  return {
    kind: 'point',
    point: point.id,
    meter: parts.id,
    installation,
    serial: meter.epochs.find((epoch) => epoch.installation === installation)?.serial ?? '',
    bus: parts.bus,
    unit: parts.unit,
    register: register.name,
    place: measured.place.id,
    medium: measured.supply.medium,
    in: measured.supply.medium === 'water' ? 'uL' : 'mWh',
    from,
    to: Number.isFinite(to) ? to : null,
    modulus: String(counter?.modulus ?? 0n),
    worth: `${(counter?.num ?? 0n) / 60_000n}/${counter?.den ?? 1n}`,
  };
}

export function quarterLine(building: Building, point: VirtualPoint, at: number): TruthLine {
  const { quantity, count, shown } = building.truth(point, at);
  return {
    kind: 'quarter',
    at,
    point: point.id,
    quantity: String(quantity),
    count: String(count),
    shown: String(shown),
  };
}

/** Rollovers and whatever began an epoch, in (from, to]. */
export function counterLines(building: Building, from: number, to: number): TruthLine[] {
  const lines: TruthLine[] = [];
  for (const point of building.points) {
    if (point.to < from || point.from > to) continue;
    const { epochs } = point.meter;
    for (const [i, epoch] of epochs.entries()) {
      if (epoch.installation !== point.installation && epoch.begins !== 'swap') continue;
      const end = epochs[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      if (epoch.installation === point.installation) {
        const [begin, last] = [Math.max(from, epoch.from), Math.min(to, end - 1)];
        if (last >= begin) lines.push(...rolloverLines(point, epoch, begin, last));
      }
      const line =
        from < epoch.from && epoch.from <= to ? epochLine(building, point, epochs[i - 1], epoch) : undefined;
      if (line) lines.push(line);
    }
  }
  return lines.toSorted((a, b) => timeOf(a) - timeOf(b));
}

export const timeOf = (line: TruthLine): number => ('at' in line ? line.at : 0);

function epochLine(
  building: Building,
  point: VirtualPoint,
  before: Epoch | undefined,
  epoch: Epoch,
): TruthLine | undefined {
  if (!before || epoch.begins === 'installed' || before.installation !== point.installation) return undefined;
  const { meter } = point;
  const next =
    epoch.begins === 'swap'
      ? building.points.find(
          (other) =>
            other.meter === meter && other.index === point.index && other.installation === epoch.installation,
        )
      : undefined;
  return {
    kind: 'counter',
    event: epoch.begins,
    ...(epoch.by === undefined ? {} : { by: epoch.by }),
    at: epoch.from,
    meter: meter.parts.id,
    point: point.id,
    ...(next ? { next: next.id } : {}),
    closing: String(meter.count(point.index, epoch.from, before).count),
    opening: String(meter.count(point.index, epoch.from, epoch).count),
    quantity: String((meter.parts.counters[point.index]?.passed(epoch.from) ?? 0n) / 60_000n),
  };
}

/** Each is found to the millisecond: before it the counter shows its last number, at it 0. */
function rolloverLines(point: VirtualPoint, epoch: Epoch, from: number, to: number): TruthLine[] {
  const { meter, index } = point;
  const lines: TruthLine[] = [];
  const rounds = (ms: number): bigint => meter.count(index, ms, epoch).rounds;
  for (let begun = rounds(from), last = rounds(to), low = from; begun < last; begun += 1n) {
    const at = firstWith((ms) => rounds(ms) > begun, low, to);
    low = at;
    lines.push({
      kind: 'counter',
      event: 'rollover',
      at,
      meter: meter.parts.id,
      point: point.id,
      closing: String(meter.count(index, at - 1, epoch).count),
      opening: String(meter.count(index, at, epoch).count),
      quantity: String((meter.parts.counters[index]?.passed(at) ?? 0n) / 60_000n),
    });
  }
  return lines;
}

/** The first ms in (low, high] at which it holds; it holds at `high` and not at `low`. */
function firstWith(holds: (ms: number) => boolean, low: number, high: number): number {
  let [no, yes] = [low, high];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** Quarter hours in (from, to]. */
export function quartersIn(from: number, to: number): number[] {
  const quarters: number[] = [];
  for (let at = (Math.floor(from / QUARTER_MS) + 1) * QUARTER_MS; at <= to; at += QUARTER_MS)
    quarters.push(at);
  return quarters;
}
