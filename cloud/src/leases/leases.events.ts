import { z } from 'zod';
import { isAppError } from '../kernel/errors.ts';
import type { EventHandler, Outcome } from '../platform/db/index.ts';
import { HandoverReadings } from './handover-readings.ts';
import { change, HANDOVER_WRITTEN, tell } from './lease-change.ts';
import type { Acting, LeasesParts } from './leases.types.ts';
import { partiesStore } from './parties.store.ts';

const joined = z.object({ person: z.uuid(), invitation: z.uuid() });
const written = z.object({ handover: z.uuid() });
const ACTOR = { kind: 'system', id: 'leases' } as const;

/** What leases hear of: who has accepted an invitation, and which handover has readings that wait. */
export function leaseEvents(parts: LeasesParts): Readonly<Record<string, EventHandler>> {
  const readings = new HandoverReadings(parts);
  return {
    'person.joined': handled(joined, async ({ person, invitation }, by) => {
      await change(parts, by, async (tx) => {
        for (const id of await tx.bind(partiesStore).joined(invitation, person))
          await tell(tx, { action: 'party.joined', subject: { type: 'party', id }, payload: { person } });
      });
    }),
    [HANDOVER_WRITTEN]: handled(written, ({ handover }, by) => readings.settle(by, handover)),
  };
}

function handled<Schema extends z.ZodType>(
  schema: Schema,
  work: (payload: z.output<Schema>, by: Acting) => Promise<void>,
): EventHandler {
  return async ({ organisation, payload }): Promise<Outcome> => {
    const given = schema.safeParse(payload);
    if (!given.success) return { kind: 'reject', reason: 'the event is not of the form that leases know' };
    try {
      await work(given.data, { organisation, actor: ACTOR });
      return { kind: 'done' };
    } catch (error) {
      if (isAppError(error) && !error.retryable) return { kind: 'reject', reason: error.message };
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}
