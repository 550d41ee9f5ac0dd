import { z } from 'zod';
import { DOCUMENT_KINDS, LOCALES } from './domain/consent-document.ts';
import { CALLING_CODES } from './domain/contact.ts';
import { PERMISSIONS, ROLES } from './domain/permissions.ts';

const id = z.uuid();
const instant = z.iso.datetime({ offset: false }).describe('UTC');
const role = z.enum(ROLES);
const permission = z.enum(PERMISSIONS as [(typeof PERMISSIONS)[number], ...(typeof PERMISSIONS)[number][]]);
const secret = z.string().min(1).max(1_000);
const code = z.string().min(1).max(40).describe('Of the authenticator app, or a recovery code');
const token = z.string().min(1).max(200);
const name = z.string().min(1).max(200);
const locale = z.enum(LOCALES);

const textSchema = z.object({ title: z.string(), text: z.string() });
export const documentSchema = z
  .object({
    id,
    organisation: id.describe('All zeros: of the hub itself'),
    kind: z.enum(DOCUMENT_KINDS),
    version: z.int(),
    texts: z.object({ th: textSchema.optional(), en: textSchema.optional(), id: textSchema.optional() }),
    digest: z.string().describe('SHA-256 of the texts'),
    required: z.boolean().describe('Whoever joins must agree'),
    publishedAt: instant,
  })
  .meta({ id: 'ConsentDocument' });

export const signInSchema = z
  .strictObject({
    login: z.string().min(1).max(300).describe('E-mail address or phone number'),
    password: secret,
    code: code.optional(),
    device: name.optional().describe('As the person calls it; else what the browser says'),
  })
  .meta({ id: 'SignIn' });

const placeSchema = z.object({
  organisation: id,
  roles: z.array(role),
  permissions: z.array(z.object({ permission, extent: z.enum(['all', 'own']) })),
  needsSecondFactor: z
    .boolean()
    .describe('Nothing is open there until this session has shown a second factor'),
});

export const whoSchema = z
  .object({
    person: id,
    name: z.string(),
    locale,
    session: id,
    level: z.int().min(1).max(2).describe('2 when the second factor was shown'),
    secondFactor: z.boolean(),
    recoveryCodes: z.int().describe('How many are left'),
    contacts: z.array(
      z.object({ kind: z.enum(['email', 'phone']), value: z.string(), verified: z.boolean() }),
    ),
    places: z.array(placeSchema),
  })
  .meta({ id: 'Who' });

export const deviceListSchema = z
  .object({
    items: z.array(
      z.object({
        id,
        kind: z.enum(['browser', 'client']),
        device: z.string(),
        level: z.int(),
        current: z.boolean(),
        createdAt: instant,
        seenAt: instant,
        endsAt: instant,
      }),
    ),
  })
  .meta({ id: 'DeviceList' });

export const sessionParams = z.strictObject({ session: id });
export const countSchema = z.object({ ended: z.int() }).meta({ id: 'EndedCount' });
export const doneSchema = z.object({ done: z.literal(true) }).meta({ id: 'Done' });

export const tokensSchema = z
  .object({
    tokenType: z.literal('Bearer'),
    accessToken: z.string(),
    expiresIn: z.int().describe('Seconds'),
    refreshToken: z.string().describe('Good once: each refresh brings another'),
  })
  .meta({ id: 'Tokens' });
export const refreshSchema = z.strictObject({ refreshToken: token }).meta({ id: 'Refresh' });
export const jwksSchema = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string(),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'Jwks' });

export const passwordSchema = z
  .strictObject({ current: secret, next: secret })
  .meta({ id: 'ChangePassword' });
export const againSchema = z.strictObject({ password: secret }).meta({ id: 'PasswordAgain' });
export const codeSchema = z.strictObject({ code }).meta({ id: 'Code' });
export const removeFactorSchema = z
  .strictObject({ password: secret, code })
  .meta({ id: 'RemoveSecondFactor' });
export const begunSchema = z
  .object({
    secret: z.string().describe('Base32'),
    address: z.string().describe('otpauth:'),
    qr: z.string().nullable().describe('The same as a QR code, in SVG'),
  })
  .meta({ id: 'SecondFactorBegun' });
export const codesSchema = z
  .object({ recoveryCodes: z.array(z.string()).describe('Shown once') })
  .meta({ id: 'RecoveryCodes' });
export const contactSchema = z
  .strictObject({ contact: z.string().min(1).max(300) })
  .meta({ id: 'AskContact' });
export const tokenSchema = z.strictObject({ token }).meta({ id: 'LinkToken' });
export const resetRequestSchema = z
  .strictObject({ login: z.string().min(1).max(300) })
  .meta({ id: 'AskReset' });
export const resetSchema = z.strictObject({ token, password: secret }).meta({ id: 'SetPassword' });
export const joinSchema = z
  .strictObject({
    token,
    password: secret.optional().describe('Of a new person; left out by whoever is signed in'),
    name: name.optional(),
    contact: z.string().min(1).max(300).optional().describe('Where the invitation has none'),
    locale: locale.optional(),
    consents: z
      .array(id)
      .max(20)
      .optional()
      .describe('Notices that the person agrees to; the required ones must be'),
  })
  .meta({ id: 'Join' });
export const shownInvitationSchema = z
  .object({
    organisation: id,
    name: z.string(),
    roles: z.array(role),
    contact: z.string().nullable().describe('Masked'),
    endsAt: instant,
    documents: z.array(documentSchema).describe('Notices in force; read them before agreeing'),
  })
  .meta({ id: 'ShownInvitation' });
export const joinedSchema = z.object({ person: id, organisation: id }).meta({ id: 'Joined' });

const qr = z
  .string()
  .nullable()
  .describe('The address as a QR code to print, in SVG; null without http.publicUrl');
const anyOrganisation = z.string().min(1).max(40);
export const scopeParams = z.strictObject({ organisation: anyOrganisation });
export const personParams = z.strictObject({ organisation: anyOrganisation, person: id });
export const invitationParams = z.strictObject({ organisation: anyOrganisation, invitation: id });
export const keyParams = z.strictObject({ organisation: anyOrganisation, key: id });

const memberSchema = z
  .object({
    person: id,
    name: z.string(),
    roles: z.array(role),
    state: z.enum(['active', 'ended']),
    since: instant,
    disabled: z.boolean(),
    contacts: z.array(
      z.object({ kind: z.enum(['email', 'phone']), value: z.string(), verified: z.boolean() }),
    ),
  })
  .meta({ id: 'Member' });

const takenBack = {
  invitations: z
    .array(id)
    .describe('Taken back: their maker may not give them any more, or they were for this person'),
  keys: z.array(id).describe('API keys that were revoked: their maker may not make them any more'),
};

export { memberSchema };
export const changedMemberSchema = memberSchema
  .extend({ takenBack: z.object(takenBack) })
  .meta({ id: 'ChangedMember' });
export const endedMemberSchema = doneSchema.extend(takenBack).meta({ id: 'EndedMember' });
export const memberListSchema = z.object({ items: z.array(memberSchema) }).meta({ id: 'MemberList' });
export const rolesSchema = z.strictObject({ roles: z.array(role).min(1).max(7) }).meta({ id: 'SetRoles' });
export const endSchema = z
  .strictObject({ reason: z.string().min(3).max(500).describe('Stands in the audit') })
  .meta({ id: 'EndMembership' });
export const linkSchema = z
  .object({ address: z.string().describe('Shown once; good once'), qr, endsAt: instant })
  .meta({ id: 'OneTimeLink' });
export const inviteSchema = z
  .strictObject({
    name,
    contact: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('E-mail address or phone number; else asked for when they accept'),
    roles: z.array(role).min(1).max(7),
    callingCode: z.enum(CALLING_CODES).optional().describe('Where a phone number that begins with 0 is from'),
    send: z
      .boolean()
      .optional()
      .describe(
        'By e-mail to the contact, which is proven when the link comes back; else the link is in the answer',
      ),
  })
  .meta({ id: 'Invite' });
export const invitedSchema = z
  .object({
    id,
    address: z.string().nullable().describe('Shown once; null when it was sent'),
    qr,
    endsAt: instant,
  })
  .meta({ id: 'Invited' });
export const invitationListSchema = z
  .object({
    items: z.array(
      z.object({
        id,
        name: z.string(),
        contactKind: z.enum(['email', 'phone']).nullable(),
        contactValue: z.string().nullable(),
        roles: z.array(role),
        createdAt: instant,
        endsAt: instant,
        usedAt: instant.nullable(),
        usedBy: id.nullable(),
        revokedAt: instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'InvitationList' });
export const apiKeyListSchema = z
  .object({
    items: z.array(
      z.object({
        id,
        name: z.string(),
        scopes: z.array(z.string()),
        hint: z.string(),
        createdBy: id.nullable().describe('Who made it; null: the operator of the hub'),
        createdAt: instant,
        endsAt: instant.nullable(),
        seenAt: instant.nullable(),
        revokedAt: instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'ApiKeyList' });
export const makeKeySchema = z
  .strictObject({ name, scopes: z.array(permission).min(1).max(60), endsAt: instant.optional() })
  .meta({ id: 'MakeApiKey' });
export const madeKeySchema = z
  .object({ id, key: z.string().describe('Shown once') })
  .meta({ id: 'ApiKeyMade' });
