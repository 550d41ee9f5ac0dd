import { Temporal } from 'temporal-polyfill';
import type { Condition } from './audit.sql.ts';
import type { Entry } from './domain/entry.ts';

/** What somebody looks for. What is left out does not count. */
export interface AuditFilter {
  readonly actor?: { readonly kind?: string; readonly id?: string };
  /** `session.started`, or `session.` for all of them. */
  readonly action?: string;
  readonly subject?: { readonly type: string; readonly id: string };
  readonly from?: Temporal.Instant;
  /** Half-open. */
  readonly to?: Temporal.Instant;
  readonly address?: string;
  readonly outcome?: Outcome;
  readonly requestId?: string;
  /** Done by this person, done to them, or telling of them. */
  readonly about?: string;
}

/** Whether something was done, or refused. */
export type Outcome = 'done' | 'refused';

export type Place = Pick<Entry, 'at' | 'id'>;

export const outcomeOf = ({ action }: Pick<Entry, 'action'>): Outcome =>
  /[._](refused|limited)$/.test(action) ? 'refused' : 'done';

export function conditionsOf(
  filter: AuditFilter,
  after?: Place,
): readonly (readonly [Condition, ...(readonly unknown[])])[] {
  const { actor, action, subject, from, to, address, outcome, requestId, about } = filter;
  const found: (readonly [Condition, ...(readonly unknown[])] | undefined)[] = [
    after && ['after', Temporal.Instant.from(after.at), after.id],
    from && ['from', from],
    to && ['to', to],
    actor?.kind !== undefined ? ['actorKind', actor.kind] : undefined,
    actor?.id !== undefined ? ['actorId', actor.id] : undefined,
    action === undefined ? undefined : [action.endsWith('.') ? 'actionsOf' : 'action', action],
    subject && ['subject', subject.type, subject.id],
    requestId === undefined ? undefined : ['requestId', requestId],
    outcome && ['refused', outcome === 'refused'],
    address === undefined ? undefined : ['address', address],
    about === undefined ? undefined : ['about', about],
  ];
  return found.filter((each) => each !== undefined);
}
