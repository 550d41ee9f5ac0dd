import type { Meter, MeterProfile, ProfileRegister } from '@meterline/contracts';
import { reordered } from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import type { Seen } from '../entry.ts';
import type { ReadCost } from '../meters/cost.ts';
import { checkProbes, checkSetup, type Probe, type ProbeAnswer, probeKey } from '../meters/identify.ts';
import { learnIllegal, learnLegal } from '../meters/learn.ts';
import { type Learnt, learntFrom, nothingLearnt } from '../meters/learnt.ts';
import { type Block, type Plan, planReads } from '../meters/plan.ts';
import type { Fault } from '../wire/fault.ts';
import { Breaker } from './breaker.ts';
import { Controls } from './controls.ts';
import { CounterState } from './counter-state.ts';
import type { SwapEntry } from './entry.ts';
import { type Group, type GroupPlan, groupsOf, type Slot } from './group.ts';
import { counterMemory, fromCounterMemory, type MeterMemory } from './memory.ts';
import { ratingOf } from './plausible-count.ts';
import { Serial } from './serial.ts';
import { Stillness } from './stale.ts';
import { Turnaround } from './turnaround.ts';

export interface LineTiming {
  readonly characterUs: number;
  readonly t35Us: number;
}

export interface MeterSetup {
  readonly meter: Meter;
  readonly profile: MeterProfile;
  readonly line: LineTiming;
  readonly intervals: { readonly gaugeMs: number; readonly counterMs: number };
  readonly slot: Slot;
  readonly startUs: number;
  readonly memory?: MeterMemory | undefined;
}

const IDENTITY_MS = 3_600_000;
const RETRY_MS = 86_400_000;

export type Point = Meter['points'][number];

/** The newest value of a register, for people, relays and the status; never sent again as a reading. */
export interface Latest {
  readonly register: string;
  readonly at: Instant;
  readonly value: number | string | null;
}

interface Swapping {
  readonly before: string;
  readonly after: string;
  readonly last: readonly Seen[];
  readonly first: Seen[];
  readonly sinceUs: number;
}

const RECENT = 5;
const SWAP_PATIENCE_US = 60_000_000;

/** All that polling knows about one meter. */
export class MeterPoll {
  readonly meter: Meter;
  readonly profile: MeterProfile;
  readonly ref: string;
  readonly groups: Group[];
  readonly breaker = new Breaker();
  readonly turnaround: Turnaround;
  readonly points = new Map<string, Point>();
  readonly counters = new Map<string, CounterState>();
  readonly stillness = new Stillness();
  readonly serial: Serial;
  readonly latest = new Map<string, Latest>();
  readonly controls: Controls;
  readonly errors: Partial<Record<Fault, number>> = {};
  /** Points whose register the profile does not have, or not in their class. */
  readonly misfits: readonly string[];
  /** The last boundary for which it was read. */
  swept: number | null;
  /** The last boundary for which a main meter was read first. */
  opened: number | null;
  /** It was left out of the last sweep: it goes ahead in the next one. */
  missed = false;
  swapping: Swapping | undefined;
  lastRead: Instant | null = null;
  /** Why the last exchange failed. */
  problem: string | null = null;
  learnt: Learnt;
  private readonly line: LineTiming;
  private readonly emitted = new Map<string, readonly number[]>();
  private readonly answers = new Map<string, ProbeAnswer>();
  private readonly checks: readonly Probe[];
  private brokenCheck: string | null = null;
  private plans = new Map<string, Plan>();

  constructor({ meter, profile, line, intervals, slot, startUs, memory = {} }: MeterSetup) {
    this.meter = meter;
    this.profile = meter.order ? reordered(profile, meter.order) : profile;
    this.ref = `${profile.id}@${profile.version}`;
    this.checks = checkProbes(this.profile);
    this.line = line;
    this.learnt = learntFrom(memory.learnt, profile);
    this.turnaround = new Turnaround(profile.timing, memory.turnaroundUs);
    this.serial = new Serial(meter.serial, memory.serial, memory.swappedFrom);
    this.swept = memory.swept ?? null;
    this.opened = memory.opened ?? null;
    this.misfits = this.bind(memory);
    this.controls = new Controls(meter, profile);
    this.groups = groupsOf(this.groupPlans(intervals), slot, startUs);
  }

  get unit(): number {
    return this.meter.unit;
  }

  get isMain(): boolean {
    return this.meter.role === 'main';
  }

  get gap(): { minMs: number; scope: 'bus' | 'unit' } | undefined {
    const { gapMs, gapScope = 'bus' } = this.profile.timing ?? {};
    return gapMs === undefined ? undefined : { minMs: gapMs, scope: gapScope };
  }

  /** The profile is doubtful, or a check does not hold, and nobody has taken that on. */
  get unverified(): boolean {
    const acknowledged = (what: 'confidence' | 'check') =>
      this.meter.acknowledged?.some((said) => said.what === what && said.profile === this.ref) ?? false;
    if (this.profile.confidence !== 'high' && !acknowledged('confidence')) return true;
    return this.brokenCheck !== null && !acknowledged('check');
  }

  /** What every reading of this meter carries when there is nothing worse to say. */
  get standing(): 'good' | 'swapped' | 'unverified' {
    if (this.serial.swapped) return 'swapped';
    return this.unverified ? 'unverified' : 'good';
  }

  blocks(registers: readonly ProfileRegister[]): readonly Block[] {
    return this.plan(registers).blocks;
  }

  private plan(registers: readonly ProfileRegister[]): Plan {
    const { profile, learnt } = this;
    return planReads({ profile, registers, cost: this.cost(), learnt });
  }

  /** Of a set that is asked for again and again, under its name. */
  private known(key: string, registers: () => readonly ProfileRegister[]): Plan {
    const known = this.plans.get(key);
    if (known) return known;
    const made = this.plan(registers());
    this.plans.set(key, made);
    return made;
  }

  groupsPlan(groups: readonly Group[]): Plan {
    let key = '';
    for (const group of groups) key += `${this.groups.indexOf(group)}+`;
    return this.known(key, () => groups.flatMap(({ registers }) => registers));
  }

  billingPlan(): Plan {
    return this.known('billing', () => this.billingRegisters());
  }

  billingRegisters(): ProfileRegister[] {
    return this.profile.registers.filter(({ name }) => this.points.get(name)?.class === 'billing');
  }

  /** What a silent meter is asked for: who it is, where it can tell, since it may have been exchanged meanwhile. */
  probe(): Block | undefined {
    const { registers, identity } = this.profile;
    const serial = this.known('serial', () => registers.filter(({ name }) => name === identity.serial));
    const [block] = serial.blocks;
    return (
      block ??
      this.billingPlan().blocks[0] ??
      this.groups.flatMap((group) => this.groupsPlan([group]).blocks)[0]
    );
  }

  /** True when that was not known yet. */
  refuses(block: Block): boolean {
    const plan = this.plan(block.registers.map(({ register }) => register));
    const { learnt } = learnIllegal(plan, block).input;
    if (learnt.failures === this.learnt.failures) return false;
    this.learnt = learnt;
    this.plans.clear();
    return true;
  }

  grants(block: Block): boolean {
    const plan = this.plan(block.registers.map(({ register }) => register));
    const { learnt } = learnLegal(plan, block).input;
    const changed = learnt !== this.learnt;
    this.learnt = learnt;
    if (changed) this.plans.clear();
    return changed;
  }

  /** Optional registers that are left out of the plans, each to be asked for alone. */
  refusedBlocks(): Block[] {
    const { refused } = this.known('all', () => this.groups.flatMap(({ registers }) => registers));
    const learnt = nothingLearnt(this.profile);
    return refused
      .filter(({ required }) => !required)
      .flatMap(
        ({ register }) =>
          planReads({ profile: this.profile, registers: [register], cost: this.cost(), learnt }).blocks,
      );
  }

  timed(us: number): void {
    if (this.turnaround.learn(us)) this.plans.clear();
  }

  failed(fault: Fault): void {
    this.errors[fault] = (this.errors[fault] ?? 0) + 1;
  }

  /** What the checks of the profile need from a block that has been read. */
  check(block: Block, words: readonly number[]): void {
    let isNew = false;
    for (const probe of this.checks) {
      const at = probe.address - block.address;
      if (probe.function !== block.function || at < 0 || at + probe.count > words.length) continue;
      this.answers.set(probeKey(probe), { words: words.slice(at, at + probe.count) });
      isNew = true;
    }
    if (!isNew || !this.checks.every((probe) => this.answers.has(probeKey(probe)))) return;
    const broken = checkSetup(this.profile, this.answers).find(({ holds }) => !holds);
    this.brokenCheck = broken?.text ?? null;
  }

  /** What is wrong for as long as nobody changes something: its set-up, its configuration. */
  get remark(): string | null {
    return this.misfits[0] ?? this.brokenCheck;
  }

  /** Another meter answers here, confirmed: its counts have nothing to do with those before. Says what happened. */
  swap(serial: string, now: { boot: string; us: number }): string {
    const { before, after } = this.serial.change(serial);
    const last = [...this.counters].flatMap(([name, { accepted }]): Seen[] => {
      const point = this.points.get(name);
      // Instants of another boot cannot be told on the clock of this one; the hub has those readings.
      if (!accepted || !point || accepted.boot !== now.boot) return [];
      return [{ point: point.id, count: String(accepted.value), raw: accepted.raw, at: accepted.mono }];
    });
    for (const counter of this.counters.values()) counter.forget();
    this.swapping = { before, after, last, first: [], sinceUs: now.us };
    return `serial number ${before} is now ${after}`;
  }

  /** The event of a swap, once the counts of the new meter are known, or could not be had for a minute. */
  swapEvent(at: Instant, nowUs: number): SwapEntry | undefined {
    const { swapping } = this;
    if (!swapping) return undefined;
    const { before, after, last, first, sinceUs } = swapping;
    if (first.length < this.billingRegisters().length && nowUs - sinceUs < SWAP_PATIENCE_US) return undefined;
    this.swapping = undefined;
    const event = { kind: 'swap', meter: this.meter.id, serial: { before, after }, last, first } as const;
    return { kind: 'event', at, event };
  }

  /** A reading is known by point and time: no two of a point may have the same millisecond. */
  unique(point: string, at: Instant): Instant {
    const recent = this.emitted.get(point) ?? [];
    let { mono } = at;
    while (recent.includes(mono)) mono += 1;
    this.emitted.set(point, [...recent.slice(-RECENT), mono]);
    return mono === at.mono ? at : { ...at, mono };
  }

  memory(): MeterMemory {
    const counters = [...this.counters].map(
      ([name, { accepted, suspicion }]) => [name, counterMemory(accepted, suspicion)] as const,
    );
    return {
      learnt: this.learnt,
      ...this.serial.memory(),
      turnaroundUs: this.turnaround.planUs,
      ...(this.swept === null ? {} : { swept: this.swept }),
      ...(this.opened === null ? {} : { opened: this.opened }),
      counters: Object.fromEntries(counters),
    };
  }

  private cost(): ReadCost {
    const { characterUs, t35Us } = this.line;
    const gapUs = Math.max(t35Us, (this.profile.timing?.gapMs ?? 0) * 1_000);
    return { characterUs, turnaroundUs: this.turnaround.planUs, gapUs };
  }

  private bind(memory: MeterMemory): string[] {
    const misfits: string[] = [];
    const rating = ratingOf(this.meter, this.profile);
    for (const point of this.meter.points) {
      const register = this.profile.registers.find(({ name }) => name === point.register);
      const fits =
        register?.role === 'counter'
          ? point.class !== 'gauge'
          : register?.role === 'gauge' && point.class === 'gauge';
      if (!register || !fits) {
        misfits.push(`${point.register} is no ${point.class} of ${this.ref}`);
        continue;
      }
      this.points.set(register.name, point);
      if (register.role !== 'counter') continue;
      const state = new CounterState(register, rating);
      const kept = fromCounterMemory(memory.counters?.[register.name]);
      state.accepted = kept.accepted;
      state.suspicion = kept.suspicion;
      this.counters.set(register.name, state);
    }
    return misfits;
  }

  private groupPlans(intervals: MeterSetup['intervals']): GroupPlan[] {
    const plans = new Map<
      string,
      { kind: 'gauge' | 'counter'; everyMs: number; registers: ProfileRegister[] }
    >();
    for (const register of this.profile.registers) {
      const point = this.points.get(register.name);
      if (!point && !this.controls.isOf(register.name)) continue;
      const kind = register.role === 'counter' ? 'counter' : 'gauge';
      const everyMs = point?.everyMs ?? (kind === 'gauge' ? intervals.gaugeMs : intervals.counterMs);
      const plan = plans.get(`${kind}/${everyMs}`) ?? { kind, everyMs, registers: [] };
      plan.registers.push(register);
      plans.set(`${kind}/${everyMs}`, plan);
    }
    const identity = this.identityRegisters();
    const found: GroupPlan[] = [...plans.values()];
    if (identity.length > 0) found.push({ kind: 'identity', everyMs: IDENTITY_MS, registers: identity });
    if (found.length > 0) found.push({ kind: 'retry', everyMs: RETRY_MS, registers: [] });
    return found;
  }

  private identityRegisters(): ProfileRegister[] {
    const names = new Set(this.profile.checks?.map(({ register }) => register));
    if (this.profile.identity.serial !== undefined) names.add(this.profile.identity.serial);
    return this.profile.registers.filter(({ name }) => names.has(name));
  }
}
