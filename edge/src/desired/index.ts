export { adoptLocal, isStillLocal, type LocalMeter, standardConfig } from './adopt.ts';
export { ConfigStore } from './config-store.ts';
export {
  type DesiredOptions,
  type DesiredPorts,
  DesiredState,
  type Offered,
  type ReportBody,
} from './desired-state.ts';
export { type Change, changeBetween, changeText } from './diff.ts';
export { isAcknowledged, type Judged, judgeConfig, type Problem, type Unverified } from './judge.ts';
export { pathInFile } from './local-file.ts';
export { LocalFile, LocalIdsError, localFaultLines } from './local-store.ts';
export type { Health } from './trial.ts';
