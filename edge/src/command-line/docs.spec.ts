import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { idsFrom } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { judgeConfig } from '../desired/index.ts';
import { NO_IDS, readLocal } from '../desired/local-file.ts';
import { loadProfiles } from '../meters/profile-store.ts';
import { EXIT } from './io.ts';
import { main } from './main.ts';

const manual = readFileSync(new URL('../../../docs/gateway.md', import.meta.url), 'utf8');

async function help(command: string): Promise<string> {
  const out: string[] = [];
  const io = {
    out: (line: string) => out.push(line),
    err: () => undefined,
    read: (path: string | URL) => readFile(path),
  };
  expect(await main([...command.split(' ').filter(Boolean), '--help'], io)).toBe(0);
  return out.join('\n');
}

const optionsIn = (text: string): string[] => [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*/g))];

/** Names under `Commands:`, without `help`. */
function commandsIn(text: string): string[] {
  const [, list = ''] = text.split('\nCommands:\n');
  const [block = ''] = list.split(/\n\n/);
  return [...block.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name]) =>
    name && name !== 'help' ? [name] : [],
  );
}

async function leaves(): Promise<string[]> {
  const all: string[] = [];
  for (const name of commandsIn(await help(''))) {
    const inner = commandsIn(await help(name));
    all.push(
      ...(inner.length === 0 || name === 'profiles' ? [name] : []),
      ...inner.map((each) => `${name} ${each}`),
    );
  }
  return all;
}

const commands = await leaves();

describe('docs/gateway.md', () => {
  it('knows all that there is', () => {
    expect(commands).toEqual(
      expect.arrayContaining(['read', 'status', 'profiles', 'profiles show', 'journal export']),
    );
    expect(commands).toHaveLength(14);
  });

  it.each(commands)('explains %s and each of its options', async (command) => {
    const [group = ''] = command.split(' ');
    const title = new RegExp(`^## (?:${command}|${group})$`, 'm');
    const [, section = ''] = manual.split(title);
    const text = section.split(/^## /m)[0] ?? '';
    expect(text).toContain(command);
    const common = ['--help', '--version', '--verbose', '--state'];
    for (const option of optionsIn(await help(command))) {
      if (!common.includes(option)) expect(text).toContain(option);
    }
  });

  it('promises no option that there is not', async () => {
    const lines = [...manual.matchAll(/meterline-edge ((?:[a-z]+)(?: [a-z]+)?)([^\n]*)/g)];
    expect(lines.length).toBeGreaterThan(20);
    for (const [line, words = '', rest = ''] of lines) {
      const command =
        commands.find((each) => each === words) ?? commands.find((each) => each === words.split(' ')[0]);
      if (command === undefined) continue;
      const known = optionsIn(await help(command));
      for (const option of optionsIn(rest))
        expect({ line, known }).toEqual({ line, known: expect.arrayContaining([option]) });
    }
  });

  it('shows a configuration that can be run', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(manual) ?? [];
    const ids = idsFrom({ nowMs: () => 1_790_000_000_000, random: (bytes) => randomBytes(bytes) });
    const context = {
      gateway: ids.gateway(),
      profiles: loadProfiles(),
      ids,
      known: NO_IDS,
      wallMs: 1_790_000_000_000,
    };
    const read = readLocal(yaml, context);
    expect(read).toMatchObject({ ok: true, value: { broker: { url: 'mqtts://broker.example.com:8883' } } });
    if (!read.ok || !read.value.config) throw new Error('it is none');
    expect(judgeConfig(read.value.config, context)).toMatchObject({ ok: true, unverified: [] });
  });

  it('names every exit code', async () => {
    const said = await help('');
    for (const code of Object.values(EXIT)) {
      expect(manual).toMatch(new RegExp(`^\\| ${code} \\| `, 'm'));
      expect(said).toMatch(new RegExp(`^ {2}${code} +\\S`, 'm'));
    }
  });
});
