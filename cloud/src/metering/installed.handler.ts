import { z } from 'zod';
import type { EventHandler, Outcome } from '../platform/db/index.ts';
import { ledgerStore } from './ledger.store.ts';
import type { MeteringParts } from './metering.parts.ts';

const installedSchema = z.object({ point: z.uuid() });

/**
 * A point that was given to a meter may lie in another building from then on, and its days begin at that building's
 * midnight: those of the zone before go, and all that is known of it is worked out again, within moments.
 */
export function installedHandler({ db }: Pick<MeteringParts, 'db'>): EventHandler {
  return async ({ organisation, payload }): Promise<Outcome> => {
    const installed = installedSchema.safeParse(payload);
    if (!installed.success) return { kind: 'reject', reason: 'the payload names no point' };
    const { point } = installed.data;
    await db.transaction({ organisation, actor: { kind: 'system', id: 'sites' } }, async (tx) => {
      const { rows } = await tx.query<{ no: number }>(
        'select point as no from usage_point where organisation_id = $1 and point_id = $2 for update',
        [organisation, point],
      );
      await tx.query('delete from usage_day where point = any($1::int[])', [rows.map(({ no }) => no)]);
      // Of a point that nothing was read of yet there is nothing to work out.
      await tx
        .bind(ledgerStore)
        .noteDirty(rows.map(({ no }) => ({ point: no, from: -Infinity, to: Infinity })));
    });
    return { kind: 'done' };
  };
}
