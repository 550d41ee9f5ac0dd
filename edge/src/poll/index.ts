export type { BillingEntry, BoundaryEntry, CounterEntry, GaugeEntry } from '../entry.ts';
export type { ControlWord } from './controls.ts';
export type { LiveSample, PollEntry, SwapEntry } from './entry.ts';
export type { PollMemory } from './memory.ts';
export type { Latest, LineTiming, MeterPoll } from './meter-poll.ts';
export type { Notice } from './notice.ts';
export type { Line } from './poller.ts';
export {
  type Kept,
  type PollConfig,
  Polling,
  type PollingOptions,
  type PollSinks,
  timingOf,
} from './polling.ts';
export { type ReadOnce, type ReadProblem, readOnce } from './read-once.ts';
export { type FoundUnit, type LineScan, likelyFormats, scanLine } from './scan.ts';
export type { MeterStatus, PollBusStatus } from './status.ts';
export type { WatchOrder } from './watch.ts';
