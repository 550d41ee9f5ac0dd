import type { PersonalValue } from '../audit/index.ts';
import { PLATFORM, type TransactionOptions, type Tx } from '../platform/db/index.ts';
import type { By, IdentityParts, IdentityStores, Visitor } from './identity.types.ts';

export const IDENTITY_TOPICS = [
  'session.started',
  'session.ended',
  'session.reuse_found',
  'person.joined',
  'person.password_set',
  'person.second_factor_set',
  'person.second_factor_removed',
  'person.recovery_used',
  'person.contact_asked',
  'person.contact_confirmed',
  'person.reset_asked',
  'person.disabled',
  'person.enabled',
  'membership.changed',
  'membership.ended',
  'invitation.made',
  'invitation.renewed',
  'invitation.revoked',
  'api_key.made',
  'api_key.revoked',
  'consent_document.published',
  'consent.given',
  'consent.withdrawn',
  'person.exported',
  'person.forget_asked',
  'person.forgotten',
] as const;
export type IdentityTopic = (typeof IDENTITY_TOPICS)[number];

export interface Told {
  readonly action: IdentityTopic;
  readonly subject: { readonly type: string; readonly id: string };
  readonly fields?: readonly string[];
  readonly reason?: string | undefined;
  readonly personal?: readonly PersonalValue[];
  /** Ids and words; never a token, never a contact. */
  readonly payload?: object;
}

export type IdentityTx = Tx<IdentityStores>;

/** The audit entry and the event of a change, in its transaction. */
export async function tell(tx: IdentityTx, told: Told): Promise<void> {
  const { action, subject, fields, reason, personal, payload } = told;
  await tx.audit.append({
    action,
    subject,
    ...(fields && { fields }),
    ...(reason !== undefined && { reason }),
    ...(personal && { personal }),
  });
  await tx.outbox.add({
    topic: action,
    key: subject.id,
    payload: { [subject.type]: subject.id, ...payload },
  });
}

/** In the name of a person, on that person's own rows; audited with the platform, since a person is nobody's. */
export function ofPerson(person: string, by: Partial<By> = {}): TransactionOptions {
  const { actor = { kind: 'user', id: person, person }, requestId } = by;
  return { organisation: PLATFORM, person, actor, ...(requestId !== undefined && { requestId }) };
}

/** Before anybody is known. */
export function ofNobody(visitor: Visitor): TransactionOptions {
  const { address, requestId } = visitor;
  return {
    organisation: PLATFORM,
    actor: { kind: 'visitor', ...(address !== undefined && { address }) },
    may: '',
    requestId,
  };
}

/** The visitor turned out to be this person. */
export function byVisitor(person: string, { address, requestId }: Visitor): By {
  return {
    actor: { kind: 'user', id: person, person, ...(address !== undefined && { address }) },
    requestId,
  };
}

export const after = (parts: Pick<IdentityParts, 'clock'>, milliseconds: number) =>
  parts.clock.now().add({ milliseconds });
