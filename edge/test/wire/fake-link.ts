import type { Link, LinkEvents, LinkState } from '../../src/wire/link.ts';

/** Says bytes after a time; not at all when the machine would let them come after `latestMs`. */
export type Say = (bytes: Uint8Array, afterMs: number, latestMs?: number) => void;

/** A line in memory whose meters are a function. */
export class FakeLink implements Link {
  readonly name = 'fake';
  readonly framing = 'rtu';
  readonly characterUs = 0;
  readonly streams = true;
  readonly t35Us: number;
  readonly sent: { frame: Uint8Array; us: number }[] = [];
  /** Requests that were sent while a reply to an earlier one was due at once. */
  overlaps = 0;
  state: LinkState = { kind: 'up' };
  #events: LinkEvents | null = null;
  #due = 0;
  readonly #meters: (frame: Uint8Array, say: Say) => void;

  readonly #nowMs: () => number;

  constructor(
    meters: (frame: Uint8Array, say: Say) => void,
    { t35Us = 0, nowMs = () => performance.now() } = {},
  ) {
    this.#meters = meters;
    this.#nowMs = nowMs;
    this.t35Us = t35Us;
  }

  start(events: LinkEvents): void {
    this.#events = events;
    events.changed();
  }

  send(frame: Uint8Array): void {
    if (this.#due > 0) this.overlaps++;
    const sentMs = this.#nowMs();
    this.sent.push({ frame, us: sentMs * 1000 });
    this.#meters(frame, (bytes, afterMs, latestMs = Number.POSITIVE_INFINITY) => {
      this.#due++;
      setTimeout(() => {
        this.#due--;
        if (this.#nowMs() - sentMs < latestMs) this.say(bytes);
      }, afterMs);
    });
  }

  say(bytes: Uint8Array): void {
    this.#events?.bytes(bytes);
  }

  down(reason: string): void {
    this.state = { kind: 'down', reason };
    this.#events?.changed();
  }

  up(): void {
    this.state = { kind: 'up' };
    this.#events?.changed();
  }

  served(): void {}
  doubt(): void {}
  reset(): void {}

  async stop(): Promise<void> {
    this.#events = null;
  }
}
