import type { Duplex } from 'node:stream';
import { crcHolds } from '../crc.ts';
import type { WireClock } from '../moment.ts';
import { rtuFrame } from '../rtu.ts';
import { type Answer, type Handler, type ServerCounts, type ServerTiming, serverCounts } from './answer.ts';
import { PacedLine } from './paced-line.ts';

export interface RtuServerOptions {
  readonly handler: Handler;
  readonly timing: ServerTiming;
  readonly clock: WireClock;
  /** The adapter hears what it sends: the master gets its own request back. */
  readonly echo?: boolean;
  readonly counts?: ServerCounts;
  /** Called when a reply has left. */
  readonly replied?: () => void;
}

/** Silence after which bytes that are no known request are taken as a frame, or thrown away. */
const RESYNC_MS = 10;

/** All the slaves of one line, behind any duplex stream. */
export class RtuServer {
  readonly counts: ServerCounts;
  readonly #stream: Duplex;
  readonly #options: RtuServerOptions;
  readonly #line: PacedLine;
  #buffer = new Uint8Array(0);
  #firstUs = 0;
  #resync: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(stream: Duplex, options: RtuServerOptions) {
    const { clock, timing } = options;
    this.counts = options.counts ?? serverCounts();
    this.#stream = stream;
    this.#options = options;
    this.#line = new PacedLine(clock, timing.characterUs, timing.burst, (bytes) => {
      if (stream.writable) stream.write(bytes);
    });
    stream.on('data', (chunk: Uint8Array) => this.#received(chunk));
    stream.on('error', () => this.close());
    stream.on('close', () => this.close());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#resync) clearTimeout(this.#resync);
    this.#line.close();
    this.#stream.destroy();
  }

  /** Speaks without having been asked. */
  async babble(bytes: Uint8Array): Promise<void> {
    await this.#line.speak(bytes, this.#line.nowUs());
  }

  #received(chunk: Uint8Array): void {
    if (this.#closed) return;
    if (this.#resync) clearTimeout(this.#resync);
    if (this.#buffer.length === 0) this.#firstUs = Math.max(this.#firstUs, this.#line.nowUs());
    const heard = this.#line.hear();
    if (this.#options.echo) this.#stream.write(chunk);
    if (!heard) {
      this.counts.collisions++;
      this.#buffer = new Uint8Array(0);
      return;
    }
    const joined = new Uint8Array(this.#buffer.length + chunk.length);
    joined.set(this.#buffer);
    joined.set(chunk, this.#buffer.length);
    this.#buffer = joined;
    this.#cut();
  }

  #cut(): void {
    for (;;) {
      const length = requestLength(this.#buffer);
      if (length === null || this.#buffer.length < length || !crcHolds(this.#buffer, length)) break;
      this.#take(length);
    }
    if (this.#buffer.length > 0) this.#resync = setTimeout(() => this.#giveUp(), RESYNC_MS);
  }

  /** What is no known request may still be a frame of an unknown function. */
  #giveUp(): void {
    if (crcHolds(this.#buffer)) {
      this.#take(this.#buffer.length);
      return;
    }
    this.counts.damaged++;
    this.#buffer = new Uint8Array(0);
  }

  #take(length: number): void {
    const frame = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    // A stream brings the request at once; the wire would have needed this long.
    const endUs = Math.max(this.#line.nowUs(), this.#firstUs + length * this.#options.timing.characterUs);
    this.#firstUs = endUs;
    this.counts.requests++;
    void this.#answer(frame, endUs);
  }

  async #answer(frame: Uint8Array, endUs: number): Promise<void> {
    const unit = frame[0] ?? 0;
    const answer: Answer = await this.#options.handler(unit, frame.slice(1, -2), null);
    if (answer.kind === 'silence' || unit === 0) return;
    const startUs = endUs + 1000 * (answer.delayMs ?? this.#options.timing.turnaroundMs);
    await this.#line.pause(startUs);
    if (this.#closed) return;
    const bytes = answer.kind === 'raw' ? answer.bytes : rtuFrame(unit, answer.pdu);
    const whole = await this.#line.speak(bytes, startUs);
    if (!whole) this.counts.collisions++;
    this.counts.replies++;
    this.#options.replied?.();
  }
}

/** Bytes of the request at the start, where the function tells; null where more bytes or silence must. */
function requestLength(bytes: Uint8Array): number | null {
  const code = bytes[1];
  if (code === undefined) return null;
  if (code >= 1 && code <= 6) return 8;
  if (code === 43) return 7;
  const data = bytes[6];
  if ((code === 15 || code === 16) && data !== undefined) return 9 + data;
  return null;
}
