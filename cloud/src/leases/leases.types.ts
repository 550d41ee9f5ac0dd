import type { Temporal } from 'temporal-polyfill';
import type { AuditLog } from '../audit/index.ts';
import type { IdentityServices } from '../identity/index.ts';
import type { ManualService } from '../ingest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database, Outbox, TransactionOptions } from '../platform/db/index.ts';
import type { Day } from './domain/days.ts';
import type {
  DepositHandling,
  LeaseRole,
  LeaseState,
  MoveKind,
  SERVICE_KINDS,
  SERVICE_PERIODS,
} from './domain/lease.ts';
import type { Stay } from './domain/moves.ts';
import type { Dated, Rent } from './domain/terms.ts';

type Instant = Temporal.Instant;

export interface LeasesParts {
  readonly db: Database<{ readonly audit: AuditLog; readonly outbox: Outbox }>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The door by which readings of a handover come in. */
  readonly manual: Pick<ManualService, 'check' | 'enter'>;
  readonly people: Pick<IdentityServices['people'], 'invite' | 'renew'>;
}

/** Who acts, and for whom: from the guard of a route, or from the command line. */
export type Acting = Pick<TransactionOptions, 'actor' | 'requestId' | 'may'> & {
  readonly organisation: string;
};

export const PARTY_KINDS = ['person', 'company'] as const;
export const LANGUAGES = ['th', 'en', 'id'] as const;

export interface PartyFields {
  readonly kind: (typeof PARTY_KINDS)[number];
  readonly name: string;
  readonly otherName: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly taxId: string | null;
  readonly idDocumentTail: string | null;
  readonly language: (typeof LANGUAGES)[number];
}

export interface Party extends PartyFields {
  readonly id: string;
  /** Who it is, once they have an account. */
  readonly person: string | null;
  readonly invitation: string | null;
  readonly createdAt: Instant;
}

export interface LeasePerson extends Dated {
  readonly id: string;
  readonly party: string;
  readonly name: string;
  readonly role: LeaseRole;
}

export interface LeaseService extends Dated {
  readonly id: string;
  readonly kind: (typeof SERVICE_KINDS)[number];
  readonly label: string;
  readonly minor: bigint;
  readonly per: (typeof SERVICE_PERIODS)[number];
}

export interface NamedStay extends Stay {
  readonly name: string;
}

export interface Lease {
  readonly id: string;
  readonly building: string;
  readonly zone: string;
  readonly number: string;
  readonly state: LeaseState;
  readonly startDay: Day;
  /** The first day that is no longer part. */
  readonly endDay: Day | null;
  /** Null: as the building has it. */
  readonly cycleDay: number | null;
  readonly currency: string;
  readonly depositMinor: bigint;
  readonly depositHandling: DepositHandling;
  readonly billingAddress: string | null;
  readonly noticeDays: number | null;
  readonly note: string | null;
  readonly version: number;
  readonly createdAt: Instant;
}

export interface FullLease extends Lease {
  readonly stays: readonly NamedStay[];
  readonly people: readonly LeasePerson[];
  readonly services: readonly LeaseService[];
  readonly rents: readonly Rent[];
}

export interface ListedLease extends Lease {
  /** Where they live, lived last, or will live. */
  readonly place: string | null;
  readonly placeName: string | null;
  readonly tenants: readonly string[];
}

export const READING_STATES = ['own', 'witness', 'pending', 'entered', 'refused'] as const;

export interface HandoverReading {
  readonly id: string;
  readonly point: string;
  readonly side: 'closing' | 'opening';
  readonly at: Instant;
  readonly count: bigint | null;
  readonly photo: string | null;
  readonly note: string | null;
  readonly state: (typeof READING_STATES)[number];
  readonly refusal: string | null;
}

export interface Protocol {
  readonly notes?: string | undefined;
  readonly keys?: string | undefined;
  readonly photos?: readonly string[] | undefined;
}

export interface Handover {
  readonly id: string;
  readonly lease: string;
  readonly kind: MoveKind;
  readonly at: Instant;
  readonly fromPlace: string | null;
  readonly toPlace: string | null;
  readonly protocol: Protocol;
  readonly author: string;
  readonly createdAt: Instant;
  readonly undoneAt: Instant | null;
  readonly undoneReason: string | null;
  readonly readings: readonly HandoverReading[];
}

/** A register that hangs in a room and may be billed. */
export interface RoomPoint {
  readonly point: string;
  readonly meter: string;
  readonly gateway: boolean;
}
