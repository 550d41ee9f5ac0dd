import type pg from 'pg';
import { type AuditBacklog, auditBacklog } from '../audit/index.ts';
import type { Database } from '../platform/db/index.ts';
import { type Backlog, migrationStatus, outboxBacklog } from '../platform/db/index.ts';
import type { FileStore } from '../platform/files/index.ts';
import type { Dependency, DependencyReport, ReasonCode } from '../platform/http/index.ts';
import type { JobQueue } from '../platform/queue/index.ts';
import type { Metrics } from '../platform/telemetry/index.ts';
import type { Databases } from './databases.ts';

/** An outbox or an audit that falls behind is worth a look, and no reason to send people away. */
const LATE_SECONDS = 60;

/** What makes a process unfit for requests, and what only needs an eye on it. */
export function databaseDependency(databases: Databases): Dependency {
  return {
    name: 'database',
    async check() {
      const status = await migrationStatus(databases.first);
      const detail = `schema ${status.summary}`;
      return status.ready
        ? { state: 'up', detail }
        : { state: 'down', detail, reasons: [{ code: 'schema_not_of_this_version' }] };
    },
  };
}

export function queueDependency(queue: JobQueue): Dependency {
  return {
    name: 'queue',
    async check() {
      const { ok, detail } = await queue.health();
      return ok ? { state: 'up', detail } : { state: 'down', detail, reasons: [{ code: 'unreachable' }] };
    },
  };
}

/** Without files no document can be stored or fetched, but readings, bills and payments go on. */
export function filesDependency(files: FileStore): Dependency {
  return {
    name: 'files',
    check: () =>
      files.health().then(
        (): DependencyReport => ({ state: 'up' }),
        (): DependencyReport => ({
          state: 'degraded',
          detail: 'files cannot be stored',
          reasons: [{ code: 'files_not_storable' }],
        }),
      ),
  };
}

export function outboxDependency(db: Database): Dependency {
  return { name: 'outbox', check: async () => outboxReport(await outboxBacklog(db)) };
}

export function outboxReport({ pending, failed, lateSeconds }: Backlog): DependencyReport {
  const late = lateSeconds > LATE_SECONDS ? Math.round(lateSeconds) : 0;
  const detail = `${pending} waiting, ${failed} failed${late > 0 ? `, the oldest ${late} s late` : ''}`;
  return judged(detail, { events_failed: failed, events_late_seconds: late });
}

export function auditDependency(db: Database): Dependency {
  return { name: 'audit', check: async () => auditReport(await auditBacklog(db)) };
}

export function auditReport({ waiting, oldestSeconds }: AuditBacklog): DependencyReport {
  const late = oldestSeconds > LATE_SECONDS ? Math.round(oldestSeconds) : 0;
  const detail = `${waiting} ${waiting === 1 ? 'entry waits' : 'entries wait'} for the seal`;
  return judged(detail, { seals_late_seconds: late });
}

/** Degraded by whatever is above zero. */
function judged(detail: string, counts: Partial<Record<ReasonCode, number>>): DependencyReport {
  const reasons = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code: code as ReasonCode, count }));
  return reasons.length > 0 ? { state: 'degraded', detail, reasons } : { state: 'up', detail };
}

export function probeDatabases(metrics: Metrics, databases: Databases): void {
  const states: readonly (readonly [string, (pool: pg.Pool) => number])[] = [
    ['in_use', (pool) => pool.totalCount - pool.idleCount],
    ['idle', (pool) => pool.idleCount],
    ['waiting', (pool) => pool.waitingCount],
  ];
  metrics.probe('meterline_database_connections', 'Connections by pool and state', ['pool', 'state'], () =>
    databases
      .entries()
      .flatMap(([role, pool]) =>
        states.map(([state, count]) => ({ labels: { pool: role, state }, value: count(pool) })),
      ),
  );
}

export function probeQueue(metrics: Metrics, queue: JobQueue): void {
  metrics.probe('meterline_queue_jobs', 'Jobs by queue and state', ['queue', 'state'], async () => {
    const counts = await queue.counts();
    return Object.entries(counts).flatMap(([name, states]) =>
      Object.entries(states).map(([state, value]) => ({
        labels: { queue: name, state },
        value: Number(value),
      })),
    );
  });
}

export function probeOutbox(metrics: Metrics, db: Database): void {
  const gauge = (name: string, help: string, read: (backlog: Backlog) => number) =>
    metrics.probe(name, help, [], async () => [{ value: read(await outboxBacklog(db)) }]);
  gauge(
    'meterline_outbox_lag_seconds',
    'How long the most overdue event has waited',
    (backlog) => backlog.lateSeconds,
  );
  gauge('meterline_outbox_pending', 'Events that wait for delivery', (backlog) => backlog.pending);
  gauge(
    'meterline_outbox_failed',
    'Events that were given up and wait for a person',
    (backlog) => backlog.failed,
  );
}

export function probeAudit(metrics: Metrics, db: Database): void {
  metrics.probe(
    'meterline_audit_unsealed_age_seconds',
    'Age of the oldest audit entry without a seal',
    [],
    async () => [{ value: (await auditBacklog(db)).oldestSeconds }],
  );
}
