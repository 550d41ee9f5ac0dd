import { z } from 'zod';
import { REGIMES } from './domain/regime.ts';
import { id, instant, list } from './sites.schemas.ts';
import { PLACE_KINDS } from './sites.types.ts';

const day = z.iso.date().describe('A day of the building');
const name = z.string().max(500);
const otherName = name.nullable().describe('The same name in the other script');
const version = z.int().describe('Goes up with every change');
const readVersion = version
  .optional()
  .describe('As it was read: refused if somebody has changed it since. Left out: the last one wins');
const reason = z.string().max(2000).describe('Why, for the audit');
const cycleDay = z.int().describe('On which day of the month bills are cut; in a shorter month on its last');
const currency = z.string().max(10).describe('ISO 4217, of new leases and tariffs');
const state = z.enum(['in-use', 'out-of-service']).describe('Today');
const level = z.int().nullable().describe('Of a floor: 0 is the ground');
const areaM2 = z.string().max(30).nullable().describe('A decimal');
const capacity = z.int().nullable().describe('How many people may live in it');

const building = z
  .object({
    id,
    name: z.string(),
    otherName,
    zone: z.string().describe('IANA name; its days and months'),
    address: z.string().nullable(),
    currency: z.string(),
    cycleDay,
    version,
    createdAt: instant,
  })
  .meta({ id: 'Building' });
export const buildingSchema = building;
export const buildingListSchema = list('BuildingList', building);

export const addBuildingBody = z.strictObject({
  name,
  zone: z.string().max(60).describe('IANA name, as Asia/Bangkok; it cannot be changed later'),
  otherName: otherName.optional(),
  address: name.nullable().optional(),
  currency: currency.default('THB'),
  cycleDay: cycleDay.default(1),
});
export const changeBuildingBody = z.strictObject({
  name: name.optional(),
  otherName: otherName.optional(),
  address: name.nullable().optional(),
  currency: currency.optional(),
  cycleDay: cycleDay.optional(),
  version: readVersion,
});

const regime = z.object({
  id,
  from: day,
  to: day.nullable().describe('The first day of the next one'),
  regime: z.enum(REGIMES),
  reason: z.string(),
  author: z.string(),
  createdAt: instant,
});
export const regimeListSchema = list('RegimeList', regime.meta({ id: 'Regime' }));
export const sayRegimeBody = z.strictObject({
  from: day,
  regime: z.enum(REGIMES).nullable().describe('`null` takes back what was said about that day'),
  reason,
});

const place = z
  .object({
    id,
    building: id,
    parent: id.nullable().describe('The floor on which it is'),
    name: z.string(),
    otherName,
    kind: z.enum(PLACE_KINDS),
    level,
    areaM2,
    capacity,
    state,
    version,
  })
  .meta({ id: 'Place' });
export const placeSchema = place;
export const placeListSchema = list('PlaceList', place);

const placeFields = {
  parent: id.nullable().optional(),
  otherName: otherName.optional(),
  level: level.optional(),
  areaM2: areaM2.optional(),
  capacity: capacity.optional(),
};
export const addPlaceBody = z.strictObject({
  building: id,
  name,
  kind: z.enum(PLACE_KINDS),
  ...placeFields,
});
export const changePlaceBody = z.strictObject({
  name: name.optional(),
  ...placeFields,
  version: readVersion,
});
export const reasonBody = z.strictObject({ reason });

const outage = z
  .object({
    id,
    place: id,
    from: day,
    to: day.nullable().describe('The first day on which it is in use again'),
    reason: z.string(),
    author: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Outage' });
export const outageSchema = outage;
export const outageListSchema = list('OutageList', outage);
export const addOutageBody = z.strictObject({ from: day, to: day.nullable().optional(), reason });
export const endOutageBody = z.strictObject({ on: day });

export const removedSchema = z.object({ removed: z.literal(true) }).meta({ id: 'Removed' });

export const buildingParams = z.strictObject({ organisation: id, building: id });
export const placeParams = z.strictObject({ organisation: id, place: id });
export const outageParams = z.strictObject({ organisation: id, place: id, outage: id });
