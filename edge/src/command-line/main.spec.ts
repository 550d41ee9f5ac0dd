import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROFILES_FOLDER } from '@meterline/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT, type Io } from './io.ts';
import { main } from './main.ts';

interface Fixture {
  readonly publicKey: string;
  readonly payload: { readonly text?: string; readonly hex?: string };
  readonly expect: { readonly head: { readonly previous: string } };
}

async function fixture(name: string): Promise<Fixture & { bytes: Buffer }> {
  const url = new URL(`../fixtures/${name}.json`, PROFILES_FOLDER);
  const file = JSON.parse(await readFile(url, 'utf8')) as Fixture;
  const { text, hex } = file.payload;
  return { ...file, bytes: text === undefined ? Buffer.from(hex ?? '', 'hex') : Buffer.from(text) };
}

/** Runs a command line, in words where a path of this machine is one; `files` stand in for those on disk. */
async function run(
  line: string | readonly string[],
  files: Record<string, Buffer | string> = {},
  more: Partial<Io> = {},
) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    read: async (path) => {
      const file = typeof path === 'string' ? files[path] : undefined;
      return file === undefined ? readFile(path) : Buffer.from(file);
    },
    ...more,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const known = fileURLToPath(new URL('eastron-sdm120m.yaml', PROFILES_FOLDER));

describe('meterline-edge', () => {
  it('explains itself', async () => {
    const bare = await run('');
    expect(bare).toMatchObject({ code: EXIT.usage, out: '' });
    expect(bare.err).toContain('Examples:');
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(
      /Exit codes:\n {2}0 .*\n {2}64 .*\n {2}65 .*\n {2}66 .*\n {2}68 .*\n {2}69 .*\n {2}70 /,
    );
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each([
    ['nope', "unknown command 'nope'"],
    ['batch', 'a command is missing'],
    ['profiles shw', 'there are profiles show and profiles check, no "shw"'],
    ['profiles show', "missing required argument 'id'"],
    ['profiles show sdm630', 'did you mean eastron-sdm630?'],
    ['profiles show DDS238-2', 'did you mean hiking-dds238-2-zn-sr?'],
    ['profiles show zzz', 'see meterline-edge profiles'],
    ['profiles show eastron-sdm630@9', 'is not here, but eastron-sdm630@1'],
    ['profiles check', "missing required argument 'file'"],
    ['batch verify x', "required option '--key <hex>'"],
    ['batch verify x --key 00', '--key: a public key is 32 bytes'],
    [`batch verify x --key ${'00'.repeat(32)}`, 'of small order'],
    [`batch verify x --key ${'ab'.repeat(32)} --previous 1`, 'a digest is 64 hex digits'],
    [`batch verify x --key ${'ab'.repeat(32)} --gateway 1`, 'a gateway id is a UUID'],
  ])('refuses "%s" in one line', async (line, message) => {
    const { code, out, err } = await run(line, { x: '' });
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toMatch(/^meterline-edge: [^\n]*$/);
    expect(err).toContain(message);
  });

  it('shows a stack on request only', async () => {
    expect(await run('profiles check nowhere.yaml')).toEqual({
      code: EXIT.unreadable,
      out: '',
      err: 'meterline-edge: nowhere.yaml does not exist',
    });
    expect((await run('profiles check nowhere.yaml --verbose')).err).toContain('caused by Error: ENOENT');
  });
});

describe('profiles', () => {
  it('lists every model, what stands on its label, and what to verify', async () => {
    const { code, out } = await run('profiles');
    const lines = out.split('\n');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^PROFILE +KIND +CONFIDENCE +REGISTERS +SWITCHES$/);
    const at = lines.findIndex((line) => line.startsWith('hiking-dds238-2-zn-sr@1'));
    expect(lines[at]).toMatch(
      /^hiking-dds238-2-zn-sr@1 +electricity 1-phase +(high|medium|low) +\d+ +relay$/,
    );
    expect(lines[at + 1]).toMatch(/^ {2}Hiking.*: .*DDS238-2 ZN\/SR/);
    expect(lines[at + 2]).toMatch(/^ {4}verify that the nameplate says 5\(65\) A/);
  });

  it('fits the terminal, coloured where it may be', async () => {
    const screen = (columns: number, coloured: boolean) => ({
      ...{ columns, rows: 24, coloured, draw: () => undefined },
      resized: () => () => undefined,
    });
    const narrow = await run('profiles', {}, { screen: screen(60, false) });
    for (const line of narrow.out.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    const coloured = await run('profiles', {}, { screen: screen(60, true) });
    expect(coloured.out).toContain('\u001b[33mmedium\u001b[0m');
  });

  it('tells the same as JSON', async () => {
    const { profiles } = JSON.parse((await run('profiles --json')).out) as { profiles: { id: string }[] };
    expect(profiles).toHaveLength((await run('profiles')).out.match(/^\S+@\d+ /gm)?.length ?? 0);
    expect(profiles.find(({ id }) => id === 'pzem-016')).toMatchObject({
      ...{ version: 1, medium: 'electricity', phases: 1, confidence: 'medium', switches: [] },
      verify: [expect.stringContaining('energy_total against a known load')],
    });
  });

  it('shows the sheet of one, by id or with its version', async () => {
    const sheet = await run('profiles show eastron-sdm120m@1');
    expect(sheet.code).toBe(0);
    expect(sheet.out).toMatch(/^profile +eastron-sdm120m@1$[\s\S]*^Registers$[\s\S]*^Sources$/m);
    const json = JSON.parse((await run('profiles show eastron-sdm120m --json')).out) as { id: string };
    expect(json.id).toBe('eastron-sdm120m');
  });

  it("lists models of one's own, and says what is wrong with the others", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'profiles-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const good = await readFile(known, 'utf8');
    await writeFile(join(folder, 'my-meter.yaml'), good.replace('id: eastron-sdm120m', 'id: my-meter'));
    await writeFile(join(folder, 'broken.yaml'), 'id: [');
    const { code, out, err } = await run(['profiles', '--profiles', folder]);
    expect(code).toBe(EXIT.faulty);
    expect(out).toContain('my-meter@1');
    expect(err).toMatch(/broken\.yaml:\d+: is not YAML[^\n]*\nmeterline-edge: 1 faults in profiles$/);
    const nowhere = await run(['profiles', '--profiles', join(folder, 'nowhere')]);
    expect(nowhere.err).toContain('cannot be listed');
  });
});

describe('profiles check', () => {
  it('accepts a good file and names each fault of a bad one', async () => {
    const good = await readFile(known, 'utf8');
    const bad = good.replace('vendor: Eastron', 'vendr: Eastron').replace('type: uint32', 'type: uint33');
    const { code, out, err } = await run(['profiles', 'check', known, 'bad.yaml'], {
      'bad.yaml': bad,
    });
    expect(code).toBe(EXIT.faulty);
    expect(err).toBe('meterline-edge: 1 of 2 profiles are faulty');
    expect(out.split('\n')).toEqual([
      `${known}: ok, eastron-sdm120m@1, 16 registers`,
      expect.stringMatching(/^bad\.yaml(:\d+)?: vendor: is missing; add it$/),
      expect.stringMatching(/^bad\.yaml:\d+: registers\[11\]\.type: is "uint33"; did you mean uint/),
      expect.stringMatching(/^bad\.yaml:\d+: vendr: is not a known key; did you mean vendor\?$/),
    ]);
    const json = await run(['profiles', 'check', 'bad.yaml', '--json'], { 'bad.yaml': bad });
    expect(JSON.parse(json.out)).toMatchObject({ files: [{ file: 'bad.yaml', ok: false }] });
    expect(json.code).toBe(EXIT.faulty);
  });

  it('reads files in folders of any name', async () => {
    const path = 'my meters/ชั้น 1/eastron-sdm120m.yaml';
    const { code, out } = await run(['profiles', 'check', path], { [path]: await readFile(known) });
    expect({ code, out }).toEqual({ code: 0, out: `${path}: ok, eastron-sdm120m@1, 16 registers` });
  });

  it.each([
    ['syntax', 'a: [1', 'x.yaml:1: is not YAML: '],
    ['a key twice', 'a: 1\na: 2', 'Map keys must be unique'],
    ['aliases', 'a: &x [1, 1]\nb: [*x, *x]', 'write the values out'],
    ['a list', '- 1', 'must be of type object'],
    ['nothing', '', 'must be of type object'],
    ['a tag', 'a: !!js/function "x"', ''],
    ['binary', '\u0000\u0001', ''],
  ])('refuses %s', async (_, yaml, message) => {
    const { code, out } = await run('profiles check x.yaml', { 'x.yaml': yaml });
    expect(code).toBe(EXIT.faulty);
    expect(out).toContain(message);
  });

  it('wants the file to be named like the model', async () => {
    const { out } = await run('profiles check x.yaml', { 'x.yaml': await readFile(known) });
    expect(out).toMatch(/^x\.yaml:\d+: id: is eastron-sdm120m; rename the file to eastron-sdm120m\.yaml/);
  });
});

describe('batch verify', () => {
  it.each(['boundary', 'readings-gauge', 'readings-gauge-deflated', 'readings-bounded', 'records'])(
    'opens %s',
    async (name) => {
      const { publicKey, bytes, expect: expected } = await fixture(`good/${name}`);
      const previous = expected.head.previous === null ? '' : ` --previous ${expected.head.previous}`;
      const { code, out, err } = await run(`batch verify b --key ${publicKey}${previous}`, { b: bytes });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/verified: \d+ records/);
    },
  );

  it.each([
    ['another predecessor', '--previous PREVIOUS', 'does not follow'],
    ['another gateway', '--gateway 019c0fd8-ea80-7000-8000-000000000000', 'wrong-gateway'],
  ])('refuses %s', async (_, option, message) => {
    const { publicKey, bytes } = await fixture('good/boundary');
    const options = option.replace('PREVIOUS', 'a'.repeat(64));
    const { code, err } = await run(`batch verify b --key ${publicKey} ${options}`, { b: bytes });
    expect(code).toBe(EXIT.faulty);
    expect(err).toContain(message);
  });

  it.each(['bomb', 'leaf-changed', 'body-changed', 'malleable', 'empty'])('refuses %s', async (name) => {
    const { publicKey, bytes } = await fixture(`bad/${name}`);
    const { code, err } = await run(`batch verify b --key ${publicKey}`, { b: bytes });
    expect(code).toBe(EXIT.faulty);
    expect(err).toMatch(/^meterline-edge: b is refused: [a-z-]+: [^\n]+$/);
  });
});
