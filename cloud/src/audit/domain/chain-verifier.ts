import { type Head, type Seal, START, sealDigest } from './chain.ts';
import { type Checkpoint, isGenuine, type TrustedKey } from './checkpoint.ts';
import type { Finding } from './findings.ts';

export interface Step {
  readonly seal: Seal;
  /** Digest of the entry as it stands now; `null` if it is gone. */
  readonly entryDigest: string | null;
  /** Of the entry, which must be that of the chain. */
  readonly entryOrganisation: string | null;
  readonly checkpoint: Checkpoint | null;
}

/**
 * Walks one organisation's chain, seal by seal in the order of their numbers, and remembers only the last one.
 * After a finding it goes on from what stands there, so that one change is one finding and not a flood.
 */
export class ChainVerifier {
  readonly organisation: string;
  readonly #trusted: readonly TrustedKey[];
  #head: Head = START;
  #signed = 0n;

  constructor(organisation: string, trusted: readonly TrustedKey[]) {
    this.organisation = organisation;
    this.#trusted = trusted;
  }

  get head(): Head {
    return this.#head;
  }

  take({ seal, entryDigest, entryOrganisation, checkpoint }: Step): Finding[] {
    const { organisation } = this;
    const at = { organisation, number: seal.number, entry: seal.entryId };
    const findings: Finding[] = [];
    const expected = this.#head.number + 1n;
    const gap = seal.number > expected;
    if (gap) findings.push({ organisation, kind: 'seals_missing', from: expected, to: seal.number - 1n });
    // Across a gap the previous digest is unknown: the missing seal is the finding.
    if (!gap && sealDigest(seal, this.#head.digest) !== seal.digest)
      findings.push({ kind: 'seal_tampered', ...at });
    if (entryDigest === null) findings.push({ kind: 'entry_removed', ...at });
    else if (entryDigest !== seal.entryDigest) findings.push({ kind: 'entry_tampered', ...at });
    else if (entryOrganisation !== organisation) findings.push({ kind: 'entry_in_foreign_chain', ...at });
    this.#head = { number: seal.number, digest: seal.digest };
    return checkpoint ? [...findings, ...this.#takeCheckpoint(checkpoint)] : findings;
  }

  #takeCheckpoint(checkpoint: Checkpoint): Finding[] {
    const at = { organisation: this.organisation, number: checkpoint.number };
    if (!isGenuine(checkpoint, this.#trusted)) return [{ kind: 'checkpoint_forged', ...at }];
    this.#signed = checkpoint.number;
    return checkpoint.digest === this.#head.digest ? [] : [{ kind: 'checkpoint_contradicted', ...at }];
  }

  /** The end of the chain; `beyond`: checkpoints of numbers that have no seal. */
  end(beyond: readonly Checkpoint[]): Finding[] {
    const { organisation } = this;
    const { number } = this.#head;
    const findings: Finding[] = [];
    let signed = 0n;
    for (const checkpoint of beyond) {
      if (!isGenuine(checkpoint, this.#trusted))
        findings.push({ organisation, kind: 'checkpoint_forged', number: checkpoint.number });
      // Below the head the gap itself was reported.
      else if (checkpoint.number > signed) signed = checkpoint.number;
    }
    if (signed > number) findings.push({ organisation, kind: 'tail_removed', number, signed });
    else if (this.#signed < number)
      findings.push({ organisation, kind: 'tail_unsigned', from: this.#signed + 1n, to: number });
    return findings;
  }
}
