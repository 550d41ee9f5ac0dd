export { type DownChannel, type Downlink, NO_DOWNLINK } from './downlink.ts';
export {
  type Conflict,
  DIRECT_REFUSALS,
  type DirectReading,
  type DirectReadings,
  type DirectRefusal,
  type DirectSettled,
  type DirectSource,
  type IncomingMessage,
  type Intake,
  type RefusedBecause,
  type Settled,
  SOURCE,
  type Source,
} from './intake.ts';
