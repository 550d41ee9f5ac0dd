import type { AuditLog } from '../audit/index.ts';
import type { Outbox, Tx } from '../platform/db/index.ts';
import type { Acting, LeasesParts } from './leases.types.ts';

export const LEASE_TOPICS = [
  'lease.added',
  'lease.changed',
  'lease.cancelled',
  'lease.started',
  'lease.room_changed',
  'lease.ended',
  'lease.move_undone',
  'party.added',
  'party.changed',
  'party.invited',
  'party.joined',
  'party.exported',
  'party.forgotten',
] as const;
export type LeaseTopic = (typeof LEASE_TOPICS)[number];
/** Readings of a handover wait to be brought to their door: not for other ears. */
export const HANDOVER_WRITTEN = 'handover.written';

export interface Told {
  readonly action: LeaseTopic;
  readonly subject: { readonly type: 'lease' | 'party'; readonly id: string };
  readonly fields?: readonly string[];
  readonly reason?: string | undefined;
  /** Ids and words; never a name or a contact. */
  readonly payload?: object;
}

export type LeaseTx = Tx<{ readonly audit: AuditLog; readonly outbox: Outbox }>;

/** The audit entry and the event of a change, in its transaction. */
export async function tell(tx: LeaseTx, told: Told): Promise<void> {
  const { action, subject, fields, reason, payload } = told;
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
}

export function change<T>(
  parts: LeasesParts,
  { organisation, actor, requestId, may }: Acting,
  work: (tx: LeaseTx) => Promise<T>,
): Promise<T> {
  return parts.db.transaction({ organisation, actor, ...defined({ requestId, may }) }, work);
}

/** Under the caller's own context: a tenant's transaction finds the own leases only. */
export function look<T>(
  parts: LeasesParts,
  { organisation, actor, requestId, may }: Acting,
  work: (tx: LeaseTx) => Promise<T>,
): Promise<T> {
  return parts.db.transaction({ organisation, actor, ...defined({ requestId, may }), readOnly: true }, work);
}

interface Said {
  readonly requestId: string | undefined;
  readonly may: string | undefined;
}

const defined = ({ requestId, may }: Said): Pick<Acting, 'requestId' | 'may'> => ({
  ...(requestId !== undefined && { requestId }),
  ...(may !== undefined && { may }),
});

export const authorOf = ({ actor }: Pick<Acting, 'actor'>): string =>
  actor.id === undefined ? actor.kind : `${actor.kind} ${actor.id}`;
