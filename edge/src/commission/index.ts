export { CommissionedStore } from './commissioned-store.ts';
export {
  type FoundMeter,
  Interrupted,
  type MeterRead,
  type Prompter,
  type ReadMeter,
  type Scan,
} from './ports.ts';
export { parseScript, runScript } from './script.ts';
export { walk } from './walk.ts';
