import fc from 'fast-check';
import type { Body } from '../../src/wire/reply.ts';
import { type Request, requestPdu } from '../../src/wire/request.ts';
import { bitsPdu, identityPdu, wordsPdu, writtenPdu } from '../../src/wire/server/index.ts';

const unit = fc.integer({ min: 1, max: 247 });
const address = fc.integer({ min: 0, max: 63_000 });
const word = fc.integer({ min: 0, max: 0xffff });

/** Any request that a meter may be asked. */
export const anyRequest: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ function: fc.constantFrom(1, 2), unit, address, count: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ function: fc.constantFrom(3, 4), unit, address, count: fc.integer({ min: 1, max: 125 }) }),
  fc.record({ function: fc.constant(5 as const), unit, address, on: fc.boolean() }),
  fc.record({ function: fc.constant(6 as const), unit, address, word }),
  fc.record({
    function: fc.constant(15 as const),
    unit,
    address,
    bits: fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }),
  }),
  fc.record({
    function: fc.constant(16 as const),
    unit,
    address,
    words: fc.array(word, { minLength: 1, maxLength: 123 }),
  }),
  fc.record({
    function: fc.constant(43 as const),
    unit,
    level: fc.constantFrom(1, 2, 3, 4),
    object: fc.integer({ min: 0, max: 255 }),
  }),
) as fc.Arbitrary<Request>;

/** A small generator with a seed: the same numbers at every run. */
export function numbers(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** What the meter holds, decided by the seed. */
export function truth(request: Request, seed: number): Body {
  const next = numbers(seed);
  switch (request.function) {
    case 1:
    case 2:
      return { bits: Array.from({ length: request.count }, () => (next() & 1) === 1) };
    case 3:
    case 4:
      return { words: Array.from({ length: request.count }, () => next() & 0xffff) };
    case 43:
      return { objects: objects(seed), conformity: 0x81, next: null };
    default:
      return { written: true };
  }
}

function objects(seed: number): Map<number, Uint8Array> {
  const next = numbers(seed);
  return new Map([0, 1, 2].map((id) => [id, Uint8Array.from({ length: next() % 20 }, () => next() & 0xff)]));
}

export function replyPduOf(request: Request, seed: number): Uint8Array {
  const body = truth(request, seed);
  if ('words' in body && request.function <= 4) return wordsPdu(request.function as 3 | 4, body.words);
  if ('bits' in body) return bitsPdu(request.function as 1 | 2, body.bits);
  if (request.function === 43) return identityPdu(request.level, objects(seed));
  return writtenPdu(requestPdu(request));
}
