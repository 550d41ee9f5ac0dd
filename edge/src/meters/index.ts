export { type ReadCost, readUs, serialCost } from './cost.ts';
export { type Decoded, decode, type NoValueReason, rawOf, reordered, wholeOf } from './decode.ts';
export { encode } from './encode.ts';
export {
  type Candidate,
  type CheckFinding,
  checkProbes,
  checkSetup,
  type Identification,
  identify,
  type Probe,
  type ProbeAnswer,
  probeKey,
  probesOf,
} from './identify.ts';
export { learnIllegal, learnLegal } from './learn.ts';
export { type Learnt, learntFrom, nothingLearnt } from './learnt.ts';
export { emitMetersDoc } from './meters-doc.ts';
export { type Block, type Placed, type Plan, type PlanInput, planReads, type Refused } from './plan.ts';
export { crossCheck, type Finding } from './plausible.ts';
export {
  BUNDLED_PROFILES,
  type LoadedProfile,
  loadProfiles,
  type ProfileFault,
  type ProfileSet,
  parseProfile,
  profileFaultLine,
  resolveProfile,
  withProfiles,
} from './profile-store.ts';
export { profileSheet, profilesTable } from './profile-text.ts';
export { type Reading, readingsOf } from './readings.ts';
export { isBilling, READ_CLASSES, type ReadClass, wanted } from './wanted.ts';
