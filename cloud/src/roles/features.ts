import { z } from 'zod';
import type { Config } from '../config/index.ts';
import {
  type ExpiryService,
  IDENTITY_TOPICS,
  identityJobs,
  type LinkMailService,
} from '../identity/index.ts';
import { type DirectDoorParts, doorJobs, INGEST_TOPICS, unusedUploadsJobs } from '../ingest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { LEASE_TOPICS } from '../leases/index.ts';
import { METERING_TOPICS, type MeteringParts, meteringJobs } from '../metering/index.ts';
import { ONBOARDING_TOPICS } from '../onboarding/index.ts';
import type { Database, EventHandler, Outcome } from '../platform/db/index.ts';
import type { JobModule } from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';
import { readingsJobs } from '../readings/index.ts';
import { SITE_TOPICS } from '../sites/index.ts';
import type { EventRoutes } from './outbox.ts';

/** What identity does in the background, in a process that runs jobs. */
export interface IdentityWork {
  readonly expiry: ExpiryService;
  readonly linkMail: LinkMailService | undefined;
}

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
  /** Absent in a process that runs no jobs. */
  readonly identity: IdentityWork | undefined;
}

/** What the features of the hub bring to the background: jobs with their handlers and schedules. */
export function featureJobs(parts: FeatureJobsParts): readonly JobModule[] {
  const { config, clock, logger, everybody, doors, metering, identity } = parts;
  return [
    identityJobs({ expiry: identity?.expiry, linkMail: identity?.linkMail, logger }),
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

/** What a person should hear of, and in which state of it. */
const ALARMS: Readonly<Record<string, string | undefined>> = {
  'gateway.cloned': undefined,
  'gateway.contradicted': undefined,
  'gateway.gap': 'open',
  'meter.suspect': 'proposed',
};
const TOPICS = [
  ...IDENTITY_TOPICS,
  ...SITE_TOPICS,
  ...INGEST_TOPICS,
  ...LEASE_TOPICS,
  ...METERING_TOPICS,
  ...ONBOARDING_TOPICS,
];
const stated = z.object({ state: z.string().optional() });

/**
 * What no part of the hub acts on is told in its log: alarms as warnings, so that whoever watches the log hears of a copied
 * gateway, of records that are missing and of a count that only a person can judge; the rest for whoever looks closely.
 */
export function toldEvents(logger: Pick<Logger, 'warn' | 'debug'>): EventRoutes {
  return Object.fromEntries(TOPICS.map((topic) => [topic, told(logger, topic)]));
}

function told(logger: Pick<Logger, 'warn' | 'debug'>, topic: string): EventHandler {
  return async ({ organisation, payload }): Promise<Outcome> => {
    const line = { topic, organisation, event: payload };
    const { state } = stated.safeParse(payload).data ?? {};
    if (topic in ALARMS && (ALARMS[topic] ?? state) === state) logger.warn(line, 'a person should look');
    else logger.debug(line, 'it happened');
    return { kind: 'done' };
  };
}
