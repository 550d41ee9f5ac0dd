import { z } from 'zod';

const instant = z.iso.datetime({ offset: false }).describe('UTC');
const id = z.uuid();
const number = z.string().regex(/^[1-9][0-9]{0,17}$/, { error: 'must be a number' });

export const scopeParams = z.object({ organisation: z.string() });
export const letterParams = z.object({ organisation: z.string(), id: number });
export const gatewayParams = z.object({ organisation: z.string(), gateway: id });

const page = {
  before: number.optional().describe('Id of the last one of the page before'),
  limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(100).describe('How many'),
};
export const letterQuery = z.object({
  state: z.enum(['open', 'replay', 'replayed', 'discarded']).optional().describe('Only those'),
  ...page,
});
export const conflictQuery = z.object({ state: z.enum(['open', 'dismissed']).optional(), ...page });
export const reasonBody = z.strictObject({ reason: z.string().trim().min(3).max(500) });
export const completenessQuery = z.object({
  from: z.iso.date().describe('First day, in the zone of the building'),
  to: z.iso.date().describe('Last day; 92 days at most'),
  meter: id.optional(),
});

const letter = z
  .object({
    id: number,
    gateway: id.nullable(),
    topic: z.string(),
    reason: z.string(),
    detail: z.string(),
    digest: z.string().describe('SHA-256 of the payload as published'),
    size: z.int(),
    hasBytes: z.boolean().describe('False when the gateway had used up its room: it cannot be replayed'),
    count: z.int().describe('How often it came'),
    firstAt: instant,
    lastAt: instant,
    state: z.enum(['open', 'replay', 'replayed', 'discarded']),
    retryAfterMs: z.int().nullable(),
  })
  .meta({ id: 'DeadLetter' });
const conflict = z
  .object({
    id: number,
    kind: z
      .enum(['value', 'decode'])
      .describe('Two values for one time, or a count that is not what its words say'),
    class: z.enum(['billing', 'counter', 'gauge']),
    point: id,
    at: instant,
    stored: z.string().nullable().describe('What stands; of `decode`: what the words say'),
    offered: z.string().nullable(),
    raw: z.string().nullable(),
    register: z.string().nullable(),
    gateway: id.nullable(),
    detail: z.string(),
    foundAt: instant,
    state: z.enum(['open', 'dismissed']),
  })
  .meta({ id: 'ReadingConflict' });
const gap = z
  .object({
    gateway: id,
    journal: id,
    missing: z.int().describe('Records that are neither here nor given up'),
    since: instant,
    announcedAt: instant.nullable(),
    ranges: z.string().describe('Half-open, the beginning of the list'),
  })
  .meta({ id: 'JournalGap' });
const held = z
  .object({
    reason: z.enum(['future', 'foreign-point', 'too-many-points', 'unknown-profile']),
    gateway: id.nullable(),
    readings: z.int(),
    first: instant,
    last: instant,
  })
  .meta({ id: 'HeldReadings' });
const day = z
  .object({
    meter: id,
    label: z.string(),
    day: z.iso.date(),
    rhythm: z
      .enum(['quarters', 'by-hand'])
      .describe('Of a meter that no gateway and no webhook reads, nothing is expected'),
    expected: z.int().describe('Quarter hours that its points should have'),
    present: z.int().describe('Quarter hours with a reading'),
    share: z.int().nullable().describe('In ten thousandths, rounded down'),
  })
  .meta({ id: 'MeterDayCompleteness' });

export const letterPage = z.object({ items: z.array(letter), before: number.optional() });
export const conflictPage = z.object({ items: z.array(conflict), before: number.optional() });
export const gapList = z.object({ items: z.array(gap) });
export const heldList = z.object({ items: z.array(held) });
export const completenessList = z.object({ items: z.array(day) });
export const decided = z.object({ id: number });
export const gatewayReport = z
  .object({
    status: z.unknown(),
    connected: z.boolean(),
    statusReceivedAt: instant.nullable(),
    configReport: z.unknown(),
    configReceivedAt: instant.nullable(),
  })
  .meta({ id: 'GatewayReport' });
