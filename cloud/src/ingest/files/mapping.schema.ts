import { z } from 'zod';
import { FILE_LIMITS } from '../../kernel/tables/cell.ts';
import { DELIMITERS } from '../../kernel/tables/csv.ts';
import { DATE_ORDERS, readClock } from '../../kernel/tables/date.ts';
import { ENCODINGS } from '../../kernel/tables/encoding.ts';
import { COLUMN_ROLES, type ColumnRole, type Mapping, MEDIA } from './domain/mapping.ts';

const words = (max: number) => z.string().trim().min(1).max(max);
const column = z
  .union([words(200), z.int().min(1).max(FILE_LIMITS.columns)])
  .describe('The words above the column, or its number from 1');

const roles: Readonly<Record<ColumnRole, string>> = {
  point: 'Id of the point',
  meter: 'Label of the meter',
  serial: 'Serial number of the meter',
  room: 'Name of the room',
  register: 'Register of the meter, by its name in the profile',
  time: 'Date and time',
  date: 'Date',
  clock: 'Time of day, beside a date',
  unit: 'Unit of the values: kWh, Wh, m³, L, count',
  opening: 'Says yes where the meter began with the value',
  note: 'Words that are kept with the reading',
};
const columns = z.strictObject(
  Object.fromEntries(COLUMN_ROLES.map((role) => [role, column.describe(roles[role]).optional()])) as {
    [Role in ColumnRole]: z.ZodOptional<typeof column>;
  },
);

const valueColumn = z.strictObject({
  column,
  medium: z.enum(MEDIA).optional().describe('Which register of the room or meter, where it has several'),
  register: words(40).optional(),
  unit: words(40).optional(),
  at: words(60).optional().describe('Date, with or without a time, of all values of the column'),
  opening: z.boolean().optional().describe('The meters began with these values'),
});

const mapping = z.strictObject({
  sheet: words(100).optional().describe('Of a workbook; otherwise the first that is not hidden'),
  encoding: z.enum(ENCODINGS).optional().describe('Detected when it is not said'),
  delimiter: z.enum(DELIMITERS).optional().describe('Detected when it is not said'),
  headerLine: z.int().min(0).max(1_000).default(1).describe('0: there is none, and columns are numbers'),
  columns,
  values: z.array(valueColumn).max(20).describe('Columns of counter readings'),
  dates: z
    .strictObject({
      order: z.enum(DATE_ORDERS).default('dmy'),
      era: z.enum(['either', 'buddhist', 'gregorian']).default('either'),
      dateOnlyAt: z
        .string()
        .refine((text) => readClock(text) !== undefined, { error: 'must be a time of day such as 08:00' })
        .optional()
        .describe('Local time, in the zone of the building, of dates that say no time'),
    })
    .prefault({}),
  decimal: z.enum(['.', ',']).default('.').describe('The mark before decimals; the other one groups digits'),
  formulas: z
    .enum(['refuse', 'stored'])
    .default('refuse')
    .describe('`stored` takes the result that the workbook has kept of a formula'),
  opening: z.boolean().default(false).describe('All readings are what the meters began with'),
});

export const mappingSchema = mapping.meta({ id: 'ImportMapping' });
/** With everything that was left out: in the document of the API another shape than the one that is sent. */
export const fullMappingSchema = mapping.meta({ id: 'ImportMappingInFull' });

/** The schema and the type of the domain say the same, or this does not compile. */
export const parseMapping = (value: unknown): Mapping => mappingSchema.parse(value);
