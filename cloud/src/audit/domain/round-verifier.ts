import { type Head, START } from './chain.ts';
import { type Checkpoint, isGenuine, type TrustedKey } from './checkpoint.ts';
import type { Finding } from './findings.ts';
import { EVERYBODY, type HeadOf, roundDigest } from './round.ts';

export interface RoundStep {
  /** The round as the checkpoint of all organisations. */
  readonly round: Checkpoint;
  /** The checkpoints that stand under it now. */
  readonly heads: readonly HeadOf[];
}

/** Walks the chain of rounds; after a finding it goes on from what stands there. */
export class RoundVerifier {
  readonly #trusted: readonly TrustedKey[];
  #head: Head = START;

  constructor(trusted: readonly TrustedKey[]) {
    this.#trusted = trusted;
  }

  get head(): Head {
    return this.#head;
  }

  take({ round, heads }: RoundStep): Finding[] {
    const { number, digest, signedAt } = round;
    const expected = this.#head.number + 1n;
    const previous = this.#head.digest;
    this.#head = { number, digest };
    if (!isGenuine(round, this.#trusted)) return [{ organisation: EVERYBODY, kind: 'round_forged', number }];
    // Across a gap the previous digest is unknown: the missing round is the finding.
    if (number > expected)
      return [{ organisation: EVERYBODY, kind: 'rounds_missing', from: expected, to: number - 1n }];
    return roundDigest(number, heads, previous, signedAt) === digest
      ? []
      : [{ organisation: EVERYBODY, kind: 'round_tampered', number }];
  }

  /** `named`: the last round that any checkpoint names. */
  end(named: bigint): Finding[] {
    const { number } = this.#head;
    return named > number
      ? [{ organisation: EVERYBODY, kind: 'rounds_missing', from: number + 1n, to: named }]
      : [];
  }
}
