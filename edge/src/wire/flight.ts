import type { Fault } from './fault.ts';
import { type Moment, microseconds, type WireClock } from './moment.ts';

/** An exchange that is on the wire. */
export interface Flight<Entry> {
  readonly entry: Entry;
  readonly sentAt: Moment;
  readonly sentUs: number;
  readonly timeoutUs: number;
  /** When the reply must be whole. */
  readonly deadlineUs: number;
  /** When it must have begun; the deadline where characters are not handed on as they come. */
  readonly firstByteUs: number;
  firstByteAt: Moment | null;
  bad: boolean;
  done(): void;
}

/** A timer this late means that the process was busy, and that the reply may be waiting to be read. */
const LAG_US = 3_000;
const LAG_GRACE_MS = 5;

/** Ends a flight when its time is over, but not before bytes that have already arrived were read. */
export function watch(flight: Flight<unknown>, clock: WireClock): () => void {
  let timer: NodeJS.Timeout;
  let graced = false;
  const arm = (atUs: number, now: number) => {
    timer = setTimeout(look, Math.max(1, Math.ceil((atUs - now) / 1000)));
  };
  const due = () => (flight.firstByteAt ? flight.deadlineUs : flight.firstByteUs);
  const look = () => {
    const now = microseconds(clock);
    if (now < due()) return arm(due(), now);
    if (!graced && now - due() > LAG_US) {
      graced = true;
      timer = setTimeout(look, LAG_GRACE_MS);
      return;
    }
    setImmediate(() => setImmediate(flight.done));
  };
  arm(due(), microseconds(clock));
  return () => clearTimeout(timer);
}

const ATTENTIVE_MS = 20;
const ATTENTIVE_SLACK_US = 15_000;
const ATTEMPTS = 50;

/**
 * Waits until the event loop has turned for a while without being held up: what lay unread in the kernel while the
 * process was busy has then been read.
 */
export async function attend(clock: WireClock, stopped: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS && !stopped(); attempt++) {
    const began = microseconds(clock);
    await new Promise((resolve) => setTimeout(resolve, ATTENTIVE_MS));
    await new Promise((resolve) => setImmediate(resolve));
    if (microseconds(clock) - began < 1000 * ATTENTIVE_MS + ATTENTIVE_SLACK_US) return;
  }
}

/** What a fault means, for a person. */
export const REASONS: Partial<Record<Fault, string>> = {
  timeout: 'no reply in time',
  length: 'the reply stopped before its end, or is of another length',
  crc: 'the reply came damaged',
  unit: 'another unit answered',
  function: 'the reply is to another function',
  echo: 'the reply does not repeat what was written, or cannot be told from an echo of the adapter',
  protocol: 'the reply is not Modbus',
};
