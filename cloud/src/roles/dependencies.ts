import type pg from 'pg';
import { auditBacklog } from '../audit/index.ts';
import type { Database } from '../platform/db/index.ts';
import { type Backlog, migrationStatus, outboxBacklog } from '../platform/db/index.ts';
import type { FileStore } from '../platform/files/index.ts';
import type { Dependency, DependencyReport } from '../platform/http/index.ts';
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
      return { state: status.ready ? 'up' : 'down', detail: `schema ${status.summary}` };
    },
  };
}

export function queueDependency(queue: JobQueue): Dependency {
  return {
    name: 'queue',
    async check() {
      const { ok, detail } = await queue.health();
      return { state: ok ? 'up' : 'down', detail };
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
        (): DependencyReport => ({ state: 'degraded', detail: 'files cannot be stored' }),
      ),
  };
}

export function outboxDependency(db: Database): Dependency {
  return {
    name: 'outbox',
    async check() {
      const { pending, failed, lateSeconds } = await outboxBacklog(db);
      const late = lateSeconds > LATE_SECONDS;
      const detail = `${pending} waiting, ${failed} failed${late ? `, the oldest ${Math.round(lateSeconds)} s late` : ''}`;
      return { state: late || failed > 0 ? 'degraded' : 'up', detail };
    },
  };
}

export function auditDependency(db: Database): Dependency {
  return {
    name: 'audit',
    async check() {
      const { waiting, oldestSeconds } = await auditBacklog(db);
      const late = oldestSeconds > LATE_SECONDS;
      return { state: late ? 'degraded' : 'up', detail: `${waiting} entries wait for their seal` };
    },
  };
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
