import type { CommandId, ProfileRegister, Quality } from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import type { CountAt, Evidence, Mark, Occasion, Pass } from '../entry.ts';
import type { Block } from '../meters/plan.ts';
import { type Reading, readingsOf } from '../meters/readings.ts';
import type { Confirmed, CounterState, CountRead, Reread } from './counter-state.ts';
import type { LiveSample, PollEntry } from './entry.ts';
import type { MeterPoll, Point } from './meter-poll.ts';
import { type Rating, ratingOf } from './plausible-count.ts';

/** What a block is read for: decides what its counts become. */
export type Context =
  | { readonly kind: 'regular' }
  /** A quarter of an hour of a boot that does not know what time it is. */
  | { readonly kind: 'billing' }
  | {
      readonly kind: 'boundary';
      readonly boundary: number;
      readonly occasion: Occasion;
      readonly command?: CommandId | undefined;
      readonly pass: Pass;
      /** The readings before the boundary, by register. */
      readonly brackets: ReadonlyMap<string, CountAt>;
    };

export const REGULAR: Context = { kind: 'regular' };

/** A count that is not believed before it has been read again. */
export interface Suspect {
  readonly state: CounterState;
  readonly point: Point;
  readonly first: CountRead;
  readonly context: Context;
  readonly rereads: Reread[];
}

export interface Taken {
  readonly entries: PollEntry[];
  readonly live: LiveSample[];
  readonly suspects: Suspect[];
  /** Another serial number than before, to be confirmed. */
  serial: string | undefined;
}

export interface Arrived {
  readonly block: Block;
  readonly words: readonly number[];
  readonly at: Instant;
  readonly utc: number | undefined;
}

/** Words that came in → entries for the journal, samples for the eye, and what must be read again first. */
export function take(meter: MeterPoll, { block, words, at, utc }: Arrived, context: Context): Taken {
  const readings = readingsOf(block, words);
  const taken: Taken = { entries: [], live: [], suspects: [], serial: undefined };
  meter.check(block, words);
  meter.stillness.gauges(readings, at.mono);
  for (const reading of readings) {
    const { register } = reading;
    if (register.role === 'gauge') takeGauge(meter, reading, at, taken);
    else if (register.role === 'counter') takeCounter(meter, reading, { at, utc, context }, taken);
    else if (register.role === 'identity') takeIdentity(meter, reading, taken);
    else if (register.role === 'state') takeState(meter, reading, at);
  }
  return taken;
}

/** The same for people who watch: nothing is judged, nothing is kept. */
export function look(meter: MeterPoll, { block, words, at }: Arrived): LiveSample[] {
  return readingsOf(block, words).flatMap(({ register, decoded }) => {
    const point = meter.points.get(register.name);
    if (!point) return [];
    const value =
      decoded.kind === 'gauge' ? decoded.value : decoded.kind === 'counter' ? String(decoded.count) : null;
    meter.latest.set(register.name, { register: register.name, at, value });
    return { point: point.id, unit: register.role === 'gauge' ? register.unit : null, at, value };
  });
}

function takeGauge(meter: MeterPoll, { register, decoded }: Reading, at: Instant, taken: Taken): void {
  const point = meter.points.get(register.name);
  if (register.role !== 'gauge') return;
  const value = decoded.kind === 'gauge' ? decoded.value : null;
  meter.latest.set(register.name, { register: register.name, at, value });
  if (!point) return;
  const mark = value === null ? NO_VALUE : gaugeMark(meter, register, value);
  const entry = {
    kind: 'gauge',
    point: point.id,
    at: meter.unique(point.id, at),
    unit: register.unit,
    value,
  } as const;
  taken.entries.push(mark ? { ...entry, mark } : entry);
  taken.live.push({ point: point.id, unit: register.unit, at, value });
}

const NO_VALUE: Mark = { code: 'no-value' };

function gaugeMark(meter: MeterPoll, register: ProfileRegister, value: number): Mark | undefined {
  const { standing } = meter;
  if (standing === 'swapped') return { code: 'swapped' };
  const limit = gaugeLimit(register, ratingOf(meter.meter, meter.profile));
  if (limit !== undefined && Math.abs(value) > limit)
    return { code: 'range', evidence: { limit: String(limit) } };
  if (meter.stillness.gaugesFrozen) return { code: 'stale' };
  return standing === 'good' ? undefined : { code: standing };
}

const OVER = 1.2;
const MOST_HERTZ = 70;

/** What cannot be, in the unit of the gauge. */
function gaugeLimit(
  register: ProfileRegister,
  { maxPowerW, maxFlowLitresPerHour }: Rating,
): number | undefined {
  if (register.role !== 'gauge') return undefined;
  const scaled = (most: number | undefined) =>
    most === undefined ? undefined : Math.round(most * 1_000 * OVER);
  switch (register.unit) {
    case 'mW':
    case 'mVA':
    case 'mvar':
      return scaled(maxPowerW);
    case 'mL/h':
      return scaled(maxFlowLitresPerHour);
    case '1e-4':
      return 10_000;
    case 'mHz':
      return MOST_HERTZ * 1_000;
    default:
      return undefined;
  }
}

interface CountContext {
  readonly at: Instant;
  readonly utc: number | undefined;
  readonly context: Context;
}

function takeCounter(meter: MeterPoll, reading: Reading, where: CountContext, taken: Taken): void {
  const { register, decoded, raw } = reading;
  const { at, utc, context } = where;
  const count = decoded.kind === 'counter' ? decoded.count : null;
  const value = count === null ? null : String(count);
  meter.latest.set(register.name, { register: register.name, at, value });
  const state = meter.counters.get(register.name);
  const point = meter.points.get(register.name);
  if (!state || !point) return;
  taken.live.push({ point: point.id, unit: null, at, value });
  if (count === null) {
    taken.entries.push(entryOf(meter, point, { at, raw, value: null, context, quality: 'no-value' }));
    return;
  }
  const read: CountRead = { at, utc, count, raw };
  if (state.judge(read).kind !== 'good') {
    taken.suspects.push({ state, point, first: read, context, rereads: [] });
    return;
  }
  const stale = meter.stillness.counter(state.register, count, at.mono);
  state.accept(read);
  meter.swapping?.first.push({ point: point.id, count: String(count), raw, at: at.mono });
  const quality = meter.standing === 'swapped' ? 'swapped' : stale ? 'stale' : meter.standing;
  taken.entries.push(entryOf(meter, point, { at, raw, value, context, quality }));
}

function takeState(meter: MeterPoll, { register, decoded, raw }: Reading, at: Instant): void {
  if (decoded.kind !== 'state') return;
  meter.latest.set(register.name, { register: register.name, at, value: decoded.names.join(' ') || null });
  meter.controls.shows(register.name, raw, at);
}

function takeIdentity(meter: MeterPoll, { register, decoded }: Reading, taken: Taken): void {
  if (register.name !== meter.profile.identity.serial || decoded.kind !== 'identity') return;
  if (meter.serial.read(decoded.text) !== null) taken.serial = decoded.text;
}

interface Counted {
  readonly at: Instant;
  readonly raw: string;
  readonly value: string | null;
  readonly context: Context;
  readonly quality: Quality;
  readonly evidence?: Evidence;
}

/** One count in the form that its occasion asks for. */
function entryOf(meter: MeterPoll, point: Point, counted: Counted): PollEntry {
  const { raw, value, context, quality, evidence } = counted;
  const at = meter.unique(point.id, counted.at);
  const register = `${meter.ref}/${point.register}`;
  if (context.kind === 'boundary' && point.class === 'billing') {
    const { boundary, occasion, command, pass, brackets } = context;
    const bracket = value === null ? null : (brackets.get(point.register) ?? null);
    const rereads = evidence?.rereads?.flatMap((reread) => reread.value ?? []) ?? [];
    const head = { kind: 'boundary', at, boundary, occasion, pass, point: point.id, register } as const;
    const asked = command === undefined ? {} : { command };
    return { ...head, ...asked, raw, value, bracket, quality, rereads };
  }
  const mark = quality === 'good' ? {} : { mark: evidence ? { code: quality, evidence } : { code: quality } };
  if (context.kind === 'billing' && point.class === 'billing') {
    return { kind: 'billing', at, point: point.id, register, raw, value, ...mark };
  }
  return { kind: 'counter', at, point: point.id, value, ...mark };
}

/** What a suspect count becomes once it has been read again. */
export function concluded(meter: MeterPoll, suspect: Suspect): PollEntry[] {
  const { state, point, first, context, rereads } = suspect;
  const result: Confirmed = state.conclude(first, rereads);
  const { evidence } = result;
  const seen = { at: first.at, raw: first.raw, value: String(first.count), evidence };
  if (result.kind !== 'slip') {
    const quality = result.kind === 'confirmed' ? result.code : 'unsteady';
    return [entryOf(meter, point, { ...seen, context, quality })];
  }
  const { at, raw, count } = result.reading;
  const agreed = { at, raw, value: String(count), context, quality: meter.standing };
  // The slip is said, but nobody shall be billed on it: it goes as a reading between boundaries.
  return [
    entryOf(meter, point, { ...seen, context: REGULAR, quality: 'unsteady' }),
    entryOf(
      meter,
      point,
      context.kind === 'regular' ? agreed : { ...agreed, evidence: slipEvidence(suspect) },
    ),
  ];
}

/** A boundary reading says which reads came before it. */
const slipEvidence = ({ first, rereads }: Suspect): Evidence => ({
  rereads: [first, ...rereads.slice(0, -1)].flatMap((read) =>
    read ? { value: String(read.count), raw: read.raw } : [],
  ),
});
