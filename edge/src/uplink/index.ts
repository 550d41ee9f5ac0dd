export type { Broker, Credentials } from './broker.ts';
export { type Cadence, cadenceOf } from './cadence.ts';
export type { Doorway, Reloaded } from './connection.ts';
export type { DrainObserver } from './drain.ts';
export type { Seen, WatchOrder } from './live-watch.ts';
export { Uplink } from './uplink.ts';
export {
  type StatusParts,
  type Trust,
  UPLINK_SETTINGS,
  type UplinkHandlers,
  type UplinkOptions,
  type UplinkSettings,
} from './uplink-options.ts';
