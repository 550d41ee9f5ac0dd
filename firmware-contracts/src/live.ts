import { z } from 'zod';
import { commandId, gatewayId, pointId } from './ids.ts';
import { count, epochMs, keyId, version } from './scalars.ts';
import { gaugeUnit } from './units.ts';

const perPoint = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(200);

/**
 * For the eye only: QoS 0, not journalled, not signed, never billed or stored as a reading.
 * Counters have the unit null and their count as a string, gauges a whole number in their unit.
 */
export const live = z
  .strictObject({
    v: version,
    gateway: gatewayId,
    watch: commandId.meta({ description: 'the command that asked for it' }),
    n: z.int().min(0).meta({ description: 'counts up within a watch, so that a loss shows' }),
    points: perPoint(pointId),
    units: perPoint(gaugeUnit.nullable()),
    at: perPoint(epochMs),
    values: perPoint(z.union([z.int(), count, z.null()])),
  })
  .superRefine(({ points, units, at, values }, context) => {
    const fail = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const { length } = points;
    if (units.length !== length || at.length !== length || values.length !== length) {
      fail(['points'], 'points, units, at and values have one length');
    }
    for (const [i, value] of values.entries()) {
      if (value === null || (units[i] === null) === (typeof value === 'string')) continue;
      fail(['values', i], 'is a string exactly when its unit is null');
    }
  });
export type Live = z.infer<typeof live>;

/** Public keys of the hub, each in an X.509 certificate of the CA that was pinned at enrolment. */
export const hubKeys = z.strictObject({
  v: version,
  keys: z
    .array(
      z.strictObject({
        id: keyId,
        certificate: z
          .string()
          .max(8_192)
          .regex(/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)
          .meta({ description: 'DER, base64' }),
      }),
    )
    .min(1)
    .max(8)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'names a key twice'),
});
export type HubKeys = z.infer<typeof hubKeys>;
