import { z } from 'zod';

const instant = z.iso.datetime({ offset: false }).describe('UTC');

export const aboutSchema = z
  .object({
    name: z.literal('meterline'),
    version: z.string(),
    commit: z.string().optional().describe('First 12 digits; absent when it is not known'),
    time: instant,
    role: z.enum(['all', 'api', 'ingest', 'worker']),
    layer: z
      .enum(['plain', 'timescale', 'licensed'])
      .optional()
      .describe('How readings are stored; absent when the database does not answer'),
  })
  .meta({ id: 'About' });

const dependencySchema = z
  .object({
    name: z.string(),
    state: z.enum(['up', 'degraded', 'down']),
    detail: z.string().optional(),
    reasons: z
      .array(z.object({ code: z.string(), count: z.number().optional() }))
      .optional()
      .describe('Why it is not up'),
    milliseconds: z.int(),
  })
  .meta({ id: 'DependencyReport' });

const queueSchema = z
  .object({
    name: z.string(),
    waiting: z.int(),
    active: z.int(),
    delayed: z.int(),
    failed: z.int(),
    completed: z.int().describe('Kept for a while, then removed'),
  })
  .meta({ id: 'QueueCounts' });

export const statusSchema = z
  .object({
    ready: z.boolean(),
    draining: z.boolean(),
    dependencies: z.array(dependencySchema),
    queues: z.array(queueSchema).optional().describe('Absent when the queue does not answer'),
    outbox: z
      .object({
        pending: z.int(),
        failed: z.int(),
        oldestSeconds: z.number().describe('Age of the oldest event that waits; 0 when none does'),
      })
      .optional(),
    audit: z
      .object({
        unsealed: z.int(),
        oldestSeconds: z.number().describe('Age of the oldest entry without a seal; 0 when all are sealed'),
      })
      .optional(),
  })
  .meta({ id: 'OperationsStatus' });

export const failedJobSchema = z
  .object({
    id: z.string(),
    queue: z.string(),
    name: z.string(),
    failedAt: instant,
    attempts: z.int(),
    reason: z.string(),
    input: z.unknown().describe('What the job was given, without what operators must not read'),
  })
  .meta({ id: 'FailedJob' });

export const failedJobPageSchema = z
  .object({
    jobs: z.array(failedJobSchema),
    cursor: z.string().optional().describe('There when there is more'),
  })
  .meta({ id: 'FailedJobPage' });

const failedEventSchema = z
  .object({
    id: z.string(),
    organisationId: z.string(),
    topic: z.string(),
    key: z.string().optional(),
    createdAt: instant,
    failedAt: instant,
    attempts: z.int(),
    reason: z.string(),
  })
  .meta({ id: 'FailedEvent' });

export const failedEventPageSchema = z
  .object({ events: z.array(failedEventSchema).describe('At most as many as were asked for') })
  .meta({ id: 'FailedEventPage' });

export const eventDoneSchema = z.object({ id: z.string() }).meta({ id: 'EventDone' });

const limit = z.coerce.number().int().min(1).max(500).default(50);
const page = {
  limit,
  cursor: z.string().min(1).max(4000).optional(),
};
export const jobQuerySchema = z.strictObject({ queue: z.string().min(1).max(60).optional(), ...page });
export const eventQuerySchema = z.strictObject({ limit });

/** Keys are percent-encoded in the ids of jobs, so nothing else than visible ASCII is one. */
export const jobIdSchema = z.strictObject({
  id: z.string().regex(/^[\x21-\x7e]{3,500}$/, { error: 'is not the id of a job' }),
});
export const eventIdSchema = z.strictObject({ id: z.uuid() });

/** No control characters: a reason is read in terminals and in lines of a log. */
const reason = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .regex(/^\P{Cc}*$/u, { error: 'must not contain control characters' });

export const discardSchema = z
  .strictObject({ reason: reason.describe('Why it may be lost; stands in the audit log') })
  .meta({ id: 'Discard' });

export type About = z.input<typeof aboutSchema>;
export type Status = z.input<typeof statusSchema>;
export type FailedEvent = z.input<typeof failedEventSchema>;
export type EventDone = z.input<typeof eventDoneSchema>;
export type FailedEventPage = z.input<typeof failedEventPageSchema>;
