import type { Head } from './chain.ts';

/** The head of a chain as it was seen before: what is noted outside of the database and compared with it later. */
export interface ExpectedHead extends Head {
  readonly organisation: string;
}

export const formatHead = ({ organisation, number, digest }: ExpectedHead): string =>
  `${organisation}:${number}:${digest}`;

const HEAD = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([1-9]\d{0,17}):([0-9a-f]{64})$/;

export function parseHead(text: string): ExpectedHead | undefined {
  const [, organisation, number, digest] = HEAD.exec(text) ?? [];
  return organisation && number && digest ? { organisation, number: BigInt(number), digest } : undefined;
}
