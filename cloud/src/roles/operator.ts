import type { Config } from '../config/index.ts';
import { systemClock } from '../kernel/clock.ts';
import { OperationsService } from '../operations/index.ts';
import type { CheckedRole } from '../platform/db/index.ts';
import { Readiness } from '../platform/http/index.ts';
import { createLogger, createMetrics } from '../platform/telemetry/index.ts';
import { buildInfo } from './build-info.ts';
import { Databases } from './databases.ts';
import { featureJobs } from './features.ts';
import { createJobQueue } from './jobs.ts';
import { operatorParts } from './operator-parts.ts';
import { openAppDatabase, openWorkerDatabase } from './stores.ts';

/** The operator's view without a hub: straight on database and queue, for the command line. */
export async function withOperator<T>(
  config: Config,
  work: (service: OperationsService) => Promise<T>,
): Promise<T> {
  const clock = systemClock;
  const logger = createLogger({ level: 'silent', format: 'json', secrets: [] });
  const sees = config.database.workerUrl !== undefined;
  const roles: readonly CheckedRole[] = sees ? ['app', 'worker'] : ['app'];
  const databases = new Databases({ ...config.database, migrateOnStart: false }, roles, logger);
  const queue = createJobQueue({
    config,
    modules: featureJobs({
      config,
      clock,
      logger,
      everybody: undefined,
      doors: undefined,
      metering: undefined,
      identity: undefined,
    }),
    clock,
    logger,
    metrics: createMetrics('cli'),
  });
  try {
    await databases.start();
    await queue.start({ work: false });
    const db = openAppDatabase(config, databases.get('app'), clock, logger);
    const readiness = new Readiness([], () => clock.monotonicMs());
    const everybody = sees ? openWorkerDatabase(config, databases, logger) : undefined;
    const build = buildInfo();
    const parts = operatorParts({ config, clock, build, databases, db, everybody, queue, readiness });
    return await work(new OperationsService(parts));
  } finally {
    await queue.stop({ graceMs: 0 });
    await databases.stop();
  }
}
