import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { databaseError } from './errors.ts';

/**
 * `core` is for every database. `plain` and `timescale` are the two ways to keep time series, and a database has
 * one of them for life. `licensed` is for the Community edition of TimescaleDB, and only on demand.
 */
const LAYERS = ['core', 'plain', 'timescale', 'licensed'] as const;
export type Layer = (typeof LAYERS)[number];

export interface MigrationFile {
  readonly layer: Layer;
  readonly number: number;
  readonly name: string;
  /** `core/0001_context.sql`, as people see it. */
  readonly path: string;
  readonly sha256: string;
  readonly sql: string;
}

/** The same relative place from src/ and from dist/. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url));

const FILE_NAME = /^(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)*)\.sql$/;

export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<MigrationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: MigrationFile[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) throw invalid(`${entry.name} stands outside of a layer`);
    const layer = LAYERS.find((name) => name === entry.name);
    if (!layer) throw invalid(`${entry.name} is no layer (${LAYERS.join(', ')})`);
    for (const file of await readdir(`${folder}/${layer}`))
      files.push(await readMigration(folder, layer, file));
  }
  files.sort(inOrder);
  const twice = files.find((file, i) => i > 0 && compareStep(file, files[i - 1] ?? file) === 0);
  if (twice) throw invalid(`${twice.path}: another file of the layer has the number ${twice.number}`);
  return files;
}

async function readMigration(folder: string, layer: Layer, file: string): Promise<MigrationFile> {
  const match = FILE_NAME.exec(file);
  if (!match?.[1] || !match[2]) throw invalid(`${layer}/${file} is not called NNNN_name.sql`);
  // A checkout may have changed the line ends; that is no change of the migration.
  const sql = (await readFile(`${folder}/${layer}/${file}`, 'utf8')).replaceAll('\r\n', '\n');
  const sha256 = createHash('sha256').update(sql).digest('hex');
  return { layer, number: Number(match[1]), name: match[2], path: `${layer}/${file}`, sha256, sql };
}

/** All layers share one count, so that a fresh database gets every file in the order in which an old one got it. */
export function inOrder(a: Step, b: Step): number {
  return Number(a.layer === 'licensed') - Number(b.layer === 'licensed') || compareStep(a, b);
}

export type Step = Pick<MigrationFile, 'layer' | 'number'>;

function compareStep(a: Step, b: Step): number {
  return a.number - b.number || LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer);
}

const invalid = (message: string) =>
  databaseError('migration_invalid', { message: `migrations: ${message}` });
