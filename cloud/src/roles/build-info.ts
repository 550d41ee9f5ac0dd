import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BuildInfo {
  readonly version: string;
  readonly commit: string | undefined;
}

/** Two levels above both src/roles and dist/roles. */
const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const REPOSITORY_ROOT = join(PACKAGE_ROOT, '..');

export function buildInfo(): BuildInfo {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { version, commit: commitIn(REPOSITORY_ROOT) };
}

/** An image carries its commit in the file REVISION; a clone knows it from git, without git being installed. */
export function commitIn(root: string): string | undefined {
  const head = readText(join(root, 'REVISION')) ?? readText(join(root, '.git', 'HEAD'));
  const reference = head?.match(/^ref: (refs\/[\w./-]+)$/)?.[1];
  const hash =
    reference === undefined ? head : (readText(join(root, '.git', reference)) ?? packed(root, reference));
  return hash !== undefined && /^[0-9a-f]{40,64}$/.test(hash) ? hash.slice(0, 12) : undefined;
}

function packed(root: string, reference: string): string | undefined {
  const lines = readText(join(root, '.git', 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${reference}`))?.split(' ')[0];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Absent in an image, a directory in a work tree: then it is not known.
    return undefined;
  }
}
