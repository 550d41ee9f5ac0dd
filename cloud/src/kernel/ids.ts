import { Temporal } from 'temporal-polyfill';
import type { Clock } from './clock.ts';
import { kernelError } from './errors.ts';

export interface Ids {
  /** A UUID version 7 (RFC 9562, 5.7): sorts by time of making, strictly, within this process. */
  next(): string;
}

export type RandomBytes = (length: number) => Uint8Array;

const secureRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** Largest value of the 12 bits that count within one millisecond (RFC 9562, 6.2, method 1). */
const COUNTER_MAX = 0xfff;

/**
 * Strictly increasing even when many ids fall into one millisecond or the wall clock steps back: the time part
 * never goes down, and a counter that runs over borrows the next millisecond.
 */
export function createIds(clock: Clock, random: RandomBytes = secureRandom): Ids {
  let lastMs = -1;
  let counter = 0;
  return {
    next() {
      const now = clock.now().epochMilliseconds;
      const bytes = random(10);
      if (now > lastMs) {
        lastMs = now;
        // The top bit starts clear, which leaves room for 2048 ids in the millisecond.
        counter = (((bytes[8] ?? 0) << 8) | (bytes[9] ?? 0)) & 0x7ff;
      } else if (counter < COUNTER_MAX) {
        counter += 1;
      } else {
        lastMs += 1;
        counter = 0;
      }
      return layOut(lastMs, counter, bytes);
    },
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The millisecond written in a version 7 id. */
export function timeOfId(id: string): Temporal.Instant {
  if (!isUuid(id) || id[14] !== '7') {
    throw kernelError('id_malformed', { message: `"${id.slice(0, 40)}" is not a UUID of version 7` });
  }
  return Temporal.Instant.fromEpochMilliseconds(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

function layOut(ms: number, counter: number, random: Uint8Array): string {
  const time = ms.toString(16).padStart(12, '0');
  const variant = (0x80 | ((random[0] ?? 0) & 0x3f)).toString(16);
  const tail = Array.from(random.subarray(1, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const count = counter.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${tail.slice(0, 2)}-${tail.slice(2)}`;
}
