export * from './chain.ts';
export * from './columns.ts';
export * from './command.ts';
export * from './config.ts';
export * from './envelope.ts';
export * from './faults.ts';
export * from './head.ts';
export * from './ids.ts';
export * from './inbox.ts';
export * from './installation.ts';
export * from './keys.ts';
export * from './leaf.ts';
export * from './limits.ts';
export * from './live.ts';
export * from './merkle.ts';
export * from './message.ts';
export {
  type Batch,
  type BatchOptions,
  type BoundaryBatch,
  openBatch,
  type ReadingsBatch,
  type RecordsBatch,
} from './open.ts';
export * from './profile.ts';
export * from './profile-register.ts';
export * from './profile-rules.ts';
export { PROFILES_FOLDER } from './profiles-folder.ts';
export * from './proof.ts';
export * from './quality.ts';
export * from './receipt.ts';
export * from './records.ts';
export * from './seal.ts';
export * from './status.ts';
export * from './switching.ts';
export * from './topics.ts';
export * from './units.ts';
