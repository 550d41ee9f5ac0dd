import { type Checked, check, type Fault } from '@meterline/contracts';
import { parseDocument } from 'yaml';
import { type BuildingConfig, buildingSchema } from './config.schema.ts';

/** YAML into a building that can be built; every fault says where it is and what to do. */
export function parseBuilding(text: string): Checked<BuildingConfig> {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    return { ok: false, faults: document.errors.map(({ message }) => syntaxFault(message)) };
  }
  try {
    return check(buildingSchema, document.toJS({ maxAliasCount: 100 }));
  } catch (cause) {
    return { ok: false, faults: [syntaxFault(cause instanceof Error ? cause.message : String(cause))] };
  }
}

const syntaxFault = (message: string): Fault => ({
  path: '',
  problem: `is not YAML: ${message.split('\n')[0]?.replace(/:$/, '')}`,
  remedy: 'correct it there',
});
