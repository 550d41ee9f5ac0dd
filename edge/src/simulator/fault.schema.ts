import { countSchema } from '@meterline/contracts';
import { z } from 'zod';
import { DURATION } from './calendar.ts';

const word = z.string().min(1).max(40);
const instant = z
  .string()
  .refine(
    (text) => /^\d{4}-\d\d-\d\d(T.+(Z|[+-]\d\d:\d\d))?$/.test(text) && Number.isFinite(Date.parse(text)),
    {
      message: 'must be a time such as 2026-03-01T08:00:00+07:00',
    },
  );
const duration = z.string().regex(DURATION, 'must be a duration such as 90s, 15m, 2h or 1d');
const requests = z.int().min(1).max(1_000_000_000);

/** A time, or so long after the run begins. */
const moment = { at: instant.optional(), after: duration.optional() };

/** From a moment on, or from the request after so many; for so long, or for so many requests; else for ever. */
const window = {
  ...moment,
  for: duration.optional(),
  afterRequests: z.int().min(0).max(1_000_000_000).optional(),
  forRequests: requests.optional(),
  share: z.number().gt(0).max(1).optional().meta({ description: 'of the requests meanwhile; default all' }),
};
const meter = { meter: word };
const late = z.int().min(1).max(60_000);

const kinds = [
  z.strictObject({ kind: z.literal('dead'), ...meter, ...window }),
  z.strictObject({ kind: z.literal('slow'), ...meter, ...window, delayMs: late.default(300) }),
  z.strictObject({ kind: z.literal('late'), ...meter, ...window, delayMs: late.default(1_500) }),
  z.strictObject({ kind: z.literal('noise'), ...meter, ...window }),
  z.strictObject({ kind: z.literal('lost-bytes'), ...meter, ...window }),
  z.strictObject({ kind: z.literal('crc'), ...meter, ...window }),
  z.strictObject({
    kind: z.literal('duplicate'),
    ...meter,
    ...window,
    behind: z
      .int()
      .min(0)
      .max(512)
      .default(0)
      .meta({ description: 'characters by which the second begins later' }),
  }),
  z.strictObject({ kind: z.literal('zero'), ...meter, ...window }),
  z.strictObject({ kind: z.literal('stale'), ...meter, ...window }),
  z.strictObject({
    kind: z.literal('illegal'),
    ...meter,
    ...window,
    address: z.int().min(0).max(0xffff).optional(),
    count: z.int().min(1).max(0xffff).default(1),
  }),
  z.strictObject({ kind: z.literal('frozen'), ...meter, ...moment, for: duration }),
  z.strictObject({ kind: z.literal('reset'), ...meter, ...moment }),
  z.strictObject({
    kind: z.literal('swap'),
    ...meter,
    ...moment,
    serial: z.string().min(1).max(32).optional(),
    count: countSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('rollover'), ...meter, ...moment }),
  z.strictObject({
    kind: z.literal('cut'),
    bus: word,
    ...moment,
    for: duration.optional(),
    disconnect: z.boolean().default(false).meta({ description: 'connections are broken too' }),
  }),
] as const;

export const faultSchema = z.discriminatedUnion('kind', [...kinds]);
export type FaultConfig = z.infer<typeof faultSchema>;
export type FaultKind = FaultConfig['kind'];

/** Those that change what the meter counts, not what it answers. */
export type CountingFault = Extract<FaultConfig, { kind: 'frozen' | 'reset' | 'swap' | 'rollover' }>;
/** Those of the line: what happens to an answer. */
export type AnswerFault = Exclude<FaultConfig, CountingFault | { kind: 'cut' }>;
export type BusCut = Extract<FaultConfig, { kind: 'cut' }>;

export const isCounting = (fault: FaultConfig): fault is CountingFault =>
  fault.kind === 'frozen' || fault.kind === 'reset' || fault.kind === 'swap' || fault.kind === 'rollover';
