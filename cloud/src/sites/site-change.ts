import type { AuditLog } from '../audit/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database, Outbox, TransactionOptions, Tx } from '../platform/db/index.ts';
import type { KnownProfiles } from './domain/known-register.ts';
import { type SitesStore, sitesStore } from './sites.store.ts';

export interface SitesParts {
  readonly db: Database<{ readonly audit: AuditLog; readonly outbox: Outbox }>;
  /** Of meterline_worker, where the process has it. */
  readonly everybody: Database | undefined;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Models of meters, read when the first is asked for. */
  readonly profiles: () => KnownProfiles;
  readonly random: (bytes: number) => Uint8Array;
}

/** Who acts: from the guard of a route, or from the command line. */
export type By = Pick<TransactionOptions, 'actor' | 'requestId'>;

/** What is told when it is done: the action is also the topic of the event. */
export interface Told {
  readonly action: SiteTopic;
  readonly subject: { readonly type: string; readonly id: string };
  readonly fields?: readonly string[];
  readonly reason?: string | undefined;
  readonly payload?: object;
}

export const SITE_TOPICS = [
  'organisation.added',
  'building.added',
  'place.added',
  'meter.added',
  'meter.changed',
  'point.added',
  'point.installed',
  'gateway.added',
  'gateway.key_added',
  'gateway.key_retired',
  'gateway.token_issued',
  'gateway.certificate_noted',
  'gateway.revoked',
] as const;
export type SiteTopic = (typeof SITE_TOPICS)[number];

type Stores = { readonly audit: AuditLog; readonly outbox: Outbox };

/** The state, its audit entry and its event, in one transaction. */
export function change<T>(
  parts: SitesParts,
  organisation: string,
  by: By,
  work: (store: SitesStore, tell: (told: Told) => Promise<void>) => Promise<T>,
): Promise<T> {
  return parts.db.transaction({ organisation, ...by }, (tx: Tx<Stores>) =>
    work(tx.bind(sitesStore), async ({ action, subject, fields, reason, payload }) => {
      await tx.audit.append({
        action,
        subject,
        ...(fields && { fields }),
        ...(reason !== undefined && { reason }),
      });
      await tx.outbox.add({
        topic: action,
        key: subject.id,
        payload: { [subject.type]: subject.id, ...payload },
      });
    }),
  );
}

export function look<T>(
  parts: SitesParts,
  organisation: string,
  work: (store: SitesStore) => Promise<T>,
): Promise<T> {
  return parts.db.transaction({ organisation, actor: { kind: 'operator' }, readOnly: true }, (tx) =>
    work(tx.bind(sitesStore)),
  );
}
