import { z } from 'zod';
import { isAppError } from '../kernel/errors.ts';
import type { EventHandler, Outcome } from '../platform/db/index.ts';
import { DecisionsService } from './decisions.service.ts';
import type { MeteringParts } from './metering.parts.ts';

/** What an import or a person says a meter began with: no gateway knows. */
const openingSchema = z.object({
  point: z.uuid(),
  at: z.number(),
  count: z
    .string()
    .regex(/^-?\d{1,19}$/)
    .nullable(),
  reference: z.string(),
});

/**
 * An opening that came with a reading begins the register's first epoch, as if a person had declared it. Where it has
 * begun before, that stands: saying it twice changes nothing, and saying it late gives up nothing that was billed.
 */
export function openingHandler(parts: MeteringParts): EventHandler {
  const decisions = new DecisionsService(parts);
  return async ({ organisation, payload }): Promise<Outcome> => {
    const opening = openingSchema.safeParse(payload);
    if (!opening.success)
      return { kind: 'reject', reason: 'the opening is not of the form that metering knows' };
    const { point, at, count, reference } = opening.data;
    if (count === null) return { kind: 'done' };
    const asking = { organisation, actor: { kind: 'system', id: 'ingest' } };
    try {
      await decisions.begin(asking, point, { at, opening: BigInt(count), evidence: reference.slice(0, 500) });
      return { kind: 'done' };
    } catch (error) {
      // Its register is not known yet: the first reading will do, until somebody says more.
      if (isAppError(error, 'epoch_rules_unknown')) return { kind: 'done' };
      if (isAppError(error) && !error.retryable) return { kind: 'reject', reason: error.message };
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}
