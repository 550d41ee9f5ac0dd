import { Temporal } from 'temporal-polyfill';
import type { AuditFilter } from '../audit/index.ts';
import { invalid } from './text-rules.ts';

/** What a query of the API, or the options of a command, say. */
export interface AuditQuestion {
  readonly actor?: string | undefined;
  readonly actorKind?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly address?: string | undefined;
  readonly outcome?: 'done' | 'refused' | undefined;
  readonly request?: string | undefined;
}

export function auditFilterOf(question: AuditQuestion): AuditFilter {
  const { actor: id, actorKind: kind, action, subject, from, to, address, outcome, request } = question;
  return {
    ...((id !== undefined || kind !== undefined) && {
      actor: { ...(id !== undefined && { id }), ...(kind !== undefined && { kind }) },
    }),
    ...(action !== undefined && { action }),
    ...(subject !== undefined && { subject: subjectOf(subject) }),
    ...(from !== undefined && { from: instantOf(from) }),
    ...(to !== undefined && { to: instantOf(to) }),
    ...(address !== undefined && { address }),
    ...(outcome !== undefined && { outcome }),
    ...(request !== undefined && { requestId: request }),
  };
}

function subjectOf(text: string): { type: string; id: string } {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1) throw invalid('a subject is written as type:id, as person:0190…');
  return { type: text.slice(0, at), id: text.slice(at + 1) };
}

function instantOf(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch {
    throw invalid(`"${text.slice(0, 40)}" is no instant in UTC, as 2026-11-20T00:00:00Z`);
  }
}
