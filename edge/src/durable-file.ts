import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Small files that must be whole after a power cut: written beside, flushed, then put in place in one step. A reader
 * sees the old content or the new one.
 */
export function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = openSync(beside, 'wx', mode);
    try {
      // The mode of `open` is cut by the umask; what is secret must not depend on it, either way.
      fchmodSync(file, mode);
      writeAll(file, typeof content === 'string' ? Buffer.from(content) : content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  flushFolder(folder);
}

/** Undefined where there is none; anything else that keeps it from being read is thrown. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts a file that cannot be understood out of the way, so that somebody can still look at it. */
export function quarantine(path: string, wallMs: number): string {
  let place = `${path}.bad-${wallMs}`;
  while (existsSync(place)) place = `${path}.bad-${wallMs}-${randomBytes(2).toString('hex')}`;
  renameSync(path, place);
  flushFolder(dirname(path));
  return place;
}

function writeAll(file: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at);
}

/** The new name itself has to reach the medium. */
function flushFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
