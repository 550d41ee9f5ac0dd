import {
  type Anchor,
  type Clock,
  type ClockEvent,
  type ClockState,
  ClockWatch,
  type SyncSource,
} from '../clock.ts';
import type { Log } from './log.ts';

export interface TimekeeperOptions {
  readonly clock: Clock;
  readonly sources: readonly SyncSource[];
  /** The newest anchor of this boot that the journal holds. */
  readonly resume: Anchor | undefined;
  /** On the medium when it returns true. */
  readonly journal: (anchor: Anchor) => boolean;
  readonly log: Log;
}

const HOUR_MS = 3_600_000;

/** What time it is, as far as somebody has confirmed it; each confirmation is journalled, or tried again. */
export class Timekeeper {
  readonly #watch: ClockWatch;
  readonly #options: TimekeeperOptions;
  #unwritten: Anchor | undefined;
  #disagreedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TimekeeperOptions) {
    const { clock, sources, resume } = options;
    this.#options = options;
    this.#watch = new ClockWatch(clock, { sources, resume });
  }

  /** About once a second. */
  check(): void {
    this.#take(this.#watch.check());
    this.#write();
  }

  hear(utc: number, uncertainty: number, mono: number): void {
    this.#take(this.#watch.hear(utc, uncertainty, mono));
    this.#write();
  }

  utc(mono?: number): number | undefined {
    return this.#watch.utc(mono);
  }

  state(): ClockState {
    return this.#watch.state();
  }

  #take(events: readonly ClockEvent[]): void {
    for (const event of events) {
      if (event.kind === 'anchored') this.#anchored(event.anchor);
      else if (event.kind === 'stepped') {
        this.#options.log('warn', `the wall clock was moved by ${seconds(event.by)} s`);
      } else this.#disagrees(event.by);
    }
  }

  #anchored(anchor: Anchor): void {
    // The newest says all that an older one would have said.
    this.#unwritten = anchor;
    const { utc, uncertainty, source } = anchor;
    const time = new Date(utc).toISOString();
    this.#options.log('info', `the time is ${time} ± ${uncertainty} ms, says ${source}`);
  }

  #disagrees(by: number): void {
    const { clock, log } = this.#options;
    const { mono } = clock.now();
    if (mono - this.#disagreedAt < HOUR_MS) return;
    this.#disagreedAt = mono;
    log('warn', `the hub's clock is ${seconds(by)} s away from ours; ours is confirmed, so it stands`);
  }

  #write(): void {
    if (this.#unwritten && this.#options.journal(this.#unwritten)) this.#unwritten = undefined;
  }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
