export { cutoffOf, READING_CLASSES, type ReadingClass, type Retention } from './domain/retention.ts';
export { type ReadingsJobsParts, readingsJobs } from './readings.jobs.ts';
export { BILLABLE_SQL, LATEST_SQL, RAW_SQL, USAGE_CHANNEL } from './readings.sql.ts';
export {
  type Expired,
  expireReadings,
  expiring,
  type Partition,
  partitions,
  type RetentionOptions,
} from './retention.ts';
