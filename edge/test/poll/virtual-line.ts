import type { GaugeUnit, Meter, MeterId, MeterProfile, PointId, ProfileRegister } from '@meterline/contracts';
import { encode, meterProfileSchema, wordsOf } from '@meterline/contracts';
import type { BoundaryEntry } from '../../src/entry.ts';
import { BusPoll } from '../../src/poll/bus-poll.ts';
import type { LiveSample, PollEntry } from '../../src/poll/entry.ts';
import type { Outcome, Step } from '../../src/poll/exchange.ts';
import type { MeterMemory } from '../../src/poll/memory.ts';
import { MeterPoll } from '../../src/poll/meter-poll.ts';
import { ALONE } from '../../src/poll/neighbours.ts';
import type { Notice } from '../../src/poll/notice.ts';
import type { Now } from '../../src/poll/time.ts';
import type { Fault } from '../../src/wire/fault.ts';
import { characterUs, exchangeUs, t35Us } from '../../src/wire/timing.ts';

const LINE_9600 = { baud: 9600, parity: 'none', stop: 1 } as const;
const TIMING = { characterUs: characterUs(LINE_9600), t35Us: t35Us(LINE_9600) };
const BOOT = 'boot-1';
/** A quarter of an hour, less 100 seconds. */
export const START_UTC = Date.UTC(2026, 0, 31, 16, 43, 20);
export const SECOND = 1_000_000;

const id = (kind: number, n: number): string =>
  `019c0fd8-ea80-7${kind.toString(16).padStart(3, '0')}-8000-${n.toString(16).padStart(12, '0')}`;
export const meterId = (n: number) => id(1, n) as MeterId;
export const pointId = (n: number, k: number) => id(2, n * 64 + k) as PointId;

/** A meter of a few gauges and two counters, one of them billed on, that can be read in one or two requests. */
export function profileOf(change: Partial<Record<string, unknown>> = {}): MeterProfile {
  return meterProfileSchema.parse({
    format: 1,
    id: 'virtual',
    version: 1,
    vendor: 'Virtual',
    models: ['V1'],
    medium: 'electricity',
    phases: 1,
    line: { baud: [9600], parity: ['none'], stop: [1], unit: 1, certain: true },
    limits: { registers: 60 },
    rating: { maxPowerW: 20_000 },
    identity: { probes: [{ register: 'voltage', between: [80_000, 300_000] }] },
    registers: [
      gauge('voltage', 0, 'mV'),
      gauge('current', 2, 'mA'),
      gauge('power', 4, 'mW'),
      gauge('frequency', 6, 'mHz'),
      counter('energy_import_total', 20, { billing: true, modulus: '4294967296' }),
      counter('energy_export_total', 22),
    ],
    confidence: 'high',
    verify: ['the display'],
    sources: ['made up'],
    ...change,
  });
}

export const gauge = (name: string, address: number, unit: GaugeUnit, rest: object = {}) => ({
  ...{ name, role: 'gauge', function: 3, address, type: 'uint32', scale: '1', unit },
  ...rest,
});
export const counter = (name: string, address: number, rest: object = {}) => ({
  ...{ name, role: 'counter', function: 3, address, type: 'uint32', scale: '1', unit: 'Wh', worth: '1' },
  ...rest,
});

export interface VirtualMeter {
  readonly unit: number;
  turnaroundUs: number;
  /** Watts; the counter follows. */
  watts: number;
  offsetWh: number;
  serial?: string | undefined;
  /** What its relay says. */
  state?: number;
  /** What is answered instead. */
  fault?: ((us: number, step: Step) => Fault | number | undefined) | undefined;
  /** What a counter reads instead. */
  count?: ((us: number, name: string, truth: bigint) => bigint) | undefined;
}

export interface MadeMeter {
  readonly poll: MeterPoll;
  readonly real: VirtualMeter;
}

export interface MeterOptions {
  readonly profile?: MeterProfile;
  readonly config?: Partial<Meter>;
  readonly of?: number;
  readonly memory?: MeterMemory | undefined;
  readonly gaugeMs?: number;
  readonly counterMs?: number;
  readonly startUs?: number;
}

/** Meter number n, in unit n, with every counter and gauge as a point. */
export function makeMeter(n: number, options: MeterOptions = {}): MadeMeter {
  const profile = options.profile ?? profileOf();
  const points = profile.registers
    .filter(({ role }) => role === 'gauge' || role === 'counter')
    .map((register, k) => ({
      id: pointId(n, k),
      register: register.name,
      class: register.role === 'gauge' ? 'gauge' : isBilled(register) ? 'billing' : 'counter',
    }));
  const meter = {
    id: meterId(n),
    bus: id(3, 1),
    unit: n,
    profile: `${profile.id}@${profile.version}`,
    serial: null,
    role: 'sub',
    label: `Room ${n}`,
    points,
    ...options.config,
  } as unknown as Meter;
  const poll = new MeterPoll({
    meter,
    profile,
    line: TIMING,
    intervals: { gaugeMs: options.gaugeMs ?? 60_000, counterMs: options.counterMs ?? 300_000 },
    slot: { index: n - 1, of: options.of ?? 1 },
    startUs: options.startUs ?? START_US,
    memory: options.memory,
  });
  return { poll, real: { unit: n, turnaroundUs: 20_000, watts: 500 + 37 * n, offsetWh: 10_000 * n } };
}

const isBilled = (register: ProfileRegister): boolean =>
  register.role === 'counter' && register.billing === true;

export const START_US = 10 * SECOND;

export interface Exchanged {
  readonly unit: number;
  readonly kind: Step['purpose']['kind'];
  readonly fromUs: number;
  readonly tookUs: number;
  readonly ok: boolean;
}

/** One line with its meters, where time passes as the wire would take it. */
export class VirtualLine {
  us: number;
  offset: number | undefined;
  readonly boot: string;
  readonly poll: BusPoll;
  readonly meters: Map<number, VirtualMeter>;
  readonly entries: PollEntry[] = [];
  readonly live: LiveSample[] = [];
  readonly notices: Notice[] = [];
  readonly finished: (number | null)[] = [];
  readonly log: Exchanged[] = [];
  /** Whether every exchange is kept for the test to look at. */
  keepLog = true;
  onEntry: ((entry: PollEntry) => void) | undefined;
  portDown = false;
  /** Gauges that never move. */
  still = false;
  idleUs = 0;

  constructor(
    made: readonly MadeMeter[],
    { us = START_US, boot = BOOT, synced = true, neighbours = ALONE } = {},
  ) {
    this.us = us;
    this.boot = boot;
    this.offset = synced ? START_UTC - us / 1000 : undefined;
    this.meters = new Map(made.map(({ real }) => [real.unit, real]));
    this.poll = new BusPoll(
      made.map(({ poll }) => poll),
      this.now(),
      neighbours,
    );
  }

  now(): Now {
    return {
      us: this.us,
      boot: this.boot,
      offset: this.offset,
      wall: Math.floor(START_UTC + this.us / 1000),
    };
  }

  get utc(): number {
    return this.us / 1000 + (this.offset ?? 0);
  }

  /** Until so many seconds have passed. */
  run(seconds: number): this {
    const untilUs = this.us + seconds * SECOND;
    while (this.us < untilUs) {
      const next = this.poll.next(this.now());
      if (next.kind === 'idle') {
        const toUs = Math.min(untilUs, next.untilUs);
        this.idleUs += toUs - this.us;
        this.us = toUs;
      } else {
        this.exchange(next);
      }
      this.collect();
    }
    return this;
  }

  /** Makes one exchange; for tests that must act between two. */
  exchange(step: Step): void {
    const fromUs = this.us;
    const outcome = this.answer(step);
    const { unit } = step.request;
    if (this.keepLog)
      this.log.push({ unit, kind: step.purpose.kind, fromUs, tookUs: this.us - fromUs, ok: outcome.ok });
    this.poll.settle(step, outcome, this.now());
  }

  private collect(): void {
    const { durable, samples, live, notices, finished } = this.poll.output();
    for (const entry of [...durable, ...samples]) {
      if (this.onEntry) this.onEntry(entry);
      else this.entries.push(entry);
    }
    this.live.push(...live);
    this.notices.push(...notices);
    this.finished.push(...finished.map(({ boundary }) => boundary));
  }

  private answer(step: Step): Outcome {
    const meter = this.meters.get(step.request.unit);
    if (this.portDown) return this.fail(step, 'port', 0);
    const fault = meter ? meter.fault?.(this.us, step) : 'timeout';
    if (!meter || fault === 'timeout') {
      return this.fail(step, 'timeout', 8 * TIMING.characterUs + step.timeoutMs * 1000);
    }
    if (typeof fault === 'string') return this.fail(step, fault, step.block.us);
    const took = (bytes: number) =>
      exchangeUs({
        characterUs: TIMING.characterUs,
        requestBytes: 8,
        replyBytes: bytes,
        turnaroundUs: meter.turnaroundUs,
        gapUs: TIMING.t35Us,
      });
    if (typeof fault === 'number') {
      this.us += Math.round(took(5));
      const reason = `exception ${fault}`;
      return { ok: false, fault: 'exception', exception: fault, reason, turnaroundUs: meter.turnaroundUs };
    }
    const readUs = this.us + Math.round(8 * TIMING.characterUs + meter.turnaroundUs);
    const words = this.words(step, meter, readUs);
    this.us += Math.round(took(5 + 2 * step.block.count));
    const mono = Math.floor(readUs / 1000);
    const at = { boot: this.boot, mono, wall: Math.floor(START_UTC + mono) };
    return { ok: true, words, at, turnaroundUs: meter.turnaroundUs };
  }

  private fail(step: Step, fault: Fault, us: number): Outcome {
    this.us += Math.round(us);
    return {
      ok: false,
      fault,
      exception: null,
      reason: `${fault} of ${step.request.unit}`,
      turnaroundUs: null,
    };
  }

  private words({ block, meter: { profile } }: Step, meter: VirtualMeter, us: number): number[] {
    const words = new Array<number>(block.count).fill(0);
    for (const register of profile.registers) {
      const at = register.address - block.address;
      if (register.function !== block.function || at < 0 || at + wordsOf(register) > words.length) continue;
      const value = encode(
        register,
        valueAt(register, meter, this.still && register.role === 'gauge' ? 0 : us),
      );
      for (const [k, word] of value.entries()) words[at + k] = word;
    }
    return words;
  }
}

export const truthWh = (meter: VirtualMeter, us: number): bigint =>
  BigInt(Math.floor(meter.offsetWh + (meter.watts * us) / 3.6e9));

function valueAt(register: ProfileRegister, meter: VirtualMeter, us: number) {
  if (register.role === 'counter') {
    const truth = register.billing ? truthWh(meter, us) : 5n;
    return { kind: 'counter', count: meter.count?.(us, register.name, truth) ?? truth } as const;
  }
  if (register.role === 'identity') return { kind: 'identity', text: meter.serial ?? '1001' } as const;
  if (register.role === 'gauge') {
    const noise = Math.floor(us / SECOND) % 50;
    const values: Record<string, number> = {
      voltage: 230_000 + noise,
      current: Math.round((meter.watts * 1000) / 230) + noise,
      power: meter.watts * 1000,
      frequency: 50_000 + (noise % 7),
    };
    return { kind: 'gauge', value: values[register.name] ?? 1_000 } as const;
  }
  if (register.role === 'state') return { kind: 'state', names: [], word: meter.state ?? 0 } as const;
  return { kind: 'setting', text: '1', whole: 1n } as const;
}

export const boundaries = (line: VirtualLine): BoundaryEntry[] =>
  line.entries.filter((entry): entry is BoundaryEntry => entry.kind === 'boundary');
