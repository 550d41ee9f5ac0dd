import type { JobModule } from '../platform/queue/index.ts';
import type { EventRoutes } from './outbox.ts';

/** What the features of the hub bring to the background: jobs with their handlers and schedules. */
export const FEATURE_JOBS: readonly JobModule[] = [];

/** Which topics of the outbox go where. */
export const FEATURE_EVENTS: EventRoutes = {};
