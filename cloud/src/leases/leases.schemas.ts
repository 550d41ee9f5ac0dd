import { z } from 'zod';
import {
  DEPOSIT_HANDLINGS,
  LEASE_ROLES,
  LEASE_STATES,
  MOVES,
  SERVICE_KINDS,
  SERVICE_PERIODS,
} from './domain/lease.ts';
import { ROOM_STATES } from './domain/occupancy.ts';
import { LANGUAGES, PARTY_KINDS, READING_STATES } from './leases.types.ts';

const id = z.uuid();
const given = z.iso.datetime({ offset: true }).describe('With its offset, as 2026-03-11T11:15:00+07:00');
const instant = z.iso.datetime({ offset: false }).describe('UTC');
const day = z.iso.date().describe('Local day of the building, as 2026-03-11');
const amount = z.string().max(40).describe('In the currency of the lease: "4500.00"');
const line = (max: number) => z.string().min(1).max(max);
const cycleDay = z.int().min(1).max(31);

export const leaseParams = z.object({ organisation: id, lease: id });
export const partyParams = z.object({ organisation: id, party: id });
export const handoverParams = z.object({ organisation: id, handover: id });
export const buildingParams = z.object({ organisation: id, building: id });

export const leaseQuery = z.strictObject({
  building: id.optional(),
  state: z.enum(LEASE_STATES).optional(),
  place: id.optional().describe('That have or had the room'),
  party: id.optional().describe('That name the party'),
  number: line(40).optional().describe('However it is typed'),
  after: id.optional().describe('The last lease of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const partyQuery = z.strictObject({
  like: line(120).optional().describe('Part of a name, in either script'),
  after: id.optional().describe('The last party of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const occupancyQuery = z.strictObject({
  at: given.optional().describe('Now, if left out'),
  from: day.optional().describe('First day; that of the current month, if left out'),
  to: day.optional().describe('Last day, inclusive; today, if left out'),
});

const partyFields = {
  kind: z.enum(PARTY_KINDS),
  name: line(120),
  otherName: line(120).nullable().describe('In the other script'),
  phone: line(32).nullable(),
  email: line(254).nullable(),
  taxId: line(32).nullable(),
  idDocumentTail: line(4).nullable().describe('The last characters only'),
  language: z.enum(LANGUAGES),
};
const partyGiven = z.strictObject({ ...z.object(partyFields).partial().shape, name: line(120) });
export const addPartySchema = partyGiven.meta({ id: 'AddParty' });
export const changePartySchema = partyGiven.partial().meta({ id: 'ChangeParty' });

const days = {
  firstDay: day.nullish().describe('From the first day of the lease, if left out'),
  lastDay: day.nullish().describe('Inclusive; to the last day of the lease, if left out'),
};
const personGiven = z.strictObject({
  party: id.optional(),
  new: partyGiven.optional().describe('Instead of party: somebody who is written down now'),
  role: z.enum(LEASE_ROLES).describe('All but a guarantor see the usage of their time'),
  ...days,
});
const serviceGiven = z.strictObject({
  kind: z.enum(SERVICE_KINDS),
  label: line(80),
  amount,
  per: z.enum(SERVICE_PERIODS),
  ...days,
});
const rentGiven = z.strictObject({ fromDay: day, amount });
const terms = {
  number: line(40),
  firstDay: day,
  lastDay: day.nullable().describe('Inclusive; null: open'),
  cycleDay: cycleDay.nullable().describe('Null: as the building has it'),
  deposit: amount,
  depositHandling: z.enum(DEPOSIT_HANDLINGS),
  billingAddress: line(500).nullable(),
  noticeDays: z.int().min(0).max(366).nullable(),
  note: line(500).nullable(),
  people: z.array(personGiven).max(40).describe('All of them: who is not here is no longer part'),
  services: z.array(serviceGiven).max(40).describe('All of them'),
  rents: z.array(rentGiven).max(100).describe('All of them, each until the next'),
};
const optionalTerms = z.object(terms).partial().shape;
const added = {
  ...optionalTerms,
  id: id.optional(),
  building: id,
  number: line(40),
  firstDay: day,
  place: id.optional().describe('The room that is kept for it'),
  currency: line(3).optional().describe('That of the building, if left out'),
  rent: amount.optional().describe('From the first day on'),
};
export const addLeaseSchema = z.strictObject(added).meta({ id: 'AddLease' });
export const changeLeaseSchema = z
  .strictObject({ ...optionalTerms, version: z.int().min(1).describe('As the caller has seen it') })
  .meta({ id: 'ChangeLease' });
export const reasonSchema = z.strictObject({ reason: line(500) }).meta({ id: 'LeaseReason' });

const readingGiven = z.strictObject({
  point: id,
  value: line(40).optional().describe('As on the display: 1234.5'),
  unit: line(20).optional().describe('Of the value: kWh, Wh, m³, L'),
  count: line(40).optional().describe("Instead of value and unit: the register's own count"),
  photo: id.optional().describe('Uploaded before'),
  note: line(500).optional(),
  at: given.optional().describe('The moment of the move, if left out'),
  confirmed: z.boolean().optional().describe('Whoever enters it has seen what speaks against it'),
  enter: z.boolean().optional().describe('Also where a gateway reads the meter, because it is out of order'),
});
const move = {
  id: id.optional().describe('The same id is the same move, however often it is sent'),
  at: given.describe('A quarter hour'),
  readings: z
    .array(readingGiven)
    .max(60)
    .default([])
    .describe('Of every meter that no gateway reads; of the others the own reading counts'),
  protocol: z
    .strictObject({ notes: z.string().max(4_000), keys: z.string().max(200), photos: z.array(id).max(40) })
    .partial()
    .optional(),
};
export const moveInSchema = z
  .strictObject({ ...move, place: id.optional().describe('The room that was kept, if left out') })
  .meta({ id: 'MoveIn' });
export const moveIntoSchema = z
  .strictObject({ ...move, lease: z.strictObject({ ...added, place: id }) })
  .meta({ id: 'MoveInto' });
export const moveOutSchema = z.strictObject(move).meta({ id: 'MoveOut' });
export const changeRoomSchema = z.strictObject({ ...move, place: id }).meta({ id: 'ChangeRoom' });

const lease = {
  id,
  building: id,
  number: z.string(),
  state: z.enum(LEASE_STATES),
  firstDay: day,
  lastDay: day.nullable(),
  cycleDay: cycleDay.nullable(),
  currency: z.string(),
  deposit: amount,
  depositHandling: z.enum(DEPOSIT_HANDLINGS),
  billingAddress: z.string().nullable(),
  noticeDays: z.int().nullable(),
  note: z.string().nullable(),
  version: z.int(),
  createdAt: instant,
};
const dated = { firstDay: day.nullable(), lastDay: day.nullable() };
export const leaseSchema = z
  .object({
    ...lease,
    stays: z.array(z.object({ place: id, name: z.string(), from: instant, to: instant.nullable() })),
    people: z.array(z.object({ id, party: id, name: z.string(), role: z.enum(LEASE_ROLES), ...dated })),
    services: z.array(
      z.object({
        ...{ id, kind: z.enum(SERVICE_KINDS), label: z.string(), amount, per: z.enum(SERVICE_PERIODS) },
        ...dated,
      }),
    ),
    rents: z.array(z.object({ fromDay: day, amount })),
  })
  .meta({ id: 'Lease' });
export const leasePageSchema = z
  .object({
    items: z.array(
      z.object({
        ...lease,
        place: id.nullable().describe('Where they live, lived last, or will live'),
        placeName: z.string().nullable(),
        tenants: z.array(z.string()),
      }),
    ),
    after: id.optional(),
  })
  .meta({ id: 'LeasePage' });

const handover = z
  .object({
    id,
    lease: id,
    kind: z.enum(MOVES),
    at: instant,
    fromPlace: id.nullable(),
    toPlace: id.nullable(),
    protocol: z.object({ notes: z.string(), keys: z.string(), photos: z.array(id) }).partial(),
    author: z.string(),
    createdAt: instant,
    undoneAt: instant.nullable(),
    undoneReason: z.string().nullable(),
    readings: z.array(
      z.object({
        id,
        point: id,
        side: z.enum(['closing', 'opening']),
        at: instant,
        count: z
          .string()
          .nullable()
          .describe("The register's own count; null: the meter's own reading counts"),
        photo: id.nullable(),
        note: z.string().nullable(),
        state: z
          .enum(READING_STATES)
          .describe('`witness` stands beside the own reading; `pending` is on its way to the ledger'),
        refusal: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Handover' });
export const handoverListSchema = z.object({ items: z.array(handover) }).meta({ id: 'HandoverList' });
export const movedSchema = z.object({ lease: leaseSchema, handover }).meta({ id: 'LeaseMoved' });

export const partySchema = z
  .object({ id, ...partyFields, person: id.nullable(), invitation: id.nullable(), createdAt: instant })
  .meta({ id: 'Party' });
export const partyPageSchema = z
  .object({ items: z.array(partySchema), after: id.optional() })
  .meta({ id: 'PartyPage' });
export const invitedPartySchema = z
  .object({
    party: id,
    invitation: id,
    address: z.string().nullable().describe('Shown once; null when it was sent to them'),
    endsAt: z.string(),
  })
  .meta({ id: 'InvitedParty' });

export const occupancySchema = z
  .object({
    zone: z.string(),
    at: instant,
    from: day,
    to: day.describe('Inclusive'),
    days: z.int(),
    rooms: z.array(
      z.object({
        place: id,
        name: z.string(),
        state: z.enum(ROOM_STATES),
        lease: id.nullable(),
        number: z.string().nullable(),
        from: instant.nullable(),
        to: instant.nullable(),
        occupiedDays: z.int().describe('In which somebody lived there, if only for an hour'),
        outDays: z.int().describe('In which it could not be let'),
        vacantDays: z.int(),
      }),
    ),
    totals: z.object({
      rooms: z.int(),
      occupied: z.int(),
      reserved: z.int(),
      outOfService: z.int(),
      free: z.int(),
      occupiedDays: z.int(),
      vacantDays: z.int(),
      share: z.number().describe('Days lived in, of those that could be let'),
    }),
  })
  .meta({ id: 'Occupancy' });
export const partyExportSchema = z
  .looseObject({
    format: z.string(),
    party: id,
    exportedAt: instant,
    parties: z.array(z.looseObject({})),
    leases: z.array(z.looseObject({})),
  })
  .meta({ id: 'PartyExport' });
export const forgottenPartySchema = z.object({ party: id }).meta({ id: 'ForgottenParty' });
