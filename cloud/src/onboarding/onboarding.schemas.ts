import { z } from 'zod';
import { FILE_LIMITS } from '../kernel/tables/cell.ts';
import { DELIMITERS } from '../kernel/tables/csv.ts';
import { DATE_ORDERS } from '../kernel/tables/date.ts';
import { ENCODINGS } from '../kernel/tables/encoding.ts';
import { CHANGE_KINDS } from './domain/change.ts';
import { LANGUAGES, LIST_KINDS } from './domain/list-columns.ts';
import type { ListMapping } from './domain/list-mapping.ts';
import { LIST_STATES } from './onboarding.types.ts';
import { MOST_LINES } from './opened-list.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');
const words = (max: number) => z.string().trim().min(1).max(max);

const column = z
  .union([words(200), z.int().min(1).max(FILE_LIMITS.columns)])
  .describe('The words above the column, or its number from 1');

const listMappingSchema = z
  .strictObject({
    sheet: words(100).optional().describe('Of a workbook; otherwise the first that is not hidden'),
    encoding: z.enum(ENCODINGS).optional().describe('Detected when it is not said'),
    delimiter: z.enum(DELIMITERS).optional().describe('Detected when it is not said'),
    headerLine: z.int().min(0).max(1_000).default(1).describe('0: there is none, and columns are numbers'),
    columns: z.record(words(40), column).describe('By what each holds: room, floor, serial, start, …'),
    dates: z
      .strictObject({
        order: z.enum(DATE_ORDERS).default('dmy'),
        era: z.enum(['either', 'buddhist', 'gregorian']).default('either'),
      })
      .prefault({}),
    decimal: z
      .enum(['.', ','])
      .default('.')
      .describe('The mark before decimals; the other one groups digits'),
    formulas: z
      .enum(['refuse', 'stored'])
      .default('refuse')
      .describe('`stored` takes the result that the workbook has kept of a formula'),
  })
  .meta({ id: 'ListMapping' });

/** The schema and the type of the domain say the same, or this does not compile. */
export const parseListMapping = (value: unknown): ListMapping => listMappingSchema.parse(value);

export const buildingScope = z.strictObject({ organisation: id, building: id });
export const organisationScope = z.strictObject({ organisation: id });
export const templateScope = z.strictObject({ organisation: id, kind: z.enum(LIST_KINDS) });
export const templateQuery = z.strictObject({ language: z.enum(LANGUAGES).default('en') });

const mappingText = z
  .string()
  .max(8_000)
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(listMappingSchema);

export const bringQuery = z.strictObject({
  name: z.string().min(1).max(500).default('list').describe('The name of the file, as the person knows it'),
  dryRun: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true')
    .describe('`false` brings the list in, if it has no fault'),
  mapping: mappingText.optional().describe('JSON; proposed from the words above the columns when left out'),
  dateOrder: z
    .enum(DATE_ORDERS)
    .optional()
    .describe(
      'Of day, month and year in the dates of the file; `dmy` when it is not said, whatever they look like',
    ),
  since: z.iso.date().optional().describe('Of meters whose line does not say: since when they hang there'),
  plan: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe(
      'Of the preview that was looked at: when the list would do something else by now, it does nothing',
    ),
});
export const runsQuery = z.strictObject({
  before: id.optional().describe('The last run of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const count = z.int().min(0);
const listFault = z
  .object({
    line: z.int(),
    column: z.int().optional().describe('From 1; absent when the line is meant'),
    columnName: z.string().optional(),
    code: z.string().describe('Stable'),
    value: z.string(),
    problem: z.string(),
    remedy: z.string(),
  })
  .meta({ id: 'ListFault' });
const lineChange = z
  .object({
    line: z.int(),
    name: z.string().describe('The room, the meter, or the room and the person'),
    what: z.enum(CHANGE_KINDS),
    fields: z.array(
      z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
    ),
  })
  .meta({ id: 'ListLineChange' });

export const MOST_SHOWN = 2_000;

export const listResultSchema = z
  .object({
    state: z.enum(LIST_STATES).describe('`refused`: there are faults or problems, and nothing was stored'),
    kind: z.enum(LIST_KINDS),
    building: id,
    fileName: z.string(),
    sha256: z.string(),
    size: count,
    encoding: z.string().optional(),
    delimiter: z.string().optional(),
    sheet: z.string().optional(),
    sheets: z.array(z.object({ name: z.string(), hidden: z.boolean() })).optional(),
    mapping: listMappingSchema.meta({ id: 'ListMappingInFull' }),
    proposed: z.boolean().describe('The mapping was made from the words above the columns'),
    notes: z.array(z.string()).describe('What was assumed'),
    problems: z.array(z.string()).describe('What the mapping lacks: no line can be read before'),
    lines: count.describe(`At most ${MOST_LINES}`),
    added: count,
    changed: count,
    same: count,
    faultCount: count,
    changes: z.array(lineChange).describe(`The first ${MOST_SHOWN} lines that are new or changed`),
    faults: z.array(listFault).describe(`The first ${MOST_SHOWN}`),
    plan: z.string().describe('What would be done; give it back when the list is brought in'),
    earlier: instant.optional().describe('When this very file came in before'),
  })
  .meta({ id: 'ListResult' });

const run = z
  .object({
    id,
    building: id,
    kind: z.enum(LIST_KINDS),
    fileName: z.string(),
    sha256: z.string(),
    size: count,
    lines: count,
    added: count,
    changed: count,
    same: count,
    author: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'OnboardingRun' });
export const runListSchema = z.object({ items: z.array(run) }).meta({ id: 'OnboardingRunList' });
