import { REFUSALS, type Receipt } from '@meterline/contracts';
import type { RefusedBecause } from './intake.ts';

const HOUR = 3_600_000;

/**
 * When a refused message may be sent again by itself; null: not before a person has looked. Only what can change at
 * the hub is worth another try: a key or a gateway that is registered, a hole that is filled, a fault of ours mended.
 */
const RETRY: Readonly<Partial<Record<RefusedBecause, number>>> = {
  'unknown-key': HOUR / 4,
  'unknown-gateway': HOUR / 4,
  inconsistent: HOUR,
  'too-many-held': HOUR,
  unstorable: HOUR,
};

export const retryAfterMs = (reason: RefusedBecause): number | null => RETRY[reason] ?? null;

type WireReason = NonNullable<Receipt['refused']>[number]['reason'];

const ON_THE_WIRE: readonly string[] = [...REFUSALS, 'cloned', 'conflict'];

/** The reasons that the contract knows; our own troubles are none of the gateway's. */
export const wireReason = (reason: string): WireReason =>
  reason === 'unknown-gateway'
    ? 'unknown-key'
    : ON_THE_WIRE.includes(reason)
      ? (reason as WireReason)
      : 'inconsistent';
