export type { Switched } from '../entry.ts';
export type { Line } from './control-io.ts';
export type { Time } from './decide.ts';
export { SwitchMemory } from './memory.ts';
export type { Polled, Surroundings, SwitchPorts, WatchOrder } from './surroundings.ts';
export { Switchboard } from './switchboard.ts';
