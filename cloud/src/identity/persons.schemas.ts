import { z } from 'zod';
import { DOCUMENT_KINDS, LOCALES } from './domain/consent-document.ts';
import { documentSchema } from './identity.schemas.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');
const locale = z.enum(LOCALES);
const anyOrganisation = z.string().min(1).max(40);

export const documentParams = z.strictObject({ document: id });
const text = z.strictObject({ title: z.string().min(1).max(200), text: z.string().min(1).max(100_000) });
export const publishSchema = z
  .strictObject({
    kind: z.enum(DOCUMENT_KINDS),
    texts: z
      .strictObject({ th: text.optional(), en: text.optional(), id: text.optional() })
      .refine((texts) => Object.keys(texts).length > 0, { error: 'a text in one language at least' }),
    required: z.boolean().describe('Whoever joins must agree'),
  })
  .meta({ id: 'PublishConsentDocument' });
export const documentListSchema = z
  .object({ items: z.array(documentSchema) })
  .meta({ id: 'ConsentDocumentList' });
export const ownDocumentListSchema = z
  .object({ items: z.array(documentSchema.extend({ givenAt: instant.nullable() })) })
  .meta({ id: 'OwnConsentDocumentList' });
export const giveSchema = z
  .strictObject({ document: id, locale: locale.describe('In which it was read') })
  .meta({ id: 'GiveConsent' });
export const consentListSchema = z
  .object({
    items: z.array(
      z.object({
        person: id,
        document: id,
        kind: z.enum(DOCUMENT_KINDS),
        version: z.int(),
        locale,
        givenAt: instant,
        withdrawnAt: instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'ConsentList' });

export const reasonSchema = z
  .strictObject({ reason: z.string().min(3).max(500).describe('Stands in the audit; names nobody') })
  .meta({ id: 'ForgetPerson' });
export const forgottenSchema = z
  .object({ whole: z.boolean().describe('False: the person is somebody elsewhere, and stays so there') })
  .meta({ id: 'PersonForgotten' });
export const holdsSchema = z
  .object({
    holds: z.array(z.object({ organisation: id, reason: z.string(), until: z.string().optional() })),
  })
  .meta({ id: 'ForgetHolds' });

const word = (most: number) => z.string().min(1).max(most).optional();
export const auditScope = z.strictObject({ organisation: anyOrganisation });
const filter = {
  actor: word(200).describe('Id of a person, an API key, a gateway'),
  actorKind: word(30).describe('user, api_key, operator, gateway, system, visitor'),
  action: word(100).describe('As `session.started`; with a dot at its end all of them: `session.`'),
  subject: word(260).describe('`type:id`, as `person:0190…`'),
  from: instant.optional(),
  to: instant.optional().describe('Half-open'),
  address: word(100).describe('Network address of whoever did it'),
  outcome: z.enum(['done', 'refused']).optional(),
  request: word(200).describe('Id of a request, as answers and logs have it'),
};
export const auditExportQuery = z.strictObject(filter);
export const auditQuery = z.strictObject({
  ...filter,
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z_[0-9a-f-]{36}$/)
    .optional()
    .describe('`next` of the page before'),
});
export const auditPageSchema = z
  .object({
    items: z.array(
      z.object({
        id,
        at: z.string().describe('UTC, microseconds'),
        actor: z.object({ kind: z.string(), id: z.string().nullable(), address: z.string().nullable() }),
        action: z.string(),
        outcome: z.enum(['done', 'refused']),
        subject: z.object({ type: z.string(), id: z.string() }),
        fields: z.array(z.string()),
        values: z
          .array(
            z.object({
              field: z.string(),
              person: z.string(),
              before: z.string().optional(),
              after: z.string().optional(),
              forgotten: z.boolean(),
            }),
          )
          .describe('Of persons; `forgotten` where nobody can read it any more'),
        reason: z.string().nullable(),
        requestId: z.string().nullable(),
      }),
    ),
    next: z.string().nullable().describe('From where to go on; null when this was all'),
  })
  .meta({ id: 'AuditPage' });
