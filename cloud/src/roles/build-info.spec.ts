import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildInfo, commitIn } from './build-info.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const folder = mkdtempSync(join(tmpdir(), 'meterline-build-'));
afterAll(() => rmSync(folder, { recursive: true }));

function tree(name: string, files: Record<string, string>): string {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('commitIn', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    [
      'a clone on a branch',
      { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${HASH}\n` },
      '0123456789ab',
    ],
    [
      'a packed branch',
      { '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': `# pack\n${HASH} refs/heads/main\n` },
      '0123456789ab',
    ],
    ['a detached head', { '.git/HEAD': `${HASH}\n` }, '0123456789ab'],
    ['an image', { REVISION: `${HASH}\n` }, '0123456789ab'],
    ['a work tree', { '.git': 'gitdir: elsewhere\n' }, undefined],
    ['an archive', { 'README.md': '' }, undefined],
    ['nonsense', { REVISION: '<script>' }, undefined],
    ['a way out of the folder', { '.git/HEAD': 'ref: refs/../../../etc/passwd\n' }, undefined],
  ])('%s', (name, files, commit) => {
    expect(commitIn(tree(name.replaceAll(' ', '-'), files))).toBe(commit);
  });
});

describe('buildInfo', () => {
  it('knows the version of the package', () => {
    expect(buildInfo().version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
