export { BusPoll, type Next, type Outcome, type Output, type Step } from './bus-poll.ts';
export type {
  BillingEntry,
  BoundaryEntry,
  CounterEntry,
  GaugeEntry,
  LiveSample,
  PollEntry,
  SwapEntry,
} from './entry.ts';
export { memoryFrom, type PollMemory } from './memory.ts';
export { type Latest, type LineTiming, MeterPoll, type MeterSetup } from './meter-poll.ts';
export type { Notice } from './notice.ts';
export { type Line, Poller } from './poller.ts';
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
