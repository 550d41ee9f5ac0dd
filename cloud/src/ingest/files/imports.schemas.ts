import { z } from 'zod';
import { FORMATS } from '../../platform/tables/index.ts';
import { HINTS } from '../manual/domain/plausibility.ts';
import { IMPORT_STATES } from './domain/import-state.ts';
import { MOST_FAULTS } from './import-check.ts';
import { fullMappingSchema, mappingSchema } from './mapping.schema.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');

export const organisationScope = z.strictObject({ organisation: id });
export const buildingScope = z.strictObject({ organisation: id, building: id });
export const importScope = z.strictObject({ organisation: id, import: id });
const mappingName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^\P{Cc}*$/u, { error: 'must not contain control characters' });
export const mappingScope = z.strictObject({ organisation: id, name: mappingName });

export const uploadQuery = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(500)
    .default('readings')
    .describe('The name of the file, as the person knows it'),
});
export const previewBody = z
  .strictObject({ mapping: mappingSchema.optional(), mappingName: mappingName.optional() })
  .meta({ id: 'ImportPreviewRequest' });
export const startBody = z
  .strictObject({
    mapping: mappingSchema.optional(),
    mappingName: mappingName.optional().describe('One that is saved; either this or `mapping`'),
    dryRun: z.boolean().default(false).describe('Judge every line, store nothing'),
    keepGood: z
      .boolean()
      .default(false)
      .describe('Store the good lines although others have faults; otherwise all or nothing'),
  })
  .meta({ id: 'ImportStart' });
export const listQuery = z.strictObject({
  before: id.optional().describe('The last import of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const faultQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('The number of the last fault of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const count = z.int().min(0);
export const importSchema = z
  .object({
    id,
    building: id,
    state: z
      .enum(IMPORT_STATES)
      .describe('`storing` is the point of no return: before it nothing is stored, from it all will be'),
    fileName: z.string(),
    format: z.enum(FORMATS),
    sha256: z.string(),
    size: count,
    mapping: fullMappingSchema.nullable(),
    dryRun: z.boolean(),
    keepGood: z.boolean(),
    cancelRequested: z.boolean(),
    totalLines: count.nullable(),
    lines: count.describe('Lines judged so far'),
    readings: count.describe('Good ones'),
    faults: count.describe(`Of them at most ${MOST_FAULTS} are kept`),
    stored: count.describe('While checking and after a dry run: what would be stored'),
    repeats: count.describe('The same readings were there before, or twice in the file'),
    conflicts: count.describe('Another value is stored at the same time; it stays'),
    held: count.describe('More than five minutes ahead: stored when their time has come'),
    error: z.string().nullable(),
    author: z.string(),
    createdAt: instant,
    touchedAt: instant,
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Import' });
export const importListSchema = z.object({ items: z.array(importSchema) }).meta({ id: 'ImportList' });

const fault = z
  .object({
    line: z.int(),
    column: z.int().optional().describe('From 1; absent when the line is meant'),
    columnName: z.string().optional(),
    code: z.string().describe('Stable'),
    value: z.string(),
    problem: z.string(),
    remedy: z.string(),
  })
  .meta({ id: 'ImportFault' });
export const faultPageSchema = z
  .object({ items: z.array(fault), after: z.int().optional().describe('There when there may be more') })
  .meta({ id: 'ImportFaultPage' });

const previewLine = z.object({
  line: z.int(),
  cells: z.array(z.string()),
  readings: z.array(
    z.object({
      point: z.string(),
      at: instant,
      class: z.enum(['billing', 'counter']),
      count: z.string().describe("The meter's own count"),
      opening: z.boolean(),
      column: z.int(),
    }),
  ),
  faults: z.array(fault),
});
export const previewSchema = z
  .object({
    import: importSchema,
    encoding: z.string().optional(),
    delimiter: z.string().optional(),
    sheet: z.string().optional(),
    sheets: z.array(z.object({ name: z.string(), hidden: z.boolean() })).optional(),
    totalLines: count,
    header: z.array(z.string()),
    mapping: fullMappingSchema,
    proposed: z.boolean().describe('The mapping was made from the words above the columns'),
    notes: z.array(z.string()).describe('What was assumed'),
    problems: z.array(z.string()).describe('What the mapping lacks: no line can be read before'),
    lines: z.array(previewLine),
    linesLookedAt: count,
    faults: z.array(fault),
    faultCount: count.describe('In the lines looked at'),
    hints: z
      .array(
        z.object({
          line: z.int(),
          column: z.int(),
          point: z.string(),
          at: instant,
          count: z.string(),
          hints: z.array(z.enum(HINTS)),
        }),
      )
      .describe(
        'Good readings that do not fit their neighbours, in the file or stored: no faults, but look again',
      ),
    hintCount: count.describe('In the lines looked at'),
    fitting: z.array(z.string()).describe('Saved mappings whose columns are all there'),
    earlier: id.optional().describe('An import that has brought in this very file'),
  })
  .meta({ id: 'ImportPreview' });

export const savedMappingSchema = z
  .object({ name: z.string(), mapping: fullMappingSchema, updatedAt: instant })
  .meta({ id: 'SavedImportMapping' });
export const savedMappingListSchema = z
  .object({ items: z.array(savedMappingSchema) })
  .meta({ id: 'SavedImportMappingList' });
