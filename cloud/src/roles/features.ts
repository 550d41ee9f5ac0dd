import type { Outcome } from '../platform/db/index.ts';
import type { JobModule } from '../platform/queue/index.ts';
import { SITE_TOPICS } from '../sites/index.ts';
import type { EventRoutes } from './outbox.ts';

/** What the features of the hub bring to the background: jobs with their handlers and schedules. */
export const FEATURE_JOBS: readonly JobModule[] = [];

/** Which topics of the outbox go where. */
export const FEATURE_EVENTS: EventRoutes = {
  // Told for whoever will listen; so far what keeps a copy hears of changes from the database itself.
  ...Object.fromEntries(SITE_TOPICS.map((topic) => [topic, noted])),
};

function noted(): Promise<Outcome> {
  return Promise.resolve({ kind: 'done' });
}
