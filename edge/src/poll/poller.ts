import type { Clock, Instant } from '../clock.ts';
import type { Bus } from '../wire/bus.ts';
import type { Exchange } from '../wire/fault.ts';
import type { Moment } from '../wire/moment.ts';
import type { Bits, Words } from '../wire/reply.ts';
import type { BusPoll } from './bus-poll.ts';
import type { Next, Outcome, Output } from './exchange.ts';
import type { Now } from './time.ts';

/** What the poller needs of a line. */
export type Line = Pick<Bus, 'request' | 'statistics'>;

export interface PollerOptions {
  readonly line: Line;
  readonly clock: Clock;
  /** UTC at a monotonic millisecond of this boot; undefined while nobody knows. */
  readonly utc: (mono: number) => number | undefined;
  readonly output: (output: Output) => void;
}

type Step = Extract<Next, { kind: 'exchange' }>;

/** Rows to bill on may wait this long for others of their sweep: each commit wears the medium. */
const GATHER_US = 500_000;

/** The event loop of one line around its poll: one request at a time, and what came is handed on while the next runs. */
export class Poller {
  private poll: BusPoll;
  private readonly options: PollerOptions;
  private running: Promise<void> | null = null;
  private abort = new AbortController();
  private wakeUp: (() => void) | null = null;
  private change: (() => void) | null = null;
  private pending: NodeJS.Immediate | null = null;
  private gathered: Output | null = null;
  private gatheredUs = 0;

  constructor(poll: BusPoll, options: PollerOptions) {
    this.poll = poll;
    this.options = options;
  }

  get core(): BusPoll {
    return this.poll;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Ends after the request that is on the wire, at once; all that was read has been handed on then. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.wake();
    await this.running;
    if (this.pending) clearImmediate(this.pending);
    this.pending = null;
    this.changeNow();
    this.handOn(true);
  }

  /** Everything that has been read is handed on now. */
  flush(): void {
    this.handOn(true);
  }

  /** Something changed: another look at what is due. */
  wake(): void {
    this.wakeUp?.();
  }

  /**
   * Another configuration. What is on the wire for the old one is taken first, so that what it leaves behind is whole;
   * `make` is called when nothing is on the way any more.
   */
  replace(make: () => BusPoll): Promise<void> {
    return new Promise((resolve) => {
      this.change = () => {
        this.handOn(true);
        this.poll = make();
        resolve();
      };
      if (this.running) this.wake();
      else this.changeNow();
    });
  }

  private changeNow(): void {
    const { change } = this;
    this.change = null;
    change?.();
  }

  now(): Now {
    const { clock, utc } = this.options;
    const us = Number(clock.monoNs() / 1_000n);
    const mono = Math.floor(us / 1_000);
    const known = utc(mono);
    return {
      us,
      boot: clock.boot,
      offset: known === undefined ? undefined : known - mono,
      wall: clock.wallMs(),
    };
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      this.changeNow();
      const { poll } = this;
      const next = poll.next(this.now());
      if (next.kind === 'idle') {
        this.handOn(false);
        await this.sleep(next.untilUs);
        continue;
      }
      const answer = this.ask(next, signal);
      // The medium is written to while the line is busy, never between two requests.
      this.pending ??= setImmediate(() => {
        this.pending = null;
        this.handOn(false);
      });
      const outcome = await answer;
      if (!outcome) return;
      poll.settle(next, outcome, this.now());
    }
  }

  private async ask(step: Step, signal: AbortSignal): Promise<Outcome | null> {
    const { request, lane, timeoutMs, meter } = step;
    const { gap } = meter;
    const options = { lane, timeoutMs, signal, ...(gap ? { gap } : {}) };
    const exchange: Exchange<Words | Bits> = await this.options.line.request(request, options);
    if (!exchange.ok && exchange.fault === 'cancelled') return null;
    return outcomeOf(exchange, this.options.clock.boot);
  }

  private async sleep(untilUs: number): Promise<void> {
    const waitMs = Math.max(1, Math.ceil((untilUs - this.now().us) / 1_000));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.abort.signal.aborted || this.change) this.wakeUp();
    });
    this.wakeUp = null;
  }

  /** Samples go on at once; rows to bill on together, within half a second. */
  private handOn(all: boolean): void {
    const { us } = this.now();
    const fresh = this.poll.output();
    const gathered = this.gathered;
    if (!gathered) this.gatheredUs = us;
    const output = gathered ? { ...fresh, durable: [...gathered.durable, ...fresh.durable] } : fresh;
    const isDue = all || output.finished.length > 0 || us - this.gatheredUs >= GATHER_US;
    this.gathered = output.durable.length > 0 && !isDue ? output : null;
    const now = this.gathered ? { ...output, durable: [] } : output;
    if (isEmpty(now)) return;
    this.options.output(now);
  }
}

const isEmpty = ({ durable, samples, live, notices, finished }: Output): boolean =>
  durable.length + samples.length + live.length + notices.length + finished.length === 0;

function outcomeOf(exchange: Exchange<Words | Bits>, boot: string): Outcome {
  if (!exchange.ok) {
    const { fault, exception, reason, turnaroundUs } = exchange;
    return { ok: false, fault, exception, reason, turnaroundUs };
  }
  const words = 'words' in exchange ? exchange.words : exchange.bits.map(Number);
  return { ok: true, words, at: readAt(exchange, boot), turnaroundUs: exchange.turnaroundUs };
}

/** The meter put its values together just before it began to answer; converters hand on whole frames much later. */
function readAt(
  { sentAt, doneAt, turnaroundUs }: { sentAt: Moment; doneAt: Moment; turnaroundUs: number },
  boot: string,
): Instant {
  const latestNs = doneAt.ns - sentAt.ns;
  const ns = BigInt(Math.round(turnaroundUs * 1_000));
  const afterNs = ns < latestNs ? ns : latestNs;
  const mono = Number((sentAt.ns + afterNs) / 1_000_000n);
  return { boot, mono, wall: Math.round(sentAt.wallMs + Number(afterNs) / 1e6) };
}
