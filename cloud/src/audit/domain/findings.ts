/** What a verification can find. Each names the organisation, and the place as exactly as can be known. */
export type Finding = { readonly organisation: string } & (
  | {
      readonly kind: 'entry_tampered' | 'entry_removed' | 'seal_tampered';
      readonly number: bigint;
      readonly entry: string;
    }
  | { readonly kind: 'seals_missing'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'checkpoint_forged' | 'checkpoint_contradicted'; readonly number: bigint }
  | { readonly kind: 'tail_removed'; readonly number: bigint; readonly signed: bigint }
  | { readonly kind: 'tail_unsigned'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'entry_unsealed' | 'entry_removed_unsealed'; readonly entry: string }
  | { readonly kind: 'expectation_failed'; readonly number: bigint; readonly found: string | null }
);

export function describeFinding(finding: Finding): string {
  return `organisation ${finding.organisation}: ${what(finding)}`;
}

function what(finding: Finding): string {
  switch (finding.kind) {
    case 'entry_tampered':
      return `entry ${finding.entry} (number ${finding.number}) was changed after it had been sealed`;
    case 'entry_removed':
      return `entry ${finding.entry} (number ${finding.number}) was removed`;
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
