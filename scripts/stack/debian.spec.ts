import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distribution } from './debian.ts';
import { debianMirror } from './timescale.ts';

describe('distribution', () => {
  it.each([
    [
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
      { id: 'debian', version: 12 },
    ],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', { id: 'ubuntu', version: 24.04 }],
    ['', { id: '', version: 0 }],
  ])('reads %j', (text, expected) => {
    expect(distribution(text)).toEqual(expected);
  });
});

describe('debianMirror', () => {
  const apt = (files: Record<string, string>) => {
    const folder = mkdtempSync(join(tmpdir(), 'apt-'));
    mkdirSync(join(folder, 'sources.list.d'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };

  it('finds the one-line form, with options, past comments and the security archive', () => {
    const list = [
      '# deb http://old.example/debian buster main',
      'deb http://mirror.example/debian-security bookworm-security main',
      'deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main contrib',
    ];
    expect(debianMirror(apt({ 'sources.list': list.join('\n') }))).toBe('http://mirror.example/debian');
  });

  it('finds the field form', () => {
    const sources = 'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n';
    expect(debianMirror(apt({ 'sources.list.d/debian.sources': sources }))).toBe(
      'http://mirror.example/debian',
    );
  });

  it('says what to do when there is none', () => {
    expect(() => debianMirror(apt({}))).toThrow('TIMESCALE_URL');
  });
});
