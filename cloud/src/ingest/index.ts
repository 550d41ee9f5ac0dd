export { type DirectDoorParts, directDoors, doorEvents, doorJobs } from './direct-doors.ts';
export type { Profiles } from './domain/decode-check.ts';
export { DIRECT_REFUSALS, type DirectRefusal } from './domain/direct.ts';
export { type DirectSource, SOURCE, type Source } from './domain/source.ts';
export { type Asked, authorOf, type DoorParts } from './door-parts.ts';
export type { DownChannel, Downlink } from './downlink.ts';
export {
  type ImportPreview,
  type ImportRun,
  ImportRunner,
  ImportsService,
  type Mapping,
  parseMapping,
} from './files/index.ts';
export { ingestError } from './ingest.errors.ts';
export { COMMIT_BUCKETS_MS, type IngestStats } from './ingest-stats.ts';
export type {
  Conflict,
  DirectReading,
  DirectReadings,
  DirectSettled,
  IncomingMessage,
  Intake,
  RefusedBecause,
  Settled,
} from './intake.ts';
export {
  CorrectionsService,
  type Hint,
  hintsOf,
  ManualService,
  mustBeConfirmed,
  type RegisterEpoch,
} from './manual/index.ts';
export {
  countRefusals,
  GatewayDoor,
  type GatewayDoorOptions,
  type GatewayIntake,
  type MosquittoSetup,
  mosquittoSetup,
  type RefusalCount,
  signingName,
} from './mqtt/index.ts';
export { Pipeline, type PipelineLimits, type PipelineOptions } from './pipeline.ts';
export { loadProfiles } from './profiles.ts';
export { recordsModule } from './records/records.module.ts';
export { RecordsService } from './records/records.service.ts';
export type { GatewayReport } from './records/records.types.ts';
export { INGEST_TOPICS } from './topics.ts';
export { dropUnusedUploads, type UnusedUploadsOptions, unusedUploadsJobs } from './unused-uploads.ts';
export { DEFAULT_OVERLAP_HOURS, WebhookSourcesService, webhookSealingKey } from './webhook/index.ts';
