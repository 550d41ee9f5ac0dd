export { type DirectSource, SOURCE, type Source } from './domain/source.ts';
export { type DownChannel, type Downlink, NO_DOWNLINK } from './downlink.ts';
export {
  type Conflict,
  DIRECT_REFUSALS,
  type DirectReading,
  type DirectReadings,
  type DirectRefusal,
  type DirectSettled,
  type IncomingMessage,
  type Intake,
  type RefusedBecause,
  type Settled,
} from './intake.ts';
