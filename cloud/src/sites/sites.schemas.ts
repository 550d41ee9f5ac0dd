import { z } from 'zod';
import { GATEWAY_KINDS, METER_ROLES, PLACE_KINDS, POINT_CLASSES } from './sites.types.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');

const organisation = z.object({ id, name: z.string(), createdAt: instant }).meta({ id: 'Organisation' });

const building = z
  .object({
    id,
    name: z.string(),
    zone: z.string().describe('IANA name; its days and months'),
    createdAt: instant,
  })
  .meta({ id: 'Building' });

const place = z
  .object({ id, building: id, parent: id.nullable(), name: z.string(), kind: z.enum(PLACE_KINDS) })
  .meta({ id: 'Place' });

const gatewayFields = {
  id,
  building: id,
  name: z.string(),
  kind: z.enum(GATEWAY_KINDS).describe('`simple` signs nothing: a weaker class of evidence'),
  state: z.enum(['active', 'revoked']),
  replaces: id.nullable().describe('Whose place it took'),
  createdAt: instant,
  revokedAt: instant.nullable(),
  seenAt: instant.nullable().describe('When it was last heard; to the minute'),
  points: z.int().describe('How many it reads now'),
};
const gateway = z.object(gatewayFields).meta({ id: 'Gateway' });

export const gatewayDetailsSchema = z
  .object({
    ...gatewayFields,
    keys: z.array(
      z.object({
        keyId: z.string(),
        publicKey: z.string().describe('Ed25519, hex'),
        addedAt: instant,
        retiredAt: instant.nullable(),
      }),
    ),
    tokens: z
      .array(z.object({ id, createdAt: instant, revokedAt: instant.nullable() }))
      .describe('Of the tokens themselves only hashes are kept'),
    certificates: z.array(
      z.object({
        fingerprint: z.string().describe('SHA-256, hex'),
        serial: z.string(),
        issuedAt: instant,
        notAfter: instant,
        revokedAt: instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'GatewayDetails' });

const meter = z
  .object({
    id,
    building: id,
    profile: z.string().nullable().describe('`profile@version`; null for a meter that people read'),
    serial: z.string().nullable(),
    role: z.enum(METER_ROLES),
    label: z.string(),
    parent: id.nullable().describe('The main meter that measures what this one measures as well'),
    accuracyPpm: z
      .int()
      .nullable()
      .describe('Permitted error in parts per million, class 1 is 10000; null: as its profile says'),
  })
  .meta({ id: 'Meter' });

const point = z
  .object({
    id,
    gateway: id.nullable().describe('Who sends it'),
    meter: id.nullable().describe('Null until somebody assigns it: its readings are kept all the same'),
    meterLabel: z.string().nullable(),
    register: z.string().nullable().describe('`profile@version/register`'),
    quantity: z.string().nullable(),
    unit: z.string().nullable(),
    class: z.enum(POINT_CLASSES),
    seenAt: instant.nullable().describe('When its first reading came'),
  })
  .meta({ id: 'Point' });

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

const list = <T extends z.ZodType>(name: string, item: T) =>
  z.object({ items: z.array(item) }).meta({ id: name });

export const organisationListSchema = list('OrganisationList', organisation);
export const buildingListSchema = list('BuildingList', building);
export const placeListSchema = list('PlaceList', place);
export const gatewayListSchema = list('GatewayList', gateway);
export const meterListSchema = list('MeterList', meter);
export const installationListSchema = list('InstallationList', installation);
export const pointPageSchema = z
  .object({
    items: z.array(point),
    after: id.optional().describe('There when there may be more: give it with the next request'),
  })
  .meta({ id: 'PointPage' });

export const organisationParams = z.strictObject({ organisation: z.uuid() });
export const gatewayParams = z.strictObject({ organisation: z.uuid(), gateway: z.uuid() });
export const buildingQuery = z.strictObject({ building: z.uuid().optional() });
export const installationQuery = z.strictObject({ point: z.uuid().optional() });
export const pointQuery = z.strictObject({
  gateway: z.uuid().optional(),
  meter: z.uuid().optional(),
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
