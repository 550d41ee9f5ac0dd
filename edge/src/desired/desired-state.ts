import type { BusId, Config, ConfigReport } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import { type Bad, type ConfigMemory, type ConfigStore, digestOf, type Held } from './config-store.ts';
import { type Change, changeBetween, isNothing } from './diff.ts';
import { type JudgeContext, judgeConfig, type Problem, problem } from './judge.ts';
import { type Health, judgeTrial } from './trial.ts';

export type ReportBody = Pick<ConfigReport, 'running' | 'desired' | 'state' | 'problems'>;

/** What the agent does with a configuration. */
export interface DesiredPorts {
  /** Runs it in place of the one before; throws when that cannot be done. */
  readonly apply: (config: Config, change: Change) => Promise<void>;
  readonly health: () => Health;
  readonly report: (report: ReportBody) => void;
  /** Adds what was commissioned here and the hub does not know yet. Null: no configuration has come so far. */
  readonly overlay?: (config: Config | null) => Config | null;
  readonly note?: (line: string) => void;
}

export interface DesiredOptions {
  readonly store: ConfigStore;
  readonly ports: DesiredPorts;
  readonly clock: Pick<Clock, 'now'>;
  readonly context: () => JudgeContext;
}

export type Offered =
  | { readonly is: 'applied' | 'on-trial' | 'same' }
  /** Not newer than what runs: a repeat of an old message. */
  | { readonly is: 'older'; readonly running: number }
  /** Tried before, and given up. */
  | { readonly is: 'known-bad' | 'rejected'; readonly problems: readonly Problem[] };

const STARTS_MAX = 3;
const BAD_MAX = 8;

interface OnTrial {
  readonly held: Held;
  readonly running: Config;
  readonly change: Change;
  readonly before: Health;
  readonly since: number;
}

/**
 * Holds the gateway to what the hub wants: a newer configuration is judged, kept as a candidate, applied and watched;
 * when it breaks what worked, the one before runs again, and the hub hears why.
 */
export class DesiredState {
  private readonly options: DesiredOptions;
  private memory: ConfigMemory;
  private trial: OnTrial | null = null;
  private running: Config | null = null;
  private last: { readonly state: ReportBody['state']; readonly problems: readonly Problem[] } = {
    state: 'applied',
    problems: [],
  };
  private work: Promise<unknown> = Promise.resolve();

  constructor(options: DesiredOptions) {
    this.options = options;
    this.memory = options.store.load();
    const { bad, desired, good } = this.memory;
    const given = bad.findLast(({ version }) => version === desired);
    // The hub still wants it: after a restart it hears again why it does not run.
    if (given && desired > (good?.version ?? 0)) this.last = { state: given.state, problems: given.problems };
  }

  /** Runs what ran before the restart. Null: nothing is configured. */
  start(): Promise<Config | null> {
    return this.alone(async () => {
      const { good, candidate } = this.memory;
      if (candidate && candidate.starts >= STARTS_MAX) {
        const why = problem('', 'agent-fails', `the agent ended ${STARTS_MAX} times while it ran`);
        this.condemn(candidate, 'rolled-back', [why]);
      } else if (candidate) {
        this.save({ candidate: { ...candidate, starts: candidate.starts + 1 } });
        const { starts: _, answered, ...held } = candidate;
        const before: Health = { answering: new Set(answered), failing: new Set<BusId>() };
        // Nothing runs yet, so all of it is new; what changed is judged against what ran before.
        const change = changeBetween(good?.config ?? null, held.config);
        const problems = await this.run(held.config, changeBetween(null, held.config));
        if (problems.length === 0) {
          this.begin(held, change, before);
          return this.running;
        }
        this.condemn(candidate, 'rejected', problems);
      }
      await this.runGood();
      this.tell();
      return this.running;
    });
  }

  get config(): Config | null {
    return this.running;
  }

  report(): ReportBody {
    const { good, candidate, desired } = this.memory;
    const state = this.trial ? 'pending' : this.last.state;
    const running = this.trial ? (candidate?.version ?? 0) : (good?.version ?? 0);
    return { running, desired: Math.max(desired, running), state, problems: [...this.last.problems] };
  }

  /** A configuration whose signature was checked. */
  offer(config: Config): Promise<Offered> {
    return this.alone(async () => {
      const offered = await this.consider(config, digestOf(config));
      this.tell();
      return offered;
    });
  }

  /** To be called about once a second: ends a trial, one way or the other. */
  tend(): Promise<void> {
    if (!this.trial) return Promise.resolve();
    return this.alone(async () => {
      const { trial } = this;
      if (!trial) return;
      const elapsedMs = this.options.clock.now().mono - trial.since;
      const after = this.options.ports.health();
      const { before, change, held } = trial;
      const verdict = judgeTrial({ before, after, change, config: held.config, elapsedMs });
      if (verdict.is === 'wait') return;
      if (verdict.is === 'keep') this.keep(trial);
      else await this.rollBack(trial.held, verdict.problems);
      this.tell();
    });
  }

  /** What was commissioned here has changed: the same version, with other additions. */
  overlayChanged(): Promise<void> {
    return this.alone(async () => {
      const base = this.trial?.held.config ?? this.memory.good?.config ?? null;
      const next = this.overlaid(base);
      if (!next) return;
      const change = changeBetween(this.running, next);
      if (isNothing(change)) return;
      const problems = await this.run(base, change);
      for (const { message } of problems) this.options.ports.note?.(message);
    });
  }

  private async consider(config: Config, digest: string): Promise<Offered> {
    const { good, candidate, bad } = this.memory;
    const runs = candidate ?? good;
    if (runs?.digest === digest) return { is: 'same' };
    const known = bad.find((each) => each.digest === digest);
    if (known) {
      if (!this.trial) this.last = { state: known.state, problems: known.problems };
      return { is: 'known-bad', problems: known.problems };
    }
    if (runs && config.version <= runs.version) return { is: 'older', running: runs.version };
    this.save({ desired: Math.max(this.memory.desired, config.version) });
    const judged = judgeConfig(config, this.options.context());
    if (!judged.ok) {
      this.condemn({ version: config.version, digest }, 'rejected', judged.problems);
      return { is: 'rejected', problems: judged.problems };
    }
    return this.tryOut({ version: config.version, digest, config: judged.config });
  }

  private async tryOut(held: Held): Promise<Offered> {
    // A candidate that a newer one overtakes was never found good: what comes after is compared with what was.
    const before = this.trial ? this.trial.before : this.options.ports.health();
    const base = this.memory.good?.config ?? null;
    this.save({ candidate: { ...held, starts: 1, answered: [...before.answering] } });
    const next = this.overlaid(held.config) ?? held.config;
    const problems = await this.run(held.config, changeBetween(this.running, next));
    if (problems.length > 0) {
      await this.rollBack(held, problems, 'rejected');
      return { is: 'rejected', problems };
    }
    this.begin(held, changeBetween(base, held.config), before);
    return { is: this.trial ? 'on-trial' : 'applied' };
  }

  private begin(held: Held, change: Change, before: Health): void {
    const trial: OnTrial = {
      held,
      running: this.running ?? held.config,
      change,
      before,
      since: this.options.clock.now().mono,
    };
    const nothingToLose = before.answering.size === 0 && !this.memory.good;
    if (nothingToLose || isHarmless(change)) this.keep(trial);
    else {
      this.trial = trial;
      this.last = { state: 'pending', problems: [] };
    }
  }

  private keep({ held }: Pick<OnTrial, 'held'>): void {
    this.save({ good: held, candidate: null });
    this.trial = null;
    this.last = { state: 'applied', problems: [] };
  }

  private async rollBack(
    held: Pick<Held, 'version' | 'digest'>,
    problems: readonly Problem[],
    state: Bad['state'] = 'rolled-back',
  ): Promise<void> {
    this.condemn(held, state, problems);
    await this.runGood();
  }

  /** Written down before anything else is tried: a power cut now must not bring it back. */
  private condemn(
    { version, digest }: Pick<Held, 'version' | 'digest'>,
    state: Bad['state'],
    problems: readonly Problem[],
  ): void {
    const entry: Bad = { version, digest, state, problems: [...problems] };
    const bad = [...this.memory.bad.filter((each) => each.digest !== digest), entry].slice(-BAD_MAX);
    const candidate = this.memory.candidate?.digest === digest ? null : this.memory.candidate;
    this.save({ bad, candidate });
    if (this.trial?.held.digest === digest) this.trial = null;
    this.last = { state, problems: entry.problems };
  }

  private async runGood(): Promise<void> {
    const base = this.memory.good?.config ?? null;
    const next = this.overlaid(base);
    if (!next) return this.idle();
    const problems = await this.run(base, changeBetween(this.running, next));
    if (problems.length > 0) this.last = { ...this.last, problems: [...this.last.problems, ...problems] };
  }

  /** There is nothing to go back to: what was half applied stops. */
  private async idle(): Promise<void> {
    if (!this.running) return;
    const nothing: Config = { ...this.running, buses: [], meters: [] };
    const change = changeBetween(this.running, nothing);
    this.running = null;
    await this.options.ports.apply(nothing, change).catch((error: unknown) => {
      this.options.ports.note?.(error instanceof Error ? error.message : String(error));
    });
  }

  private async run(base: Config | null, change: Change): Promise<readonly Problem[]> {
    const next = this.overlaid(base);
    if (!next) return [];
    // Whatever comes of it, the next difference is taken from here: half applied is not the one before.
    this.running = next;
    try {
      await this.options.ports.apply(next, change);
      return [];
    } catch (error) {
      return [problem('', 'cannot-apply', error instanceof Error ? error.message : String(error))];
    }
  }

  private overlaid(config: Config | null): Config | null {
    const { overlay } = this.options.ports;
    return overlay ? overlay(config) : config;
  }

  private save(change: Partial<ConfigMemory>): void {
    const next = { ...this.memory, ...change };
    this.options.store.save(next);
    this.memory = next;
  }

  private tell(): void {
    this.options.ports.report(this.report());
  }

  /** One thing at a time, in the order in which it was asked for. */
  private alone<T>(task: () => Promise<T>): Promise<T> {
    const done = this.work.then(task);
    this.work = done.catch(() => undefined);
    return done;
  }
}

/** Names, intervals and rules break no reading, nor does less work on a line. */
const isHarmless = ({ buses, meters }: Change): boolean =>
  buses.every(({ is }) => is === 'close') && meters.every(({ is }) => is === 'drop');
