import { emitConfigurationDoc } from '../../cloud/dist/config/index.js';
import { emitOpenApi } from '../../cloud/dist/roles/openapi.js';
import { emitFixtures } from '../../firmware-contracts/dist/golden/fixtures.js';
import { emitSchemas } from '../../firmware-contracts/dist/json-schema.js';

/** One source of generated files: their names below the folder, and their content. */
interface Generator {
  readonly folder: string;
  /** Nothing else lives there: what is no longer made is removed. */
  readonly ownsFolder?: boolean;
  make(): Promise<Map<string, string | Uint8Array>>;
}

const one = (name: string, text: string) => new Map([[name, text]]);

export const generators: readonly Generator[] = [
  { folder: 'firmware-contracts/schema', ownsFolder: true, make: async () => emitSchemas() },
  { folder: 'firmware-contracts/fixtures', make: async () => emitFixtures() },
  { folder: 'cloud', make: async () => one('openapi.json', await emitOpenApi()) },
  { folder: 'docs/operate', make: async () => one('configuration.md', emitConfigurationDoc()) },
];
