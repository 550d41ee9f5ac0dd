import { z } from 'zod';
import { GATEWAY_KINDS, POINT_CLASSES } from './sites.types.ts';

export const id = z.uuid();
export const instant = z.iso.datetime({ offset: false }).describe('UTC');

const organisation = z.object({ id, name: z.string(), createdAt: instant }).meta({ id: 'Organisation' });

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

export const list = <T extends z.ZodType>(name: string, item: T) =>
  z.object({ items: z.array(item) }).meta({ id: name });

export const organisationListSchema = list('OrganisationList', organisation);
export const gatewayListSchema = list('GatewayList', gateway);
export const pointPageSchema = z
  .object({
    items: z.array(point),
    after: id.optional().describe('There when there may be more: give it with the next request'),
  })
  .meta({ id: 'PointPage' });

export const organisationParams = z.strictObject({ organisation: z.uuid() });
export const gatewayParams = z.strictObject({ organisation: z.uuid(), gateway: z.uuid() });
export const buildingQuery = z.strictObject({ building: z.uuid().optional() });
export const pointQuery = z.strictObject({
  gateway: z.uuid().optional(),
  meter: z.uuid().optional(),
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
