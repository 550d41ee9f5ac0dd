import type { Role } from '../config/index.ts';
import type { CheckedRole } from '../platform/db/index.ts';

/** What a process of each role does; all of them answer health, readiness and metrics. */
export interface RolePlan {
  /** Gateways connect to it: it runs the MQTT door. */
  readonly door: boolean;
  /** Serves all of /api/v1 and the dashboard; a process that works serves what its operator asks of it. */
  readonly api: boolean;
  /** Runs jobs and their schedules, delivers the outbox, seals the audit. */
  readonly work: boolean;
  /** Connections it opens, each checked for too much power before anything else happens. */
  readonly databaseRoles: readonly CheckedRole[];
}

export const ROLE_PLANS: Readonly<Record<Role, RolePlan>> = {
  all: { door: true, api: true, work: true, databaseRoles: ['app', 'worker', 'ingest', 'readOnly'] },
  api: { door: false, api: true, work: false, databaseRoles: ['app', 'ingest', 'readOnly'] },
  ingest: { door: true, api: false, work: false, databaseRoles: ['ingest'] },
  worker: { door: false, api: false, work: true, databaseRoles: ['app', 'worker', 'ingest', 'readOnly'] },
};
