import { readFileSync } from 'node:fs';
import { emitConfigurationDoc } from '../../cloud/dist/config/index.js';
import { emitErrorReference } from '../../cloud/dist/roles/error-reference.js';
import { emitOpenApi } from '../../cloud/dist/roles/openapi.js';
import { emitPermissionReference } from '../../cloud/dist/roles/permission-reference.js';
import { emitMetersDoc } from '../../edge/dist/meters/meters-doc.js';
import { withGenerated } from '../../firmware-contracts/dist/golden/document.js';
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
  { folder: 'docs/operate', make: async () => one('errors.md', emitErrorReference()) },
  { folder: 'docs', make: async () => one('permissions.md', await emitPermissionReference()) },
  { folder: 'docs', make: async () => one('meters.md', emitMetersDoc()) },
  // Prose with generated parts in it: the worked example and the tables.
  {
    folder: 'docs',
    make: async () => one('contract.md', withGenerated(readFileSync('docs/contract.md', 'utf8'))),
  },
];
