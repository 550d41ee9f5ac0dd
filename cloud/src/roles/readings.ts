import type { Config } from '../config/index.ts';
import { systemClock } from '../kernel/clock.ts';
import { createLogger } from '../platform/telemetry/index.ts';
import type { RetentionOptions } from '../readings/index.ts';
import { Databases } from './databases.ts';
import { openWorkerDatabase } from './stores.ts';

/** Where readings lie, without a hub: for the command line. */
export async function withReadings<T>(
  config: Config,
  work: (options: RetentionOptions) => Promise<T>,
): Promise<T> {
  const logger = createLogger({ level: 'silent', format: 'json', secrets: [] });
  const databases = new Databases({ ...config.database, migrateOnStart: false }, ['worker'], logger);
  try {
    await databases.start();
    const everybody = openWorkerDatabase(config, databases, logger);
    return await work({ everybody, keep: config.retention, clock: systemClock });
  } finally {
    await databases.stop();
  }
}
