import { countSchema, ORDERS, profileIdSchema } from '@meterline/contracts';
import { z } from 'zod';
import { ELECTRIC, type ElectricKind } from './electric-consumers.ts';
import { faultSchema } from './fault.schema.ts';
import { PATTERNS } from './habits.ts';
import { WATER, type WaterKind } from './water-consumers.ts';

/** The name of a place, bus or meter within its file. */
const name = z
  .string()
  .max(40)
  .regex(/^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/, 'must be words of a–z and 0–9 with dashes between');

const instant = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text), {
    message: 'must be a time such as 2026-03-01T08:00:00+07:00, or a date such as 2026-03-01 (UTC)',
  })
  .refine((text) => Number.isFinite(Date.parse(text)), { message: 'is no date there is' });

const electricConsumer = z.strictObject({
  kind: z.literal(Object.keys(ELECTRIC) as ElectricKind[]),
  watts: z.number().min(0).max(1_000_000),
});

const waterConsumer = z.strictObject({
  kind: z.literal(Object.keys(WATER) as WaterKind[]),
  litres: z.number().min(0).max(100_000).meta({ description: 'a minute, a use, or an hour, by kind' }),
});

const span = { from: instant, to: instant };

const leaf = {
  id: name,
  in: name.optional().meta({ description: 'the group that it belongs to; none: its meter is nobody’s part' }),
  phase: z.literal([1, 2, 3, 'all']).optional().meta({ description: 'default: one after the other' }),
  electricity: z
    .array(electricConsumer)
    .max(32)
    .optional()
    .meta({ description: 'instead of the usual ones' }),
  water: z.array(waterConsumer).max(32).optional().meta({ description: 'instead of the usual ones' }),
  leaks: z
    .array(z.strictObject({ ...span, litresPerHour: z.number().min(0).max(100_000) }))
    .max(16)
    .optional(),
};

const room = z.strictObject({
  ...leaf,
  kind: z.literal('room'),
  people: z.int().min(0).max(20).default(1),
  pattern: z.literal([...PATTERNS]).default('worker'),
  empty: z
    .array(z.strictObject(span))
    .max(32)
    .optional()
    .meta({ description: 'whole days without a tenant' }),
});

const common = z.strictObject({ ...leaf, kind: z.literal('common') });

const permille = z.int().min(0).max(200);

const group = z.strictObject({
  id: name,
  kind: z.literal('group'),
  in: name.optional(),
  losses: z
    .strictObject({
      electricity: z
        .strictObject({
          standingWatts: z.number().min(0).max(100_000).default(0),
          permille: permille.default(0),
        })
        .optional(),
      water: z
        .strictObject({
          standingLitresPerHour: z.number().min(0).max(100_000).default(0),
          permille: permille.default(0),
        })
        .optional(),
    })
    .optional(),
});

const place = z.discriminatedUnion('kind', [room, common, group]);
export type PlaceConfig = z.infer<typeof place>;

const input = z.strictObject({
  register: z.string().max(40),
  measures: name,
  medium: z.literal(['electricity', 'water']),
  perPulse: z.int().min(1).max(1_000_000).meta({ description: 'Wh or mL' }),
  count: countSchema.optional(),
});

const meter = z.strictObject({
  id: name,
  unit: z.int().min(1).max(247),
  profile: profileIdSchema,
  measures: name.optional().meta({ description: 'a room, common area or group' }),
  inputs: z
    .array(input)
    .min(1)
    .max(16)
    .optional()
    .meta({ description: 'for pulse counters instead of measures' }),
  serial: z.string().min(1).max(32).optional(),
  count: countSchema.optional().meta({ description: 'of the counter to bill on, when the building began' }),
  rollsOverAt: countSchema.optional().meta({ description: 'of the counter to bill on' }),
  turnaroundMs: z.number().min(0).max(10_000).optional(),
  without: z.array(z.string().max(40)).max(32).optional().meta({ description: 'registers that it lacks' }),
  order: z
    .literal([...ORDERS[1], ...ORDERS[2], ...ORDERS[4]])
    .optional()
    .meta({ description: 'set to another word order' }),
});
export type MeterConfig = z.infer<typeof meter>;
export type InputConfig = z.infer<typeof input>;

const line = {
  id: name,
  baud: z.int().min(300).max(4_000_000).default(9600),
  parity: z.literal(['none', 'even', 'odd']).default('none'),
  stop: z.literal([1, 2]).default(1),
  turnaroundMs: z.number().min(0).max(10_000).default(20),
  meters: z.array(meter).min(1).max(247),
};
const listening = {
  ...line,
  host: z.string().min(1).max(200).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).meta({ description: '0: any free one' }),
};

const bus = z.discriminatedUnion('kind', [
  z.strictObject({ ...line, kind: z.literal('pty'), path: z.string().min(1).max(100) }),
  z.strictObject({ ...listening, kind: z.literal('rtu-over-tcp') }),
  z.strictObject({ ...listening, kind: z.literal('tcp') }),
]);
export type BusConfig = z.infer<typeof bus>;

/** A building as its YAML file says it. */
export const buildingSchema = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1).max(80),
  utcOffset: z
    .string()
    .regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, 'must be such as +07:00')
    .default('+07:00'),
  since: instant.meta({ description: 'when the counters stood at their start counts' }),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  time: z
    .strictObject({
      speed: z.number().min(0.01).max(100_000).default(1),
      start: instant.optional().meta({ description: 'default: now' }),
    })
    .default({ speed: 1 }),
  truth: z.string().min(1).max(300).optional().meta({ description: 'file, beside this one' }),
  profiles: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .meta({ description: 'folder of own profiles, beside this one' }),
  places: z.array(place).min(1).max(5_000),
  buses: z.array(bus).min(1).max(64),
  faults: z.array(faultSchema).max(1_000).default([]),
});
export type BuildingConfig = z.infer<typeof buildingSchema>;
