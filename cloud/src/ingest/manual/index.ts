export { CorrectionsService, type CorrectionToMake } from './corrections.service.ts';
export { ManualService, type ReadingToEnter } from './manual.service.ts';
