import { LIMITS } from '@meterline/contracts';

export interface CadenceNeeds {
  /** Longest wait of a row before it is sealed, as the config says. */
  readonly sealMs: number;
  /** Budget of mobile data; null where data cost nothing. */
  readonly monthlyBytes: number | null;
  /** Somebody looks at this building now. */
  readonly watched: boolean;
}

export interface Cadence {
  readonly rows: number;
  readonly afterMs: {
    readonly gauge: number;
    readonly counter: number;
    readonly billing: number;
    readonly record: number;
  };
}

const PROMPT_MS = 60_000;
const FRUGAL_MS = 15 * 60_000;

/**
 * Each batch names its points again (about 13 bytes each after deflating) and costs a head, a signature, a receipt
 * and the headers of its packets. So where data cost money and nobody looks, samples wait for a quarter of an hour.
 * Counts to bill on never wait.
 */
export function cadenceOf({ sealMs, monthlyBytes, watched }: CadenceNeeds): Cadence {
  const frugal = monthlyBytes !== null && !watched;
  const wait = Math.min(sealMs, frugal ? FRUGAL_MS : PROMPT_MS);
  return {
    rows: frugal ? LIMITS.readingsPerBatch : 2_000,
    afterMs: {
      gauge: wait,
      counter: wait,
      billing: Math.min(sealMs, 5_000),
      record: Math.min(sealMs, 2_000),
    },
  };
}

/** Seconds of silence before a sign of life. A mobile NAT forgets after 5 minutes at the earliest; each costs 200 bytes. */
export const keepAliveSeconds = (monthlyBytes: number | null): number => (monthlyBytes === null ? 60 : 240);
