import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canReach, reachableFolder, temporaryFolder } from './place.ts';

/** With the mode said, whatever the umask of the run. */
function folder(name: string, mode: number): string {
  mkdirSync(join(base, name), { recursive: true });
  chmodSync(join(base, name), mode);
  return join(base, name);
}

const stranger = { uid: 54_321, gid: 54_321 };
const base = mkdtempSync(join(tmpdir(), 'place-'));
chmodSync(base, 0o755);
afterEach(() => rmSync(join(base, 'home'), { recursive: true, force: true }));

describe('canReach', () => {
  it('walks every folder on the way, not only the last', () => {
    folder('home', 0o755);
    folder('home/clone', 0o755);
    expect(canReach(stranger, join(base, 'home/clone'))).toBe(true);
    chmodSync(join(base, 'home'), 0o700);
    expect(canReach(stranger, join(base, 'home/clone'))).toBe(false);
  });

  it('asks only about what is there', () => {
    expect(canReach(stranger, join(base, 'home/not/yet'))).toBe(true);
  });

  it('lets everybody reach what the present user reaches when no other user is meant', () => {
    expect(canReach(null, '/nowhere')).toBe(true);
  });
});

describe('reachableFolder', () => {
  it('keeps the wanted place where the user can walk there', () => {
    folder('home', 0o755);
    expect(reachableFolder(stranger, join(base, 'home/data'))).toBe(join(base, 'home/data'));
  });

  it('moves to the same other place each time where the user cannot', () => {
    folder('home', 0o700);
    const first = reachableFolder(stranger, join(base, 'home/data'));
    expect(first.startsWith(base)).toBe(false);
    expect(reachableFolder(stranger, join(base, 'home/data'))).toBe(first);
    expect(reachableFolder(stranger, join(base, 'home/other'))).not.toBe(first);
  });
});

describe('temporaryFolder', () => {
  it('sweeps the folders of runs that are gone and keeps those of living ones', () => {
    mkdirSync(join(base, 'home'));
    const dead = join(base, 'home/meterline-run-4194305-aaaaaa');
    const alive = join(base, `home/meterline-run-${process.pid}-bbbbbb`);
    for (const folder of [dead, alive]) mkdirSync(folder);
    const made = temporaryFolder(null, [join(base, 'home')]);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
    expect(existsSync(made)).toBe(true);
  });

  it('says which places it tried', () => {
    expect(() => temporaryFolder(stranger, ['/nowhere'])).toThrow('tried /nowhere');
  });
});
