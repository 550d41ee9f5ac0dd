import { z } from 'zod';
import { READING_CLASSES } from '../readings/index.ts';
import { RESOLUTIONS_OF_SUSPECTS } from './decisions.types.ts';
import { EPOCH_KINDS } from './domain/epoch.ts';
import { RESOLUTIONS } from './domain/series.ts';

/** Of readings that can be stored; charts look a little further. */
const [EARLIEST, LATEST] = [Date.UTC(1900, 0, 1), Date.UTC(2200, 0, 1)];
const isNear = (text: string): boolean => Date.parse(text) >= EARLIEST && Date.parse(text) < LATEST;
const instant = z.iso
  .datetime({ offset: true })
  .refine(isNear, { error: 'must be from 1900 to 2199' })
  .describe('With its offset: `2026-03-01T00:00:00+07:00`, or `Z`');
const written = z.string().describe('UTC');
const digits = z.string().regex(/^-?\d{1,18}$/, { error: 'must be a whole number of at most 18 digits' });
const positive = z.string().regex(/^[1-9]\d{0,17}$/, { error: 'must be a positive whole number' });
const quantity = z.string().describe('Base units (Wh, mL), a string of digits');
const reason = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .regex(/^\P{Cc}*$/u, { error: 'must not contain control characters' });

export const pointParams = z.strictObject({ organisation: z.uuid(), point: z.uuid() });
export const meterParams = z.strictObject({ organisation: z.uuid(), meter: z.uuid() });
export const suspectParams = z.strictObject({ organisation: z.uuid(), suspect: z.uuid() });

const subject = {
  point: z.uuid().optional(),
  meter: z.uuid().optional(),
  place: z.uuid().optional().describe('A room: what was installed there, while it was'),
};
const stretch = { from: instant, to: instant };
export const usageQuery = z.strictObject({
  ...subject,
  ...stretch,
  budget: z.coerce.number().int().min(1).max(5_000).default(400).describe('Most bars of a series'),
  resolution: z.enum(RESOLUTIONS).optional().describe('Left out: the finest that keeps to the budget'),
  previous: z.enum(['true', 'false']).default('false').describe('The period before, beside it'),
});
export const exportQuery = z.strictObject({
  ...subject,
  ...stretch,
  resolution: z.enum(RESOLUTIONS).default('hour'),
});
export const readingsQuery = z.strictObject({
  ...subject,
  ...stretch,
  class: z
    .enum(READING_CLASSES)
    .default('billing')
    .describe('billing: quarter hours and period ends; counter: between them; gauge: volts, watts, flow'),
});
export const latestQuery = z.strictObject(subject);
export const stretchQuery = z.strictObject(stretch);
export const atQuery = z.strictObject({ at: instant });
export const suspectQuery = z.strictObject({
  point: z.uuid().optional(),
  state: z.enum(['open', 'all']).default('open'),
  after: z.string().max(120).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const bar = z.object({
  from: written,
  to: written,
  quantity: z.string().nullable().describe('Null where nothing is known: never a silent zero'),
  estimated: quantity.describe('Share of it that was drawn over a gap'),
  completeness: z.number().describe('Of the quarter hours that could be complete by now'),
});
const series = z
  .object({
    unit: z.string(),
    points: z.array(z.string()),
    total: z.object({
      quantity: quantity.nullable().describe('Null where nothing is known'),
      estimated: quantity,
      estimatedShare: z.number(),
      completeness: z.number(),
    }),
    bars: z.array(bar),
  })
  .meta({ id: 'UsageSeries' });
export const usageSchema = z
  .object({
    from: written,
    to: written,
    zone: z.string(),
    resolution: z.enum(RESOLUTIONS),
    asOf: written,
    series: z.array(series).describe('One a unit'),
    previous: z.object({ from: written, to: written, series: z.array(series) }).optional(),
  })
  .meta({ id: 'Usage' });

const beside = z.object({ at: written, count: z.string(), declared: z.boolean() }).nullable();
const edge = z.object({
  at: written,
  method: z.enum(['exact', 'interpolated', 'nearest', 'none']),
  count: z.string().nullable(),
  quantitySinceEpoch: z.string().nullable(),
  unit: z.string().nullable(),
  before: beside,
  after: beside,
});
const reading = z
  .object({
    at: written,
    count: z.string(),
    quality: z.string(),
    evidence: z.string(),
    origin: z.string().describe('`billing`, `counter`, or `bracket` of a billing reading'),
    batch: z.string(),
    sequence: z.string(),
    correction: z.string().nullable(),
    believed: z.boolean().describe('False: left out or held; it is in no bill'),
  })
  .meta({ id: 'UsageReading' });
const quarterAmount = {
  quantity: z.string().nullable(),
  estimated: z.string().nullable(),
  complete: z.boolean(),
  revision: z.int(),
};
const briefSuspect = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  since: written,
  from: written,
  before: z.string(),
  after: z.string(),
  resolution: z.string().nullable(),
});
const briefEpoch = z.object({
  id: z.string(),
  kind: z.string(),
  from: written,
  opening: z.string().nullable(),
  closing: z.string().nullable(),
  modulus: z.string().nullable(),
  num: z.string(),
  den: z.string(),
  unit: z.string(),
});
export const quarterSchema = z
  .object({
    ...quarterAmount,
    from: written,
    to: written,
    edges: z.array(edge),
    readings: z.array(reading),
    epochs: z.array(briefEpoch),
    suspects: z.array(briefSuspect),
    revisions: z.array(z.object({ ...quarterAmount, replacedAt: written })),
  })
  .meta({ id: 'UsageQuarter' });
export const readingAtSchema = edge.extend({ readings: z.array(reading) }).meta({ id: 'ReadingAt' });
export const latestSchema = z
  .object({
    items: z.array(
      z.object({
        point: z.string(),
        register: z.string().nullable(),
        measures: z.string().nullable(),
        class: z.string(),
        at: written,
        ageSeconds: z.int(),
        value: z.string().nullable(),
        unit: z.string().nullable(),
        quality: z.string(),
        evidence: z.string(),
      }),
    ),
  })
  .meta({ id: 'LatestValues' });
const lossMeter = z.object({
  meter: z.string(),
  points: z.array(z.string()).describe('The registers that are summed: those that its profile bills on'),
  accuracyPpm: z.int().describe('Permitted error in parts per million: its own, of its profile, or usual'),
});
export const lossSchema = z
  .object({
    zone: z.string(),
    unit: z.string().nullable(),
    main: lossMeter,
    subs: z.array(lossMeter),
    hours: z.array(
      z.object({
        at: written,
        main: quantity.nullable().describe('Null: not known'),
        subs: quantity.nullable().describe('Of those that are known'),
        loss: quantity.nullable().describe('Null while anything is missing'),
        band: quantity
          .nullable()
          .describe('The most that classes of meters, clocks and drawn lines can explain'),
        missing: z.int().describe('Registers of which nothing is known in this hour'),
        complete: z.boolean(),
        verdict: z.enum(['explained', 'loss', 'gain', 'unknown']),
      }),
    ),
  })
  .meta({ id: 'MeterLoss' });

export const declareSchema = z
  .strictObject({
    kind: z.enum(EPOCH_KINDS),
    at: instant,
    opening: digits.optional(),
    closing: digits.optional().describe('What the register had counted to before'),
    modulus: positive.optional(),
    num: positive.optional().describe('Base units a count, with `den`'),
    den: positive.optional(),
    unit: z.enum(['Wh', 'varh', 'VAh', 'mL', 'pulse']).optional(),
    register: z
      .string()
      .max(120)
      .optional()
      .describe('`profile@version/register` that is read from then on; else the one that its readings cite'),
    maxPerHour: positive.optional(),
    gapMs: z.int().min(60_000).max(2_000_000_000).optional(),
    reason,
    evidence: z.string().trim().min(1).max(500).optional(),
    confirmed: z.boolean().optional().describe('Whoever declares it has seen what speaks against it'),
  })
  .meta({ id: 'DeclareEpoch' });
export const declaredSchema = z.object({ id: z.string() }).meta({ id: 'DeclaredEpoch' });

export const epochListSchema = z
  .object({
    items: z.array(
      briefEpoch.omit({ from: true }).extend({
        fromAt: written,
        maxPerHour: z.string().nullable(),
        gapMs: z.int(),
        register: z.string().nullable().describe('Whose counts it reads; null: any worth as much'),
        automatic: z.boolean(),
        evidence: z.record(z.string(), z.unknown()),
        reason: z.string().nullable(),
        author: z.string(),
        createdAt: written,
        supersededAt: written.nullable(),
        supersededBy: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'EpochList' });

export const resolveSchema = z
  .strictObject({
    as: z
      .enum(RESOLUTIONS_OF_SUSPECTS)
      .describe('`dismissed`: the step stays unbilled; `voided`: the readings held are wrong'),
    opening: digits.optional(),
    closing: digits.optional(),
    at: instant.optional().describe('When it happened; left out: half-way between the two readings'),
    reason,
    confirmed: z.boolean().optional().describe('Whoever decides has seen what speaks against it'),
  })
  .meta({ id: 'ResolveSuspect' });
export const resolvedSchema = z.object({ epoch: z.string().nullable() }).meta({ id: 'ResolvedSuspect' });

export const suspectPageSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        point: z.string(),
        kind: z.string(),
        state: z.string(),
        sinceAt: written,
        before: z.string(),
        fromAt: written,
        after: z.string(),
        resumesAt: written.nullable(),
        untilAt: written.nullable(),
        leftOut: z.int(),
        seenAt: written,
        changedAt: written,
        resolution: z.string().nullable(),
        epoch: z.string().nullable(),
        reason: z.string().nullable(),
        resolvedAt: written.nullable(),
        resolvedBy: z.string().nullable(),
      }),
    ),
    next: z.string().optional().describe('There when there is more'),
  })
  .meta({ id: 'SuspectPage' });
