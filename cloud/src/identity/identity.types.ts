import type { Temporal } from 'temporal-polyfill';
import type { AuditLog } from '../audit/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database, Outbox, TransactionOptions } from '../platform/db/index.ts';
import type { KeyVault } from '../platform/pki/index.ts';
import type { Role } from './domain/permissions.ts';
import type { IdentityKeys } from './identity.keys.ts';
import type { PersonRecords } from './person-records.ts';

type Instant = Temporal.Instant;

export interface IdentityStores {
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}

export interface IdentityParts {
  readonly db: Database<IdentityStores>;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly keys: IdentityKeys;
  readonly vault: KeyVault;
  /** As people reach the hub; links and access tokens name it. */
  readonly publicUrl: string | undefined;
  readonly operatorToken: string;
  /** What the features keep about people: for export and forgetting. */
  readonly records: readonly PersonRecords[];
  /** Whether links can be sent; else whoever makes one hands it over. */
  readonly sendsMail: boolean;
}

/** Who acts: from a guard, or from the command line. */
export type By = Pick<TransactionOptions, 'actor' | 'requestId' | 'may'>;

/** From where a request comes, before anybody is known. */
export interface Visitor {
  readonly address: string | undefined;
  readonly requestId: string;
  readonly deviceCookie: string | undefined;
  readonly userAgent: string | undefined;
}

export interface Member {
  readonly person: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly state: 'active' | 'ended';
  readonly since: Instant;
  readonly contacts: readonly {
    readonly kind: 'email' | 'phone';
    readonly value: string;
    readonly verified: boolean;
  }[];
  readonly disabled: boolean;
}

export interface Invitation {
  readonly id: string;
  readonly name: string;
  readonly contactKind: 'email' | 'phone' | null;
  readonly contactValue: string | null;
  readonly roles: readonly Role[];
  /** Who answers for it; null is the operator of the hub. */
  readonly invitedBy: string | null;
  readonly createdAt: Instant;
  readonly endsAt: Instant;
  readonly usedAt: Instant | null;
  readonly usedBy: string | null;
  readonly revokedAt: Instant | null;
  /** Its link went to its contact, and to nobody else. */
  readonly sentAt: Instant | null;
}

export interface Credential {
  readonly password: string | null;
  readonly totp: Buffer | null;
  readonly totpAt: Instant | null;
  readonly totpCounter: bigint | null;
  readonly recovery: readonly Buffer[];
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly locale: 'th' | 'en' | 'id';
  readonly state: 'active' | 'disabled' | 'forgotten';
}

export interface DeviceSession {
  readonly id: string;
  readonly kind: 'browser' | 'client';
  readonly device: string;
  readonly level: 1 | 2;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly endsAt: Instant;
  readonly revokedAt: Instant | null;
}

export type RevokedWhy = 'signed_out' | 'by_person' | 'by_operator' | 'reuse' | 'password' | 'disabled';

export interface Place {
  readonly organisation: string;
  readonly roles: readonly Role[];
}

/** A session as a request finds it. */
export interface SessionView {
  readonly id: string;
  readonly person: string;
  readonly kind: 'browser' | 'client';
  readonly level: 1 | 2;
  readonly places: readonly Place[];
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly hint: string;
  /** Who answers for it; null is the operator of the hub. */
  readonly createdBy: string | null;
  readonly createdAt: Instant;
  readonly endsAt: Instant | null;
  readonly seenAt: Instant | null;
  readonly revokedAt: Instant | null;
}
