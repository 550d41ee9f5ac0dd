import { z } from 'zod';
import { LIMITS } from './limits.ts';

const EARLIEST = Date.UTC(2020, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** Milliseconds since 1970-01-01T00:00:00Z; anything outside 2020…2099 is a broken clock. */
export const epochMs = z
  .int()
  .min(EARLIEST, 'is before 2020: the clock was not set')
  .max(LATEST - 1, 'is after 2099: the clock is broken')
  .meta({ description: 'UTC, milliseconds since 1970-01-01' });

export const isEpochMs = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= EARLIEST && value < LATEST;

/** Milliseconds of the monotonic clock since the boot began; ten years is no boot. */
const LONGEST_BOOT = 315_576_000_000;
export const monotonicMs = z.int().min(0).max(LONGEST_BOOT);

export const isMonotonicMs = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= LONGEST_BOOT;

export const durationMs = z.int().min(0).max(31_557_600_000);

/** Number of a record within its journal, from 1, never restarting. */
export const sequence = z.int().min(1).max(LIMITS.sequence);

/** Place of a batch in its journal's chain, from 1. */
export const batchNumber = z.int().min(1).max(LIMITS.sequence);

/** How many ms a synchronised clock may be wrong, either way. */
export const uncertainty = z.int().min(0).max(LIMITS.uncertaintyMs);

/** Both ends belong to it. */
const sequenceRange = z.tuple([sequence, sequence]);
export type SequenceRange = z.infer<typeof sequenceRange>;

/** Ascending, apart from each other, each from ≤ to. */
export const sequenceRanges = (max: number) =>
  z
    .array(sequenceRange)
    .max(max)
    .refine(areOrdered, 'ranges must ascend, each from ≤ to, without touching or overlapping');

function areOrdered(ranges: readonly SequenceRange[]): boolean {
  let end = -1;
  for (const [from, to] of ranges) {
    if (from > to || from <= end + 1) return false;
    end = to;
  }
  return true;
}

export const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

/** SHA-256 in lower-case hex. */
export const digest = hex(32).meta({ description: 'SHA-256, lower-case hex' });

/** First 8 bytes of the SHA-256 of the raw Ed25519 public key. */
export const keyId = hex(8).brand<'KeyId'>();
export type KeyId = z.infer<typeof keyId>;

/** Registers as read from the wire, most significant byte of each register first. */
export const rawWords = z.string().regex(/^(?:[0-9a-f]{4}){1,16}$/);

const COUNT = /^(?:0|-?[1-9][0-9]{0,18})$/;
const INT64_MAX = '9223372036854775807';
const INT64_MIN = '9223372036854775808';

/** The meter's own integer. A string, because it may exceed what a JSON number holds exactly. */
export const count = z
  .string()
  .regex(COUNT, 'must be an integer in decimal, without leading zeros or plus sign')
  .refine(fitsInt64, 'does not fit a signed 64-bit integer');

/** `23456/00005ba0`: a count, and the words that it came from where they are known. */
export const countRead = z
  .string()
  .regex(/^(?:0|-?[1-9][0-9]{0,18})(?:\/(?:[0-9a-f]{4}){1,16})?$/, 'must be a count, or <count>/<words>')
  .refine((text) => fitsInt64(text.split('/')[0] ?? ''), 'does not fit a signed 64-bit integer');

export function fitsInt64(text: string): boolean {
  if (text.length < 19) return true;
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  return digits.length < 19 || digits <= (negative ? INT64_MIN : INT64_MAX);
}

/** What a person wrote: well-formed, no control characters (a database would choke on some). */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters or broken surrogates');

/** A machine-readable word. */
export const code = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);

export const version = z.literal(1);

export const rangesOfReceipt = sequenceRanges(LIMITS.rangesPerReceipt);
