import { digestOf, textForm } from './text-form.ts';

/** What the first seal of a chain follows. */
export const NOTHING = '0'.repeat(64);

export interface Link {
  readonly organisation: string;
  readonly number: bigint;
  readonly entryId: string;
  readonly entryDigest: string;
  readonly sealedAt: string;
}

export interface Seal extends Link {
  readonly digest: string;
}

export interface Head {
  readonly number: bigint;
  readonly digest: string;
}

export const START: Head = { number: 0n, digest: NOTHING };

export function sealDigest(link: Link, previous: string): string {
  return digestOf(
    textForm('meterline audit seal 1', [
      ['organisation', link.organisation],
      ['number', String(link.number)],
      ['entry', link.entryId],
      ['entry digest', link.entryDigest],
      ['previous', previous],
      ['sealed at', link.sealedAt],
    ]),
  );
}

/** Continues one organisation's chain over entries, in their order. Pure. */
export function sealEntries(
  organisation: string,
  head: Head,
  entries: readonly { readonly id: string; readonly digest: string }[],
  sealedAt: string,
): Seal[] {
  const seals: Seal[] = [];
  let { number, digest } = head;
  for (const entry of entries) {
    number += 1n;
    const link = { organisation, number, entryId: entry.id, entryDigest: entry.digest, sealedAt };
    digest = sealDigest(link, digest);
    seals.push({ ...link, digest });
  }
  return seals;
}
