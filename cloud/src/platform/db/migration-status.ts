import type pg from 'pg';
import { connectionError, type PoolSettings } from './connection.ts';
import { databaseError, errorCode } from './errors.ts';
import { chooseLayers, readApplied } from './migrate.ts';
import { readMigrations } from './migration-files.ts';
import { planMigrations } from './migration-plan.ts';

export interface MigrationStatus {
  readonly ready: boolean;
  /** One line, for readyz. */
  readonly summary: string;
  readonly pending: readonly string[];
  readonly problems: readonly string[];
}

/** Does the schema fit this version? Any of our roles may ask. Without connection the error goes to the caller. */
export async function migrationStatus(pool: pg.Pool, folder?: string): Promise<MigrationStatus> {
  const files = await readMigrations(folder);
  const applied = await readApplied(pool).catch((error: unknown) => {
    if (errorCode(error) === '42P01') return [];
    throw error;
  });
  // Whether the licensed file is wanted is not known here; once it was applied, it counts.
  const layers = [
    ...(await chooseLayers(pool, applied, false)),
    ...(applied.some((done) => done.layer === 'licensed') ? (['licensed'] as const) : []),
  ];
  const plan = planMigrations(files, applied, layers);
  const pending = plan.pending.map((file) => file.path);
  const problems = plan.problems.map((problem) => problem.message);
  const count = `${pending.length} migration${pending.length === 1 ? '' : 's'} pending`;
  return {
    ready: pending.length === 0 && problems.length === 0,
    summary: problems[0] ?? (pending.length > 0 ? count : 'up to date'),
    pending,
    problems,
  };
}

/** For whatever stands on the schema: refuses one that is not of this version, and says what to do. */
export async function assertSchema(
  pool: pg.Pool,
  settings: Pick<PoolSettings, 'url' | 'setting'>,
): Promise<void> {
  const status = await migrationStatus(pool).catch((error: unknown) => {
    throw connectionError(settings, error) ?? error;
  });
  if (status.problems.length > 0)
    throw databaseError('schema_unusable', { message: status.problems.join('\n') });
  if (status.ready) return;
  const message = `the database is behind this version (${status.summary}): run meterline migrate, or set database.migrateOnStart`;
  throw databaseError('schema_pending', { message });
}
