import { z } from 'zod';
import { journalId } from './ids.ts';

/**
 * Place of a message among those of its gateway when no clock can say it. `n` grows from one message to the next
 * within the boot, whatever their topic, also over a restart of the agent: milliseconds since the boot began will do.
 */
export const order = z.strictObject({
  journal: journalId.meta({ description: 'the journal that numbers the boots' }),
  boot: z.int().min(1),
  n: z.int().min(0),
});

interface Placed {
  readonly at: number | null;
  readonly order?: z.infer<typeof order> | undefined;
}

export const hasPlace = ({ at, order: place }: Placed): boolean => at !== null || place !== undefined;

export const PLACELESS = { path: ['order'], message: 'is needed where at is null' };
