import { z } from 'zod';
import { gatewayId } from './ids.ts';
import { bus, meter } from './installation.ts';
import { LIMITS } from './limits.ts';
import { order } from './order.ts';
import { meterProfile } from './profile-rules.ts';
import { code, durationMs, epochMs, text, version } from './scalars.ts';

const interval = (min: number) => z.int().min(min).max(86_400_000);

/** Desired state, whole: what is not in it is to stop. A version lower than the running one is refused. */
export const config = z
  .strictObject({
    v: version,
    gateway: gatewayId,
    version: z.int().min(1),
    issued: epochMs,
    buses: z.array(bus).max(16),
    meters: z.array(meter).max(LIMITS.metersPerGateway),
    profiles: z
      .array(meterProfile)
      .max(32)
      .optional()
      .meta({ description: 'models the agent may not have yet' }),
    intervals: z.strictObject({
      gaugeMs: interval(1_000),
      counterMs: interval(10_000),
      statusMs: interval(10_000),
      sealMs: interval(1_000).meta({ description: 'longest wait of a row before it is sealed' }),
    }),
    uplink: z.strictObject({
      backfillBytesPerSecond: z.int().min(100).max(10_000_000),
      monthlyBytes: z
        .int()
        .min(1_000_000)
        .nullable()
        .meta({ description: 'warned about, never cut off; null: no limit' }),
    }),
    storage: z.strictObject({ maxBytes: z.int().min(16_000_000) }),
    switching: z.strictObject({
      minimumMs: z.int().min(60_000).max(86_400_000),
      staggerMs: durationMs.meta({ description: 'between two meters that are switched on again' }),
      maxReadingAgeMs: z.int().min(1_000).max(3_600_000),
    }),
  })
  .superRefine((desired, context) => {
    const fail = (path: (string | number)[], problem: string, remedy: string) =>
      context.addIssue({ code: 'custom', path, message: problem, params: { remedy } });
    const buses = new Set(desired.buses.map(({ id }) => id));
    if (buses.size < desired.buses.length) fail(['buses'], 'an id stands twice', 'give each bus its own');
    const [meters, points, places] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const [i, { id, bus: on, unit, points: own }] of desired.meters.entries()) {
      if (!buses.has(on)) fail(['meters', i, 'bus'], `there is no bus ${on}`, 'add it to buses');
      if (meters.has(id)) fail(['meters', i, 'id'], 'stands twice', 'a meter is listed once');
      meters.add(id);
      const place = `${on}/${unit}`;
      if (places.has(place))
        fail(['meters', i, 'unit'], 'is taken on this bus', 'give the meter another unit number');
      places.add(place);
      for (const [j, point] of own.entries()) {
        if (points.has(point.id))
          fail(['meters', i, 'points', j, 'id'], 'stands twice', 'a point is one register of one meter');
        points.add(point.id);
      }
    }
  });
export type Config = z.infer<typeof config>;

/** Which version runs, and why the desired one does not. */
export const configReport = z.strictObject({
  v: version,
  gateway: gatewayId,
  at: epochMs.nullable().meta({ description: 'null: the clock is not synchronised' }),
  order: order.optional(),
  running: z.int().min(0).meta({ description: '0: none yet' }),
  desired: z.int().min(0),
  state: z.literal(['applied', 'pending', 'rejected', 'rolled-back']),
  problems: z.array(z.strictObject({ path: z.string().max(200), code, message: text(300) })).max(100),
});
export type ConfigReport = z.infer<typeof configReport>;
