import { durationOf } from './calendar.ts';
import { Dice, type Key, mixed, share } from './chance.ts';
import type { AnswerFault } from './fault.schema.ts';

/** One fault of one meter, and when it is there. */
export interface Watched {
  readonly fault: AnswerFault;
  readonly key: Key;
  /** UTC ms; `to` is Infinity where it never ends by the clock. */
  readonly from: number;
  readonly to: number;
  /** Of the first request that it met. */
  met: number | undefined;
  ended: boolean;
}

export function watch(fault: AnswerFault, key: Key, from: number): Watched {
  const to = fault.for === undefined ? Number.POSITIVE_INFINITY : from + durationOf(fault.for);
  return { fault, key, from, to, met: undefined, ended: false };
}

export const isByRequests = ({ fault }: Watched): boolean =>
  fault.afterRequests !== undefined || fault.forRequests !== undefined;

/** Whether its window is open; `request` counts the meter’s requests from 1. */
export function isOpen({ fault, from, to }: Watched, ms: number, request: number): boolean {
  const { afterRequests = 0, forRequests = Number.POSITIVE_INFINITY } = fault;
  return from <= ms && ms < to && afterRequests < request && request <= afterRequests + forRequests;
}

/** Whether it strikes this very request. */
export const strikes = (watched: Watched, ms: number, request: number): boolean =>
  isOpen(watched, ms, request) &&
  (watched.fault.share === undefined || share(watched.key, request) < watched.fault.share);

/** A byte or two of the frame are other than they were sent. */
export function noisy(frame: Uint8Array, key: Key): Uint8Array {
  const dice = new Dice(key);
  const damaged = Uint8Array.from(frame);
  for (let times = dice.whole(1, 3); times > 0; times -= 1) {
    const at = dice.whole(0, frame.length - 1);
    damaged[at] = (damaged[at] ?? 0) ^ dice.whole(1, 255);
  }
  // Two hits on one byte may undo each other.
  if (damaged.every((byte, i) => byte === frame[i])) damaged[0] = (damaged[0] ?? 0) ^ 0x55;
  return damaged;
}

export function shortened(frame: Uint8Array, key: Key): Uint8Array {
  const dice = new Dice(key);
  const at = dice.whole(0, frame.length - 1);
  const count = dice.whole(1, Math.min(3, frame.length - at));
  return Uint8Array.from([...frame.subarray(0, at), ...frame.subarray(at + count)]);
}

export function wrongCrc(frame: Uint8Array, key: Key): Uint8Array {
  const damaged = Uint8Array.from(frame);
  const at = frame.length - 1 - (key & 1);
  damaged[at] = (damaged[at] ?? 0) ^ (1 + (mixed(key) % 255));
  return damaged;
}

/** Two meters speak at once: a low line is stronger than one left high. */
export function collided(first: Uint8Array, second: Uint8Array, behind: number): Uint8Array {
  const both = new Uint8Array(Math.max(first.length, behind + second.length)).fill(0xff);
  both.set(first);
  for (const [i, byte] of second.entries()) both[behind + i] = (both[behind + i] ?? 0xff) & byte;
  return both;
}
