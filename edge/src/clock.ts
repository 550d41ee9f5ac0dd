import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** A moment as it was seen, whatever the wall clock may turn out to have been. */
export interface Instant {
  /** Which boot `mono` belongs to. */
  readonly boot: string;
  /** Whole milliseconds since that boot began; never steps, also counts while the machine sleeps. */
  readonly mono: number;
  /** Milliseconds since 1970 as the wall clock said: for evidence, never for arithmetic. */
  readonly wall: number;
}

/** The only source of time of the gateway, injected everywhere. */
export interface Clock {
  readonly boot: string;
  monoNs(): bigint;
  wallMs(): number;
  now(): Instant;
}

const MILLISECOND = 1_000_000n;

interface Kernel {
  readonly bootId: () => string;
  readonly hrtimeNs: () => bigint;
  readonly wallMs: () => number;
  /** Nanoseconds since boot, sleep included; undefined where the system does not tell. */
  readonly uptimeNs: () => bigint | undefined;
}

const linux: Kernel = {
  bootId: () => read('/proc/sys/kernel/random/boot_id')?.trim() || randomUUID(),
  hrtimeNs: () => process.hrtime.bigint(),
  wallMs: () => Date.now(),
  uptimeNs: () => {
    const seconds = Number(read('/proc/uptime')?.split(' ')[0]);
    return Number.isFinite(seconds) ? BigInt(Math.round(seconds * 1_000)) * MILLISECOND : undefined;
  },
};

/** Below this the two counters differ only by the coarse grain of /proc/uptime. */
const SLEPT_NS = 200n * MILLISECOND;
const LOOK_EVERY_NS = 1_000n * MILLISECOND;

/**
 * hrtime is CLOCK_MONOTONIC: one count for all processes of a boot, so a restarted agent goes on where it was. It
 * stands still while the machine sleeps; what the boot-time counter is ahead of it is added.
 * Where the kernel names no boot (not Linux), each process is a boot of its own.
 */
export function systemClock(kernel: Kernel = linux): Clock {
  const boot = kernel.bootId();
  let slept = 0n;
  let looked = -LOOK_EVERY_NS;
  const monoNs = (): bigint => {
    const raw = kernel.hrtimeNs();
    if (raw - looked >= LOOK_EVERY_NS) {
      looked = raw;
      const uptime = kernel.uptimeNs() ?? 0n;
      // Looked at afterwards: a pause of this process in between must not count as sleep of the machine.
      const behind = uptime - kernel.hrtimeNs();
      if (behind > slept + SLEPT_NS) slept = behind;
    }
    return raw + slept;
  };
  return clockOf(boot, monoNs, kernel.wallMs);
}

function clockOf(boot: string, monoNs: () => bigint, wallMs: () => number): Clock {
  return {
    boot,
    monoNs,
    wallMs,
    now: () => ({ boot, ...together(monoNs, wallMs) }),
  };
}

const AT_ONCE_NS = MILLISECOND;
const TRIES = 5;

/** Both counters at one moment: what lies between the two looks would be an error of every time that is told from it. */
function together(monoNs: () => bigint, wallMs: () => number): Pick<Instant, 'mono' | 'wall'> {
  let best: { readonly tookNs: bigint; readonly mono: number; readonly wall: number } | undefined;
  for (let n = 0; n < TRIES; n += 1) {
    const before = monoNs();
    const wall = wallMs();
    const tookNs = monoNs() - before;
    if (!best || tookNs < best.tookNs) {
      best = { tookNs, mono: Number((before + tookNs / 2n) / MILLISECOND), wall };
    }
    if (tookNs <= AT_ONCE_NS) break;
  }
  return { mono: best?.mono ?? 0, wall: best?.wall ?? 0 };
}

export interface MovableClock extends Clock {
  /** Time passes. */
  advance(ms: number): void;
  /** The wall clock is set: no time passes. */
  setWall(ms: number): void;
  /** Power goes and comes back: another boot, its count from zero; the wall clock may come up anywhere. */
  reboot(boot: string, wall?: number): void;
}

export function movableClock(wall: number, boot = 'boot-1', mono = 1_000): MovableClock {
  let now = { boot, mono, wall };
  return {
    get boot() {
      return now.boot;
    },
    monoNs: () => BigInt(now.mono) * MILLISECOND,
    wallMs: () => now.wall,
    now: () => now,
    advance(ms) {
      if (!(Number.isSafeInteger(ms) && ms >= 0))
        throw new RangeError(`time passes in whole ms, not by ${ms}`);
      now = { boot: now.boot, mono: now.mono + ms, wall: now.wall + ms };
    },
    setWall(ms) {
      now = { ...now, wall: ms };
    },
    reboot(next, at = now.wall) {
      now = { boot: next, mono: 0, wall: at };
    },
  };
}

export type AnchorSource = 'ntp' | 'gnss' | 'rtc' | 'hub' | 'person';

/** Monotonic `mono` was UTC `utc`, ± `uncertainty`, all in ms. */
export interface Anchor {
  readonly mono: number;
  readonly utc: number;
  readonly uncertainty: number;
  readonly source: AnchorSource;
  /** By how much the wall clock had been moved, when it had. */
  readonly step?: number;
}

type AnchorAt = Pick<Anchor, 'mono' | 'utc' | 'uncertainty'>;

/** A crystal that a time source has disciplined, left alone in a cupboard that gets warm: 20 ppm. */
const DRIFT_PPM = 20;

export const utcAt = (anchor: AnchorAt, mono: number): number => anchor.utc + (mono - anchor.mono);

export const uncertaintyAt = (anchor: AnchorAt, mono: number): number =>
  anchor.uncertainty + Math.ceil((Math.abs(mono - anchor.mono) * DRIFT_PPM) / 1_000_000);

/** "The wall clock is right", with a mark that changes each time it is said anew. */
export interface Confirmation {
  readonly source: AnchorSource;
  readonly uncertainty: number;
  readonly mark: string;
}
export type SyncSource = () => Confirmation | undefined;

/** Touched by systemd-timesyncd at every successful exchange; gone after a boot. */
export const timesyncd =
  (file = '/run/systemd/timesync/synchronized'): SyncSource =>
  () => {
    const mark = touched(file);
    return mark === undefined ? undefined : { source: 'ntp', uncertainty: 50, mark };
  };

/** chronyd rewrites its drift file only while it is synchronised; without its socket it does not run. */
export const chrony =
  (socket = '/run/chrony/chronyd.sock', drift = '/var/lib/chrony/drift', since = 0): SyncSource =>
  () => {
    if (!existsSync(socket)) return undefined;
    const mark = touched(drift);
    return mark === undefined || Number(mark) < since ? undefined : { source: 'ntp', uncertainty: 50, mark };
  };

export type ClockEvent =
  | { readonly kind: 'anchored'; readonly anchor: Anchor }
  | { readonly kind: 'stepped'; readonly by: number }
  | { readonly kind: 'disagrees'; readonly by: number; readonly source: AnchorSource };

export interface ClockState {
  readonly synced: boolean;
  readonly uncertainty: number | null;
  readonly source: AnchorSource | 'none';
}

export interface WatchOptions {
  readonly sources: readonly SyncSource[];
  /** The newest anchor of this boot that the journal holds, after a restart of the process. */
  readonly resume?: Anchor | undefined;
  readonly anchorEveryMs?: number;
}

const DISCIPLINED: ReadonlySet<AnchorSource> = new Set(['ntp', 'gnss']);
/** Left alone for half a day, a disciplined clock is off by about this much. */
const DISCIPLINED_FOR_MS = 1_000;
const STEP_MS = 1_000;
const CORRECTION_MS = 250;
const HUB_DISAGREES_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Watches the wall clock against the monotonic one. UTC is what the newest anchor and the monotonic clock say: a
 * wall clock that somebody moves is not believed until its source confirms it anew.
 */
export class ClockWatch {
  private readonly clock: Clock;
  private readonly sources: readonly SyncSource[];
  private readonly every: number;
  private newest: Anchor | undefined;
  private offset: number | undefined;
  private step = 0;
  /** Marks that were there when the clock was moved: they confirm nothing. */
  private distrusted = new Set<string>();
  private marks = new Set<string>();
  private looked = false;

  constructor(clock: Clock, { sources, resume, anchorEveryMs = HOUR_MS }: WatchOptions) {
    this.clock = clock;
    this.sources = sources;
    this.every = anchorEveryMs;
    this.newest = resume;
    this.offset = resume && resume.utc - resume.mono;
  }

  /** To be called about once a second. What it returns belongs in the journal. */
  check(): ClockEvent[] {
    const events: ClockEvent[] = [];
    const { mono, wall } = this.clock.now();
    const offset = wall - mono;
    const moved = this.offset === undefined ? 0 : offset - this.offset;
    const before = this.marks;
    const confirmations = this.sources.flatMap((source) => source() ?? []);
    this.marks = new Set(confirmations.map(({ mark }) => mark));
    if (Math.abs(moved) > STEP_MS) {
      events.push({ kind: 'stepped', by: moved });
      this.step += moved;
      // Before the first look nothing is known: what is already there may be older than the step.
      this.distrusted = this.looked ? before : this.marks;
    }
    this.looked = true;
    this.offset = offset;
    const believed = confirmations.find(({ mark }) => !this.distrusted.has(mark));
    if (believed) this.confirm(believed, events);
    return events;
  }

  /** What the hub says the time is, as of the monotonic instant `mono`. It only stands where nothing better does. */
  hear(utc: number, uncertainty: number, mono: number): ClockEvent[] {
    const { newest } = this;
    const by = newest ? utc - utcAt(newest, mono) : 0;
    const tolerance = HUB_DISAGREES_MS + uncertainty + (newest ? uncertaintyAt(newest, mono) : 0);
    if (newest && Math.abs(by) > tolerance) return [{ kind: 'disagrees', by, source: 'hub' }];
    if (newest && !this.isWorth(uncertainty, newest, mono)) return [];
    return this.anchor({ mono, utc, uncertainty, source: 'hub' });
  }

  /** Every receipt tells the time, and each a little better or worse: only what is learnt from it is a record worth. */
  private isWorth(uncertainty: number, newest: Anchor, mono: number): boolean {
    const known = uncertaintyAt(newest, mono);
    // A source that disciplines the clock is not overruled for being a few ms coarser than a round trip.
    if (DISCIPLINED.has(newest.source) && known < DISCIPLINED_FOR_MS) return false;
    return uncertainty <= known / 2 || (uncertainty < known && mono - newest.mono >= this.every);
  }

  /** Undefined while nobody has said what time it is. */
  utc(mono = this.clock.now().mono): number | undefined {
    return this.newest && utcAt(this.newest, mono);
  }

  state(): ClockState {
    const { newest } = this;
    if (!newest) return { synced: false, uncertainty: null, source: 'none' };
    const uncertainty = uncertaintyAt(newest, this.clock.now().mono);
    return { synced: true, uncertainty, source: newest.source };
  }

  private confirm({ source, uncertainty }: Confirmation, events: ClockEvent[]): void {
    const { mono, wall } = this.clock.now();
    const { newest } = this;
    // A person vouches once, to a second: whoever knows better by now is not overruled.
    if (newest && source === 'person' && uncertaintyAt(newest, mono) <= uncertainty) return;
    const due =
      !newest ||
      (DISCIPLINED.has(source) && !DISCIPLINED.has(newest.source)) ||
      mono - newest.mono >= this.every ||
      Math.abs(wall - utcAt(newest, mono)) > CORRECTION_MS + uncertainty;
    if (due) events.push(...this.anchor({ mono, utc: wall, uncertainty, source }));
  }

  private anchor(anchor: Anchor): ClockEvent[] {
    this.newest = this.step === 0 ? anchor : { ...anchor, step: this.step };
    this.step = 0;
    return [{ kind: 'anchored', anchor: this.newest }];
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function touched(file: string): string | undefined {
  try {
    return String(statSync(file).mtimeMs);
  } catch {
    return undefined;
  }
}
