export type { Mapping } from './domain/mapping.ts';
export type { ImportPreview } from './import-preview.ts';
export { ImportRunner } from './import-runner.ts';
export { ImportsService } from './imports.service.ts';
export type { ImportRun } from './imports.types.ts';
export { parseMapping } from './mapping.schema.ts';
