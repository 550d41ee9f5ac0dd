import { z } from 'zod';
import { busId, meterId, pointId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { profileRef } from './profile.ts';
import { order, registerName } from './profile-register.ts';
import { code, count, epochMs, text } from './scalars.ts';

/** A converter that carries RTU has a line of its own, whose format stands behind the question mark. */
const BUS_URL =
  /^(?:serial:\/\/\/[!-~]{1,200}|(?:tcp:\/\/(?:[\w.-]{1,200}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?|rtu\+tcp:\/\/(?:[\w.-]{1,200}|\[[\da-fA-F:.]{2,45}\]):\d{1,5}(?:\?[a-z0-9=&]{1,80})?))$/;

export const bus = z.strictObject({
  id: busId,
  name: text(80),
  url: z
    .string()
    .regex(
      BUS_URL,
      'must be serial:///dev/serial/by-id/…?baud=9600&parity=none&stop=1, tcp://host:port or rtu+tcp://host:port?baud=9600',
    ),
});
export type Bus = z.infer<typeof bus>;

/** One register of one physical meter. A new meter has new points. */
const point = z.strictObject({
  id: pointId,
  register: registerName,
  class: z.literal(['billing', 'counter', 'gauge']),
  everyMs: z
    .int()
    .min(1_000)
    .max(86_400_000)
    .optional()
    .meta({ description: 'default: the interval of the class' }),
});
export type Point = z.infer<typeof point>;

/** Off unless commissioning enabled it; `never` is for lifts, pumps, fire and common circuits, and outlives `enabled`. */
const control = z.strictObject({
  name: code,
  enabled: z.boolean(),
  never: z.boolean().optional(),
});

/** Somebody compared a doubtful profile with the display and takes it on. */
const acknowledgement = z.strictObject({
  profile: profileRef,
  what: z.literal(['confidence', 'check']),
  at: epochMs,
  by: text(80).meta({ description: 'an id, not a name' }),
});

export const meter = z.strictObject({
  id: meterId,
  bus: busId,
  unit: z.int().min(1).max(247),
  profile: profileRef,
  serial: text(64).nullable().meta({ description: 'null: the model cannot tell it' }),
  role: z.literal(['main', 'sub']),
  label: text(80),
  order: order
    .optional()
    .meta({ description: 'when this very meter is set to another order than its profile says' }),
  maxPowerW: z.int().min(1).optional(),
  maxFlowLitresPerHour: z.int().min(1).optional(),
  points: z.array(point).min(1).max(LIMITS.pointsPerMeter),
  controls: z.array(control).max(8).optional(),
  acknowledged: z.array(acknowledgement).max(8).optional(),
});
export type Meter = z.infer<typeof meter>;

/** What `meterline-edge commission` found and was told, for the hub to merge. */
export const commissionedMeter = z.strictObject({
  meter,
  bus,
  room: text(80).optional(),
  display: z
    .array(z.strictObject({ point: pointId, shown: text(40), count, at: epochMs.optional() }))
    .max(LIMITS.pointsPerMeter)
    .optional()
    .meta({ description: 'what the display showed beside what was read' }),
  by: text(80).optional().meta({ description: 'an id, not a name' }),
});
export type CommissionedMeter = z.infer<typeof commissionedMeter>;
