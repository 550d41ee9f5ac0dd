import { Alarm } from '../alarm.ts';
import { microseconds, type WireClock } from '../moment.ts';

interface Transmission {
  damaged: boolean;
}

const BURST = 8;

/**
 * The half-duplex wire: characters leave at their rate, and two speakers at once damage each other. Where characters take
 * no time there is no wire, and nobody collides.
 */
export class PacedLine {
  readonly #clock: WireClock;
  readonly #characterUs: number;
  readonly #burst: number;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #speaking = new Set<Transmission>();
  readonly #pauses = new Set<Alarm>();
  #closed = false;

  constructor(
    clock: WireClock,
    characterUs: number,
    burst: number | undefined,
    write: (bytes: Uint8Array) => void,
  ) {
    this.#clock = clock;
    this.#characterUs = characterUs;
    this.#burst = burst ?? BURST;
    this.#write = write;
  }

  /** Somebody speaks; false when somebody else did already, so that neither is understood. */
  hear(): boolean {
    if (this.#characterUs === 0) return true;
    for (const other of this.#speaking) other.damaged = true;
    return this.#speaking.size === 0;
  }

  async pause(untilUs: number): Promise<void> {
    const alarm = new Alarm(this.#clock);
    this.#pauses.add(alarm);
    await alarm.until(untilUs, true);
    this.#pauses.delete(alarm);
  }

  /** Sends from `startUs` on; true when all of it was heard as it was sent. */
  async speak(bytes: Uint8Array, startUs: number): Promise<boolean> {
    const mine: Transmission = { damaged: !this.hear() };
    this.#speaking.add(mine);
    for (let sent = 0; sent < bytes.length && !this.#closed; ) {
      const upTo = this.#characterUs === 0 ? bytes.length : Math.min(bytes.length, sent + this.#burst);
      await this.pause(startUs + upTo * this.#characterUs);
      const part = bytes.slice(sent, upTo);
      if (mine.damaged) for (let i = 0; i < part.length; i++) part[i] = (part[i] ?? 0) ^ (0x5a + i);
      if (!this.#closed) this.#write(part);
      sent = upTo;
    }
    this.#speaking.delete(mine);
    return !mine.damaged;
  }

  nowUs(): number {
    return microseconds(this.#clock);
  }

  close(): void {
    this.#closed = true;
    for (const alarm of this.#pauses) alarm.ring();
  }
}
