export { CorrectionsService, type CorrectionToMake } from './corrections.service.ts';
export { type Hint, hintsOf, mustBeConfirmed } from './domain/plausibility.ts';
export type { RegisterEpoch } from './domain/register-epoch.ts';
export { ManualService, type ReadingToEnter } from './manual.service.ts';
