import { type Decoded, decode, type ProfileRegister, rawOf, wordsOf } from '@meterline/contracts';
import type { Block } from './plan.ts';

export interface Reading {
  readonly register: ProfileRegister;
  readonly decoded: Decoded;
  /** The words as they came from the wire. */
  readonly raw: string;
}

/** Values of a block from the words of its reply; coils and inputs are words of 0 and 1. */
export function readingsOf(block: Block, words: readonly number[]): Reading[] {
  if (words.length !== block.count) {
    throw new RangeError(`${words.length} words for a block of ${block.count}`);
  }
  return block.registers.map(({ register, at }) => ({
    register,
    decoded: decode(register, words, at),
    raw: rawOf(words, at, wordsOf(register)),
  }));
}
