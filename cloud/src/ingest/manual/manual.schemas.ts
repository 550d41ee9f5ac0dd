import { z } from 'zod';
import { HINTS } from './domain/plausibility.ts';
import { CORRECTION_KINDS } from './manual.store.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');
/** With its offset, since nobody's clock but the building's could be meant otherwise. */
const given = z.iso.datetime({ offset: true }).describe('With its offset: 2026-01-31T08:00:00+07:00');
const line = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, { error: 'must not contain control characters' });

export const organisationScope = z.strictObject({ organisation: id });
export const pointScope = z.strictObject({ organisation: id, point: id });
export const photoScope = z.strictObject({ organisation: id, photo: id });

const written = {
  value: line(1, 40).optional().describe('As on the display: 1234.5'),
  unit: line(1, 40).optional().describe('Of the value: kWh, Wh, m³, L'),
  count: line(1, 40).optional().describe("Instead of value and unit: the register's own count"),
};
export const judgeBody = z.strictObject({ at: given, ...written }).meta({ id: 'JudgeReading' });
export const enterBody = z
  .strictObject({
    at: given,
    ...written,
    id: id.optional().describe('The same id is the same reading, however often it is sent'),
    photo: id.optional().describe('Uploaded before: makes the reading evidence of class 6 instead of 7'),
    note: line(1, 500).optional(),
    opening: z.boolean().optional().describe('The meter began with it'),
    confirmed: z.boolean().optional().describe('Whoever enters it has seen the hints'),
  })
  .meta({ id: 'EnterReading' });
export const correctBody = z
  .strictObject({
    at: given.describe('Of the reading'),
    kind: z.enum(CORRECTION_KINDS).describe('`restored` takes the newest decision back'),
    ...written,
    reason: line(3, 500).describe('Stands with the reading for ever'),
    photo: id.optional(),
    confirmed: z.boolean().optional().describe('Whoever decides has seen the hints'),
  })
  .meta({ id: 'CorrectReading' });
export const correctionQuery = z.strictObject({
  point: id.optional(),
  before: id.optional().describe('The last correction of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const neighbour = z.object({
  at: instant,
  count: z.string(),
  evidence: z.int().describe('Class of evidence, 1 to 7'),
});
const judged = {
  count: z.string().describe("The register's own count"),
  hints: z.array(z.enum(HINTS)),
  previous: neighbour.optional(),
  next: neighbour.optional(),
};
export const judgedSchema = z
  .object({ ...judged, mustBeConfirmed: z.boolean() })
  .meta({ id: 'JudgedReading' });
export const enteredSchema = z
  .object({ ...judged, id, evidence: z.literal([6, 7]), repeated: z.boolean() })
  .meta({ id: 'EnteredReading' });
export const photoSchema = z.object({ id }).meta({ id: 'ReadingPhoto' });
export const photoLinkSchema = z.object({ url: z.string() }).meta({ id: 'ReadingPhotoLink' });
export const correctionSchema = z
  .object({
    id,
    point: id,
    at: instant,
    kind: z.enum(CORRECTION_KINDS),
    count: z.string().nullable().describe('What stands in its place'),
    reason: z.string(),
    author: z.string(),
    photo: z.string().nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Correction' });
export const correctionListSchema = z
  .object({ items: z.array(correctionSchema) })
  .meta({ id: 'CorrectionList' });
