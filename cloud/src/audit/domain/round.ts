import type { Head } from './chain.ts';
import { digestOf, textForm } from './text-form.ts';

/** In the place of an organisation: what covers all of them. */
export const EVERYBODY = 'all';

export interface HeadOf extends Head {
  readonly organisation: string;
}

/**
 * What one turn of the sealer signed, as a link of a chain over all organisations: the checkpoint of `all`. A chain
 * that goes missing, or loses its end together with its checkpoints, leaves rounds whose digest nobody can make again.
 */
export function roundDigest(
  number: bigint,
  heads: readonly HeadOf[],
  previous: string,
  sealedAt: string,
): string {
  return digestOf(
    textForm('meterline audit round 1', [
      ['number', String(number)],
      ['previous', previous],
      ['sealed at', sealedAt],
      ['heads', String(heads.length)],
      ...[...heads]
        .sort((a, b) => (a.organisation < b.organisation ? -1 : 1))
        .map((head) => ['head', headText(head)] as const),
    ]),
  );
}

const headText = ({ organisation, number, digest }: HeadOf): string => `${organisation}:${number}:${digest}`;
