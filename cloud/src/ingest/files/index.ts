export { type Fault, faultSentence } from './domain/faults.ts';
export type { Mapping } from './domain/mapping.ts';
export type { ImportPreview } from './import-preview.ts';
export { ImportRunner } from './import-runner.ts';
export { faultTable } from './imports.answers.ts';
export { ImportsService } from './imports.service.ts';
export type { ImportRun } from './imports.types.ts';
export { parseMapping } from './mapping.schema.ts';
