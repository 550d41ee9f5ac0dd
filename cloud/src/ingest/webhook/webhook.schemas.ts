import { z } from 'zod';
import { DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS } from './webhook-sources.service.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');

export const webhookAnswerSchema = z
  .object({
    stored: z.int(),
    repeats: z.int().describe('Readings that were there before'),
    held: z.int().describe('More than five minutes ahead: stored when their time has come'),
    conflicts: z
      .array(
        z.object({
          index: z.int().describe('Place in the list that was sent, from 0'),
          stored: z.string().nullable(),
          offered: z.string().nullable(),
        }),
      )
      .describe('Another value is stored at that time; it stays'),
  })
  .meta({ id: 'WebhookAnswer' });

export const organisationScope = z.strictObject({ organisation: id });
export const sourceScope = z.strictObject({ organisation: id, source: id });
export const addSourceBody = z
  .strictObject({ name: z.string().trim().min(1).max(80) })
  .meta({ id: 'AddWebhookSource' });
export const rotateBody = z
  .strictObject({
    overlapHours: z
      .number()
      .min(0)
      .max(MAX_OVERLAP_HOURS)
      .default(DEFAULT_OVERLAP_HOURS)
      .describe('How long the former secret stays valid; 0 ends it at once'),
  })
  .meta({ id: 'RotateWebhookSecret' });
export const revokeBody = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(3)
      .max(500)
      .regex(/^\P{Cc}*$/u, { error: 'must not contain control characters' }),
  })
  .meta({ id: 'RevokeWebhookSource' });

const sourceFields = {
  id,
  name: z.string(),
  createdAt: instant,
  revokedAt: instant.nullable(),
  secrets: z.array(
    z.object({
      keyId: z.string(),
      createdAt: instant,
      expiresAt: instant.nullable(),
      revokedAt: instant.nullable(),
      lastUsedAt: instant.nullable().describe('To the hour'),
    }),
  ),
};
export const sourceSchema = z.object(sourceFields).meta({ id: 'WebhookSource' });
export const sourceListSchema = z.object({ items: z.array(sourceSchema) }).meta({ id: 'WebhookSourceList' });
export const withSecretSchema = z
  .object({
    ...sourceFields,
    keyId: z.string(),
    secret: z.string().describe('Shown this once'),
  })
  .meta({ id: 'WebhookSourceWithSecret' });
