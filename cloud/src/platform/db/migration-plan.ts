import type { AppError } from '../../kernel/errors.ts';
import { databaseError } from './errors.ts';
import { inOrder, type Layer, type MigrationFile, type Step } from './migration-files.ts';

export interface Applied {
  readonly layer: Layer;
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

export interface Plan {
  readonly pending: readonly MigrationFile[];
  readonly problems: readonly AppError[];
}

/** What is still to be applied, and why it must not be. Pure. */
export function planMigrations(
  files: readonly MigrationFile[],
  applied: readonly Applied[],
  layers: readonly Layer[],
): Plan {
  const wanted = files.filter((file) => layers.includes(file.layer)).sort(inOrder);
  const pending = wanted.filter((file) => !applied.some((done) => same(done, file)));
  const problems = [
    ...applied.flatMap((done) =>
      compare(
        done,
        files.find((file) => same(done, file)),
      ),
    ),
    ...pending.flatMap((file) => outOfOrder(file, applied)),
  ];
  return { pending, problems };
}

const same = (a: Step, b: Step) => a.layer === b.layer && a.number === b.number;
const label = (step: Applied | MigrationFile) =>
  `${step.layer}/${String(step.number).padStart(4, '0')}_${step.name}.sql`;

function compare(done: Applied, file: MigrationFile | undefined): AppError[] {
  if (!file) {
    const message = `${label(done)} was applied to this database but is not among the files; is this an older version?`;
    return [databaseError('migration_missing', { message })];
  }
  if (file.sha256 === done.sha256 && file.name === done.name) return [];
  const how = file.name === done.name ? 'was edited' : `was renamed to ${label(file)}`;
  const message = `${label(done)} ${how} after it had been applied; restore it and put the change into a new file`;
  return [databaseError('migration_changed', { message })];
}

/** The licensed layer comes last whenever it is asked for, so it has an order of its own. */
function outOfOrder(file: MigrationFile, applied: readonly Applied[]): AppError[] {
  const later = applied
    .filter((done) => (done.layer === 'licensed') === (file.layer === 'licensed'))
    .find((done) => inOrder(file, done) < 0);
  if (!later) return [];
  const message = `${file.path} would be applied after ${label(later)}; give it a number above all applied ones`;
  return [databaseError('migration_out_of_order', { message })];
}
