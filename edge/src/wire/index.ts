export { Bus } from './bus.ts';
export type { BusOptions, RequestOptions } from './bus-options.ts';
export type { LateCounts } from './conversation.ts';
export {
  type Answered,
  type Exchange,
  exceptionName,
  FAULTS,
  type Failed,
  type Fault,
  type Timing,
} from './fault.ts';
export { LANES, type Lane } from './lanes.ts';
export type { Moment, WireClock } from './moment.ts';
export { openBus } from './open-bus.ts';
export {
  DEFAULT_LINE,
  formatPortUrl,
  type LineFormat,
  type PortAddress,
  PortUrlError,
  parsePortUrl,
  portCharacterUs,
} from './port-url.ts';
export type { Bits, Identity, ReplyTo, Words, Written } from './reply.ts';
export { isRead, type Request, RequestError } from './request.ts';
export { listSerialPorts, type SerialPortInfo, stableName } from './serial-ports.ts';
export type { BusStatistics } from './statistics.ts';
export { characterUs, exchangeUs, registerReadUs, t15Us, t35Us } from './timing.ts';
