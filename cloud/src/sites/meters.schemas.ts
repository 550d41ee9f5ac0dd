import { z } from 'zod';
import { id, instant, list } from './sites.schemas.ts';
import { MEASURES, METER_ROLES, SUM_FAULTS } from './sites.types.ts';

const instantIn = z.iso.datetime({ offset: true }).optional().describe('With its offset; left out: now');
const text = z.string().max(200);

const meterFields = {
  id,
  building: id,
  profile: z.string().nullable().describe('`profile@version`; null for a meter that people read'),
  serial: z.string().nullable(),
  role: z.enum(METER_ROLES),
  label: z.string(),
  parent: id.nullable().describe('The main meter that measures what this one measures as well'),
  measures: z.enum(MEASURES).nullable().describe('Null: nobody has said'),
  accuracyPpm: z
    .int()
    .nullable()
    .describe('Permitted error in parts per million, class 1 is 10000; null: as its profile says'),
  version: z.int().describe('Goes up with every change'),
};
export const meterSchema = z.object(meterFields).meta({ id: 'Meter' });
export const meterListSchema = list('MeterList', meterSchema);

const meterGiven = {
  profile: text.nullable().optional(),
  serial: text.nullable().optional(),
  parent: id.nullable().optional(),
  measures: z.enum(MEASURES).nullable().optional().describe('Left out: as its main meter does'),
  accuracy: text
    .nullable()
    .optional()
    .describe('Its class as on the meter: `0.5S`, `1`, `B`; losses are judged by it, whenever they were'),
};
export const addMeterBody = z.strictObject({
  id: id.optional().describe('Version 7, as it was commissioned; else a new one'),
  building: id,
  label: text,
  role: z.enum(METER_ROLES).default('sub'),
  ...meterGiven,
});
export const changeMeterBody = z.strictObject({
  label: text.optional(),
  role: z.enum(METER_ROLES).optional(),
  ...meterGiven,
  version: z.int().optional().describe('As it was read: refused if somebody has changed it since'),
});

export const summedListSchema = list(
  'SummedMeterList',
  z
    .object({
      ...meterFields,
      place: id.nullable().describe('Where it hangs now'),
      lacks: z.enum(SUM_FAULTS).nullable().describe('What keeps its share out of the sum; null: nothing'),
    })
    .meta({ id: 'SummedMeter' }),
);

const installation = z
  .object({
    id,
    point: id,
    meter: id,
    place: id.nullable(),
    fromAt: instant,
    toAt: instant.nullable().describe('Half-open; null while it lasts'),
  })
  .meta({ id: 'Installation' });
export const installationListSchema = list('InstallationList', installation);

export const hangBody = z.strictObject({
  meter: id,
  place: id.nullable().optional(),
  from: instantIn,
});
export const endBody = z.strictObject({ at: instantIn });
export const replaceBody = z.strictObject({
  by: id.describe('The meter that hangs there from then on'),
  at: instantIn,
});

export const installationQuery = z.strictObject({
  point: id.optional(),
  meter: id.optional(),
  place: id.optional(),
});
export const meterParams = z.strictObject({ organisation: id, meter: id });
export const installationParams = z.strictObject({ organisation: id, installation: id });
