import type { Config } from '../config/index.ts';
import { type DirectDoorParts, doorJobs, INGEST_TOPICS, unusedUploadsJobs } from '../ingest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { METERING_TOPICS, type MeteringParts, meteringJobs } from '../metering/index.ts';
import type { Database, Outcome } from '../platform/db/index.ts';
import type { JobModule } from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';
import { readingsJobs } from '../readings/index.ts';
import { SITE_TOPICS } from '../sites/index.ts';
import type { EventRoutes } from './outbox.ts';

export interface FeatureJobsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent in a process that runs no jobs: it only knows which there are. */
  readonly everybody: Database | undefined;
  /** Absent where readings cannot be brought in. */
  readonly doors: DirectDoorParts | undefined;
  /** Absent in a process that runs no jobs. */
  readonly metering: MeteringParts | undefined;
}

/** What the features of the hub bring to the background: jobs with their handlers and schedules. */
export function featureJobs(parts: FeatureJobsParts): readonly JobModule[] {
  const { config, clock, logger, everybody, doors, metering } = parts;
  return [
    readingsJobs({ everybody, keep: config.retention, clock, logger }),
    doorJobs(doors),
    unusedUploadsJobs({
      everybody,
      files: doors?.files,
      keepDays: config.retention.unusedUploadDays,
      clock,
      logger,
    }),
    meteringJobs(metering && { ...metering, everybody, logger }),
  ];
}

/** Which topics of the outbox go where. */
export const FEATURE_EVENTS: EventRoutes = {
  // Told for whoever will listen; so far what keeps a copy hears of changes from the database itself.
  ...Object.fromEntries(
    [...SITE_TOPICS, ...INGEST_TOPICS, ...METERING_TOPICS].map((topic) => [topic, noted]),
  ),
};

function noted(): Promise<Outcome> {
  return Promise.resolve({ kind: 'done' });
}
