import type { AuditLog } from '../audit/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database, Outbox, Transaction, TransactionOptions, Tx } from '../platform/db/index.ts';
import type { KnownProfiles } from './domain/known-register.ts';
import { sitesError } from './sites.errors.ts';
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

/** Who acts, and what they may do: from the guard of a route, or from the command line. */
export type By = Pick<TransactionOptions, 'actor' | 'requestId' | 'may'>;

/** The hub itself, which sees the whole organisation. */
export const ITSELF: By = { actor: { kind: 'operator' } };

/** As rows say who wrote them. */
export const authorOf = ({ actor }: By): string =>
  actor.id === undefined ? actor.kind : `${actor.kind} ${actor.id}`;

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
  'building.changed',
  'building.regime_said',
  'place.added',
  'place.changed',
  'place.removed',
  'place.outage_added',
  'place.outage_ended',
  'place.outage_removed',
  'meter.added',
  'meter.changed',
  'meter.replaced',
  'point.added',
  'point.installed',
  'point.uninstalled',
  'installation.removed',
  'gateway.added',
  'gateway.key_added',
  'gateway.key_retired',
  'gateway.meters_taken',
  'gateway.token_issued',
  'gateway.certificate_noted',
  'gateway.revoked',
] as const;
export type SiteTopic = (typeof SITE_TOPICS)[number];

export type Tell = (told: Told) => Promise<void>;
type Stores = { readonly audit: AuditLog; readonly outbox: Outbox };

/** The state, its audit entry and its event, in one transaction. */
export function change<T>(
  parts: SitesParts,
  organisation: string,
  by: By,
  work: (store: SitesStore, tell: Tell, tx: Transaction) => Promise<T>,
): Promise<T> {
  return parts.db.transaction({ organisation, ...by }, (tx: Tx<Stores>) => {
    const tell: Tell = async ({ action, subject, fields, reason, payload }) => {
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
    };
    return work(tx.bind(sitesStore), tell, tx);
  });
}

export function look<T>(
  parts: SitesParts,
  organisation: string,
  work: (store: SitesStore, tx: Transaction) => Promise<T>,
  by: By = ITSELF,
): Promise<T> {
  return parts.db.transaction({ organisation, ...by, readOnly: true }, (tx) => work(tx.bind(sitesStore), tx));
}

/** Only what differs is a change; a version that was read before somebody else's change is refused. */
export function changedFields<T extends { readonly version: number }>(
  before: T,
  after: T,
  fields: readonly (keyof T & string)[],
  version: number | undefined,
): readonly (keyof T & string)[] {
  if (version !== undefined && version !== before.version)
    throw sitesError('site_changed', { details: { version: before.version } });
  return fields.filter((field) => before[field] !== after[field]);
}
