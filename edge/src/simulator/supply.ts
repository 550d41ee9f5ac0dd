import { type Calendar, DAY_MINUTES, dayOf, dayStart, MINUTE_MS } from './calendar.ts';
import {
  accumulate,
  addContribution,
  type Channel,
  type Curve,
  channelIndex,
  channelsOf,
  contribution,
  GRAINS,
  type Medium,
} from './flow.ts';
import { type Off, united } from './offs.ts';
import type { Place, PlaceTree } from './places.ts';

interface DayOfPlaces {
  readonly day: number;
  /** By place and channel. */
  readonly curves: ReadonlyMap<string, readonly Curve[]>;
}

const KEPT_DAYS = 3;
const KEPT_MINUTES = 64;

/**
 * What has flowed through every place of one medium, exactly, at any time. A day is drawn once, minute by minute, in
 * whole numbers; everything else is sums. Switched-off times are taken out of the sums afterwards.
 */
export class Supply {
  readonly medium: Medium;
  readonly #tree: PlaceTree;
  readonly #calendar: Calendar;
  readonly #since: number;
  readonly #firstDay: number;
  readonly #days: DayOfPlaces[] = [];
  /** Whole days since the first, by place and channel: what had flowed when the day began. */
  readonly #before = new Map<string, number[][]>();
  #daysSummed = 0;
  readonly #offs = new Map<string, Map<string, Off[]>>();
  readonly #minutes = new Map<string, Float64Array>();
  readonly #removedDays = new Map<string, number>();
  readonly #origin = new Map<string, bigint[]>();

  constructor(medium: Medium, tree: PlaceTree, calendar: Calendar, since: number) {
    this.medium = medium;
    this.#tree = tree;
    this.#calendar = calendar;
    this.#since = since;
    this.#firstDay = dayOf(calendar, since);
    for (const place of tree.places) {
      this.#before.set(
        place.id,
        channelsOf(place, medium).map(() => [0]),
      );
    }
    for (const place of tree.places) {
      const channels = channelsOf(place, medium);
      this.#origin.set(
        place.id,
        channels.map((channel) => this.#drawn(place, channel, since)),
      );
    }
  }

  /** Grains that have passed since the building began. Times before count as then. */
  quantity(place: Place, channel: Channel, ms: number): bigint {
    const at = Math.max(ms, this.#since);
    const index = channelIndex(place, this.medium, channel);
    if (index === undefined) return 0n;
    const origin = this.#origin.get(place.id)?.[index] ?? 0n;
    return this.#drawn(place, channel, at) - origin - this.#removed(place, channel, at);
  }

  /** mWh or µL a minute, now. */
  rate(place: Place, channel: Channel, ms: number): number {
    const index = channelIndex(place, this.medium, channel);
    if (index === undefined || ms < this.#since) return 0;
    const { day, minute } = this.#placeInDay(ms);
    const curve = this.#day(day).curves.get(place.id)?.[index];
    let rate = (curve?.[minute + 1] ?? 0) - (curve?.[minute] ?? 0);
    for (const leaf of this.#interrupted(place)) {
      if (!this.offsOf(leaf).some(({ from, to }) => from <= ms && ms < to)) continue;
      rate -= contribution(this.medium, leaf, place, channel, this.#minutesOf(leaf, day)[minute] ?? 0);
    }
    return rate;
  }

  /** The losses of a group alone: its standing loss, and its share of the load of everything below. */
  losses(group: Place, ms: number): bigint {
    const below = this.#tree.childrenOf(group.id);
    return below.reduce((rest, child) => rest - this.quantity(child, 0, ms), this.quantity(group, 0, ms));
  }

  /** Opened or closed by the breaker or valve `by`. Returns whether that changed anything. */
  switch(place: Place, by: string, ms: number, isOn: boolean): boolean {
    const ofPlace = this.#offs.get(place.id) ?? new Map<string, Off[]>();
    this.#offs.set(place.id, ofPlace);
    const offs = ofPlace.get(by) ?? [];
    ofPlace.set(by, offs);
    const last = offs.at(-1);
    const isOff = last !== undefined && last.to === Number.POSITIVE_INFINITY;
    if (isOff !== isOn) return false;
    if (isOn && last) last.to = ms;
    else offs.push({ from: ms, to: Number.POSITIVE_INFINITY });
    return true;
  }

  /** When a leaf had no supply, by whichever switch above it: in order, apart from each other. */
  offsOf(leaf: Place): readonly Off[] {
    const all: Off[] = [];
    for (let at: Place | undefined = leaf; at; at = at.parent) {
      for (const offs of this.#offs.get(at.id)?.values() ?? []) all.push(...offs);
    }
    return united(all);
  }

  #interrupted(place: Place): Place[] {
    if (this.#offs.size === 0) return [];
    return this.#tree.leavesOf(place.id).filter((leaf) => {
      for (let at: Place | undefined = leaf; at; at = at.parent) if (this.#offs.has(at.id)) return true;
      return false;
    });
  }

  #drawn(place: Place, channel: Channel, ms: number): bigint {
    const index = channelIndex(place, this.medium, channel);
    if (index === undefined) return 0n;
    const { day, minute, into } = this.#placeInDay(ms);
    const curve = this.#day(day).curves.get(place.id)?.[index];
    const before = this.#before.get(place.id)?.[index]?.[day - this.#firstDay] ?? 0;
    const begun = curve?.[minute] ?? 0;
    const rate = (curve?.[minute + 1] ?? 0) - begun;
    return BigInt(before + begun) * GRAINS + BigInt(rate * into);
  }

  #placeInDay(ms: number): { day: number; minute: number; into: number } {
    const day = dayOf(this.#calendar, ms);
    const inDay = ms - dayStart(this.#calendar, day);
    const minute = Math.floor(inDay / MINUTE_MS);
    return { day, minute, into: inDay - minute * MINUTE_MS };
  }

  #day(day: number): DayOfPlaces {
    const known = this.#days.find((kept) => kept.day === day);
    if (known) return known;
    for (let next = this.#firstDay + this.#daysSummed; next <= day; next += 1)
      this.#keep(this.#draw(next), true);
    const drawn = this.#days.find((kept) => kept.day === day);
    if (drawn) return drawn;
    const again = this.#draw(day);
    this.#keep(again, false);
    return again;
  }

  #keep(drawn: DayOfPlaces, isNew: boolean): void {
    this.#days.unshift(drawn);
    if (this.#days.length > KEPT_DAYS) this.#days.pop();
    if (!isNew) return;
    this.#daysSummed += 1;
    for (const [id, curves] of drawn.curves) {
      for (const [index, sums] of (this.#before.get(id) ?? []).entries()) {
        sums.push((sums.at(-1) ?? 0) + (curves[index]?.[DAY_MINUTES] ?? 0));
      }
    }
  }

  #draw(day: number): DayOfPlaces {
    const curves = new Map<string, Curve[]>();
    for (const place of this.#tree.places) {
      curves.set(
        place.id,
        channelsOf(place, this.medium).map(() => new Float64Array(DAY_MINUTES + 1)),
      );
    }
    for (const leaf of this.#tree.leaves) {
      const minutes = leaf.minutes(this.medium, day);
      for (let at: Place | undefined = leaf; at; at = at.parent) {
        const into = curves.get(at.id) ?? [];
        for (const [index, channel] of channelsOf(at, this.medium).entries()) {
          const curve = into[index];
          if (curve) addContribution(this.medium, curve, leaf, at, channel, minutes);
        }
      }
    }
    for (const ofPlace of curves.values()) for (const curve of ofPlace) accumulate(curve);
    return { day, curves };
  }

  #minutesOf(leaf: Place, day: number): Float64Array {
    const key = `${leaf.id} ${day}`;
    const known = this.#minutes.get(key);
    if (known) return known;
    if (this.#minutes.size >= KEPT_MINUTES) this.#minutes.clear();
    const minutes = leaf.minutes(this.medium, day);
    this.#minutes.set(key, minutes);
    return minutes;
  }

  #removed(place: Place, channel: Channel, ms: number): bigint {
    let removed = 0n;
    for (const leaf of this.#interrupted(place)) {
      for (const { from, to } of this.offsOf(leaf)) {
        const [begin, end] = [Math.max(from, this.#since), Math.min(to, ms)];
        if (end > begin) removed += this.#flowBetween(leaf, place, channel, begin, end);
      }
    }
    return removed;
  }

  #flowBetween(leaf: Place, place: Place, channel: Channel, from: number, to: number): bigint {
    let flow = 0n;
    for (let at = from; at < to; ) {
      const day = dayOf(this.#calendar, at);
      const begin = dayStart(this.#calendar, day);
      const end = Math.min(to, begin + DAY_MINUTES * MINUTE_MS);
      flow +=
        at === begin && end === begin + DAY_MINUTES * MINUTE_MS
          ? BigInt(this.#wholeDay(leaf, place, channel, day)) * GRAINS
          : this.#partOfDay(leaf, place, channel, day, at - begin, end - begin);
      at = end;
    }
    return flow;
  }

  #wholeDay(leaf: Place, place: Place, channel: Channel, day: number): number {
    const key = `${leaf.id} ${place.id} ${channel} ${day}`;
    const known = this.#removedDays.get(key);
    if (known !== undefined) return known;
    let sum = 0;
    for (const rate of this.#minutesOf(leaf, day))
      sum += contribution(this.medium, leaf, place, channel, rate);
    this.#removedDays.set(key, sum);
    return sum;
  }

  #partOfDay(leaf: Place, place: Place, channel: Channel, day: number, from: number, to: number): bigint {
    const minutes = this.#minutesOf(leaf, day);
    let whole = 0;
    let grains = 0;
    for (let minute = Math.floor(from / MINUTE_MS); minute * MINUTE_MS < to; minute += 1) {
      const rate = contribution(this.medium, leaf, place, channel, minutes[minute] ?? 0);
      const [begin, end] = [minute * MINUTE_MS, (minute + 1) * MINUTE_MS];
      if (begin >= from && end <= to) whole += rate;
      else grains += rate * (Math.min(end, to) - Math.max(begin, from));
    }
    return BigInt(whole) * GRAINS + BigInt(grains);
  }
}
