export { DecisionsService } from './decisions.service.ts';
export type { ResolutionGiven } from './decisions.types.ts';
export type { EpochGiven } from './domain/declared-epoch.ts';
export { METERING_TOPICS } from './metering.events.ts';
export { meteringModule } from './metering.module.ts';
export type { Asking, MeteringParts } from './metering.parts.ts';
export { UsageWorker, type UsageWorkerOptions } from './usage.worker.ts';
export { USAGE_CHANNEL } from './worker.sql.ts';
