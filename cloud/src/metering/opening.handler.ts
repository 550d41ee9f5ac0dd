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
 * An opening that came with a reading begins the register's first epoch, as if a person had declared it. Where somebody
 * has declared one already, that stands: saying it twice changes nothing.
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
      const epochs = await decisions.epochs(asking, point);
      if (epochs.some(({ automatic, supersededAt }) => !automatic && supersededAt === null))
        return { kind: 'done' };
      const reason = 'came as the opening of the meter';
      await decisions.declare(asking, point, {
        kind: 'installed',
        at,
        opening: BigInt(count),
        reason,
        evidence: reference.slice(0, 500),
      });
      return { kind: 'done' };
    } catch (error) {
      // Its register is not known yet: the first reading will do, until somebody says more.
      if (isAppError(error, 'epoch_rules_unknown')) return { kind: 'done' };
      if (isAppError(error) && !error.retryable) return { kind: 'reject', reason: error.message };
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}
