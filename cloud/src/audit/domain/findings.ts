import { EVERYBODY } from './round.ts';

/** What a verification can find. Each names the organisation, and the place as exactly as can be known. */
export type Finding = { readonly organisation: string } & (
  | {
      readonly kind: 'entry_tampered' | 'entry_removed' | 'entry_in_foreign_chain' | 'seal_tampered';
      readonly number: bigint;
      readonly entry: string;
    }
  | { readonly kind: 'seals_missing'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'checkpoint_forged' | 'checkpoint_contradicted'; readonly number: bigint }
  | { readonly kind: 'tail_removed'; readonly number: bigint; readonly signed: bigint }
  | { readonly kind: 'tail_unsigned'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'entry_unsealed' | 'entry_removed_unsealed'; readonly entry: string }
  | { readonly kind: 'person_not_forgotten'; readonly entry: string; readonly person: string }
  // Of all organisations together:
  | { readonly kind: 'rounds_missing'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'round_tampered' | 'round_forged' | 'anchors_missing'; readonly number: bigint }
  | { readonly kind: 'history_lost'; readonly from: bigint; readonly to: bigint; readonly ends: bigint }
  | { readonly kind: 'anchor_forged'; readonly file: string }
  | { readonly kind: 'expectation_failed'; readonly number: bigint; readonly found: string | null }
);

export function describeFinding(finding: Finding): string {
  const where =
    finding.organisation === EVERYBODY ? 'all organisations' : `organisation ${finding.organisation}`;
  return `${where}: ${what(finding)}`;
}

function what(finding: Finding): string {
  switch (finding.kind) {
    case 'entry_tampered':
      return `entry ${finding.entry} (number ${finding.number}) was changed after it had been sealed`;
    case 'entry_removed':
      return `entry ${finding.entry} (number ${finding.number}) was removed`;
    case 'entry_in_foreign_chain':
      return `entry ${finding.entry} (number ${finding.number}) is of another organisation`;
    case 'person_not_forgotten':
      return `person ${finding.person} was forgotten (entry ${finding.entry}), and has a key again or no tombstone`;
    case 'rounds_missing':
      return `${range('round', finding)} of the sealer missing: whole chains or their ends may be gone`;
    case 'round_tampered':
      return `round ${finding.number} of the sealer is not what was signed: a chain, its end or the round itself is gone or was rewritten`;
    case 'round_forged':
      return `round ${finding.number} of the sealer is not signed by a trusted key`;
    case 'history_lost':
      return `${range('round', finding)} noted with the files and not in the database, which ends with round ${finding.ends}: it was cut off or rewritten`;
    case 'anchors_missing':
      return `the database has ${finding.number} rounds, and none was ever noted with the files: the notes were removed, or this is another store`;
    case 'anchor_forged':
      return `${finding.file} is no head that a trusted key signed`;
    case 'seal_tampered':
      return `the seal of number ${finding.number} (entry ${finding.entry}) does not follow from the one before`;
    case 'seals_missing':
      return finding.from === finding.to
        ? `number ${finding.from} is missing`
        : `numbers ${finding.from} to ${finding.to} are missing`;
    case 'checkpoint_forged':
      return `the checkpoint at number ${finding.number} is not signed by a trusted key`;
    case 'checkpoint_contradicted':
      return `number ${finding.number} is not what was signed: the chain was rewritten`;
    case 'tail_removed':
      return `the chain ends at number ${finding.number}, but number ${finding.signed} was signed: its end was removed`;
    case 'tail_unsigned':
      return `numbers ${finding.from} to ${finding.to} stand under no checkpoint`;
    case 'entry_unsealed':
      return `entry ${finding.entry} is not sealed after 5 s`;
    case 'entry_removed_unsealed':
      return `entry ${finding.entry} was removed before it was sealed`;
    case 'expectation_failed':
      return `number ${finding.number} does not have the expected digest (found ${finding.found ?? 'nothing'})`;
  }
}

const range = (one: string, { from, to }: { readonly from: bigint; readonly to: bigint }): string =>
  from === to ? `${one} ${from} is` : `${one}s ${from} to ${to} are`;
