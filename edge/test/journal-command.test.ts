import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema, openBatch, ringOf, verifierOf } from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT, type Io } from '../src/command-line/io.ts';
import { main } from '../src/command-line/main.ts';
import { ConfigStore, digestOf, NO_MEMORY } from '../src/desired/config-store.ts';
import { standardConfig } from '../src/desired/index.ts';
import { type Identity, openIdentity } from '../src/enrol/index.ts';
import { type Entry, Journal, type JournalReading, readJournal } from '../src/store/index.ts';
import { drain, entries, FakeHub, NOON, QUARTER, type World, world } from './journal-support.ts';

let home: World;
let identity: Identity;
let path: string;
beforeEach(() => {
  home = world();
  identity = openIdentity(home.folder, { wallMs: () => NOON });
  path = join(home.folder, 'journal.sqlite');
});
afterEach(() => home.end());

const open = (): Journal =>
  new Journal({
    ...{ path, gateway: identity.gateway, signer: identity.signer, clock: home.clock, agent: 'test 1' },
    limits: { reserveBytes: 0, jitter: () => 0.5 },
  });

async function run(args: readonly string[], more: Partial<Io> = {}, state = home.folder) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main([...args, '--state', state], {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    read: (file) => readFile(file),
    ...more,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** An hour of readings of every class, some sealed, some sent, some neither. */
function hour(journal: Journal, { sealed = true } = {}): Entry[] {
  const make = entries(home);
  const made: Entry[] = [];
  journal.append([make.anchor()], { durable: true });
  for (let minute = 1; minute <= 60; minute += 1) {
    home.clock.advance(60_000);
    const some = [make.gauge(minute), make.gauge(minute + 40, minute), make.counter(minute)];
    const billed =
      minute % 15 === 0 ? [make.boundary(minute, Math.round(home.clock.wallMs() / QUARTER) * QUARTER)] : [];
    made.push(...some, ...billed);
    journal.append([...some, ...billed], { durable: billed.length > 0 });
    if (sealed) journal.tend();
  }
  return made;
}

function fileOf(content: string): string {
  const file = join(home.folder, 'x');
  writeFileSync(file, content);
  return file;
}

interface Line {
  readonly class: string;
  readonly value?: string;
  readonly time?: string;
  readonly sequence: number;
  readonly batch?: number;
  readonly point?: string;
  readonly boundary?: string;
  readonly boundary_value?: string;
}
const linesOf = (text: string): Line[] => text.split('\n').map((line) => JSON.parse(line) as Line);
const isReading = ({ class: kind }: Pick<Line, 'class'>): boolean => kind !== 'record';
const valuesOf = (made: readonly Entry[]): string[] =>
  made.flatMap((entry) => (entry.kind === 'event' ? [] : [String(entry.value)])).sort();

describe('journal verify', () => {
  it('finds nothing wrong in a journal that an agent goes on writing', async () => {
    const journal = open();
    const hub = new FakeHub({ gateway: identity.gateway, signer: identity.signer });
    hour(journal);
    drain(journal, hub, home.clock);
    hour(journal);
    const seen: string[] = [];
    const { code, out, err } = await run(['journal', 'verify'], { progress: (line) => seen.push(line) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^verified: journal [0-9a-f-]{36}, \d+ numbers, receipted up to \d+; \d+ rows, \d+ batches, \d+ signatures$/,
    );
    expect(seen.at(-2)).toMatch(/^100 % {2}(\d+) of \1 rows and batches$/);
    expect(seen.at(-1)).toBe('');
    journal.append([entries(home).gauge(1)], { durable: true });
    expect(JSON.parse((await run(['journal', 'verify', '--json'])).out)).toMatchObject({
      ok: true,
      found: 0,
    });
    journal.close();
  });

  it.each<[string, string, RegExp]>([
    [
      'a value that was changed',
      'UPDATE billing SET value = value + 1 WHERE seq = (SELECT max(seq) FROM billing)',
      /^row: billing \d+: is not as it was written$/m,
    ],
    [
      'a row that is gone',
      'DELETE FROM gauge WHERE seq = (SELECT max(seq) FROM gauge)',
      /^numbering: \d+…\d+: is nowhere$/m,
    ],
    [
      'a batch that is gone',
      'DELETE FROM batch WHERE number = (SELECT max(number) - 1 FROM batch)',
      /^numbering: \d+…\d+: is nowhere$/m,
    ],
    [
      'a batch that names another predecessor',
      'UPDATE batch SET previous = digest WHERE number = 3',
      /^chain: batch 3: names another predecessor than batch 2$/m,
    ],
    [
      'bytes that were changed',
      'UPDATE batch SET payload = zeroblob(200) WHERE number = 2',
      /^batch: batch 2 of [0-9a-f-]{36}: its bytes are not those that were stored$/m,
    ],
    [
      'a receipt for what was never sent',
      'UPDATE batch SET state = 0 WHERE number = 1',
      /^receipt: batch 1: was never sent, and the watermark \d+ says/m,
    ],
    [
      'a watermark beyond what was sealed',
      'UPDATE journal SET watermark = 9000, settled = 0',
      /^receipt: watermark 9000: goes beyond \d+, the last that was sealed$/m,
    ],
  ])('finds %s', async (_, tampering, line) => {
    const journal = open();
    const hub = new FakeHub({ gateway: identity.gateway, signer: identity.signer });
    hour(journal);
    drain(journal, hub, home.clock);
    hour(journal);
    journal.close();
    expect((await run(['journal', 'verify'])).code).toBe(0);
    const db = new Sqlite(path);
    expect(db.prepare(tampering).run().changes).toBe(1);
    db.close();
    const { code, out, err } = await run(['journal', 'verify']);
    expect(code).toBe(EXIT.faulty);
    expect(out).toMatch(line);
    expect(err).toMatch(/^meterline-edge: \d+ faults in the journal$/);
  });

  it('counts faults that it has no room to name', async () => {
    const journal = open();
    hour(journal, { sealed: false });
    journal.close();
    const db = new Sqlite(path);
    db.exec('UPDATE gauge SET crc = crc + 1');
    db.close();
    const { out, err } = await run(['journal', 'verify']);
    expect(out.split('\n')).toHaveLength(101);
    expect(out).toMatch(/\n… and 20 more$/);
    expect(err).toContain('120 faults');
  });

  it('says of a torn file what it can', async () => {
    const journal = open();
    hour(journal);
    journal.close();
    truncateSync(path, Math.floor(statSync(path).size / 2 / 1_024) * 1_024);
    const { code, out, err } = await run(['journal', 'verify']);
    expect(code).toBe(EXIT.faulty);
    expect(`${out}\n${err}`).toMatch(/file: sqlite: |is damaged: /);
  });

  it('believes no signature of another gateway', async () => {
    const journal = open();
    hour(journal);
    journal.close();
    const { code, out } = await run([
      'journal',
      'verify',
      path,
      '--key',
      home.signer.publicKey.toString('hex'),
    ]);
    expect(code).toBe(EXIT.faulty);
    expect(out).toMatch(/^batch: batch 1 of [0-9a-f-]{36}: unknown-key: /m);
  });

  it.each<[string, () => string[], number, RegExp]>([
    [
      'no journal',
      () => [],
      EXIT.unreadable,
      /journal\.sqlite does not exist, or may not be read by this user$/,
    ],
    ['a file that is none', () => [fileOf('x'.repeat(5_000))], EXIT.faulty, /x is no journal$/],
    ['an empty file', () => [fileOf('')], EXIT.faulty, /x is no journal of this agent$/],
    ['a key that is none', () => ['--key', '00'], EXIT.usage, /--key: a public key is 32 bytes/],
  ])('says in one line: %s', async (_, args, code, message) => {
    expect(await run(['journal', 'verify', ...args()])).toEqual({
      code,
      out: '',
      err: expect.stringMatching(message),
    });
  });

  it('wants to know whose journal it is', async () => {
    const nobody = join(home.folder, 'nobody');
    const { code, err } = await run(['journal', 'verify', path], {}, nobody);
    expect(code).toBe(EXIT.unreadable);
    expect(err).toMatch(/whose journal this is cannot be known from [^\n]*: give its public key with --key/);
  });
});

describe('journal export', () => {
  it('has every reading once, sealed or not, with its time', async () => {
    const journal = open();
    const hub = new FakeHub({ gateway: identity.gateway, signer: identity.signer });
    const made = [...hour(journal)];
    for (const batch of journal.nextBatches('live', 2)) hub.take(batch);
    made.push(...hour(journal, { sealed: false }));
    const { code, out } = await run(['journal', 'export', '--format', 'jsonl']);
    const lines = linesOf(out);
    const readings = lines.filter(isReading);
    expect(code).toBe(0);
    expect(readings.map(({ value }) => value).sort()).toEqual(valuesOf(made));
    expect(new Set(lines.map(({ sequence }) => sequence)).size).toBe(lines.length);
    expect(
      lines.some(({ batch }) => batch !== undefined) && lines.some(({ batch }) => batch === undefined),
    ).toBe(true);
    for (const { time = '' } of lines) expect(Date.parse(time)).toBeGreaterThanOrEqual(NOON);
    const boundaries = readings.filter(({ class: kind }) => kind === 'boundary');
    expect(boundaries).toHaveLength(8);
    expect(boundaries[0]?.boundary).toBe(new Date(NOON + QUARTER).toISOString());
    expect(boundaries[0]?.boundary_value).toBe(boundaries[0]?.value);
    journal.close();
  });

  it('has each once, too, while they are sealed under its hands', () => {
    const journal = open();
    const made = hour(journal, { sealed: false });
    const verifier = verifierOf(identity.signer.publicKey);
    if (!verifier.ok) throw new Error(verifier.detail);
    const reader = readJournal(path);
    const readings: JournalReading[] = [];
    for (const found of reader.readings(ringOf(verifier.key), {})) {
      if ('fault' in found) throw new Error(found.fault);
      readings.push(found);
      // After some of them were found as rows, all of them become batches; then there are more.
      if (readings.length === 20 || readings.length === 130) {
        made.push(...hour(journal, { sealed: false }));
        while (journal.seal(home.clock.now(), { all: true }).more);
      }
    }
    reader.close();
    const values = readings.flatMap((found) => (isReading(found) ? [String(found.value)] : []));
    expect(values.sort()).toEqual(valuesOf(made));
    expect(new Set(readings.map(({ sequence }) => sequence)).size).toBe(readings.length);
    journal.close();
  });

  it('takes a range of times, or of numbers', async () => {
    const journal = open();
    hour(journal);
    const from = new Date(NOON + 600_000).toISOString();
    const to = new Date(NOON + 1_200_000).toISOString();
    const timed = linesOf(
      (await run(['journal', 'export', '--format', 'jsonl', '--from', from, '--to', to])).out,
    );
    expect(timed.filter(({ class: kind }) => kind === 'gauge')).toHaveLength(20);
    for (const { time = '' } of timed) expect(time >= from && time < to).toBe(true);
    const numbered = linesOf(
      (await run(['journal', 'export', '--format', 'jsonl', '--sequence', '30-39'])).out,
    );
    expect(numbered.map(({ sequence }) => sequence).sort()).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    journal.close();
  });

  it('says nothing of a time that nobody knows, and bounds where there are some', async () => {
    const journal = open();
    const make = entries(home);
    journal.append([make.gauge(1, 111)], { durable: true });
    expect(linesOf((await run(['journal', 'export', '--format', 'jsonl'])).out).at(-1)).not.toHaveProperty(
      'time',
    );
    expect((await run(['journal', 'export', '--format', 'jsonl', '--from', '2020-01-01'])).out).toBe('');
    journal.close();
    home.clock.reboot('boot-2', NOON + 3_600_000);
    const next = open();
    next.append([make.anchor()], { durable: true });
    home.clock.advance(60_000);
    while (next.seal(home.clock.now(), { all: true }).more);
    const gauge = linesOf((await run(['journal', 'export', '--format', 'jsonl'])).out).find(
      ({ class: kind }) => kind === 'gauge',
    );
    expect(gauge?.time).toMatch(/^2020-01-01T[0-9:.]+Z\/2026-01-31T[0-9:.]+Z$/);
    next.close();
  });

  it('is a table for a spreadsheet, and names what the gateway has a name for', async () => {
    const journal = open();
    hour(journal);
    journal.close();
    const [head, ...rows] = (await run(['journal', 'export'])).out.split('\n');
    expect(head).toBe(
      'time,class,meter,register,value,unit,quality,boundary,boundary_value,raw,note,point,journal,sequence,batch',
    );
    expect(rows.find((row) => row.includes(',boundary,'))).toMatch(
      /^2026-01-31T12:15:00\.000Z,boundary,,eastron-sdm630@1\/energy_import_total,9015,count,good,2026-01-31T12:15:00\.000Z,9015,00002328,"\{""pass"":""only"",/,
    );
    expect(rows.find((row) => row.includes(',gauge,'))).toMatch(
      /,gauge,,,\d+,mV,good,,,,,[0-9a-f-]{36},[0-9a-f-]{36},\d+,\d+$/,
    );
  });

  it('names what the gateway has a name for, and hands no formula to a spreadsheet', async () => {
    const journal = open();
    const gauge = entries(home).gauge(1);
    journal.append([entries(home).anchor(), gauge], { durable: true });
    journal.close();
    const [bus, meter] = ['019c0fd8-ea80-7682-93cf-f366eb6441a1', '019c0fd8-ea80-7682-93cf-f366eb6441a2'];
    const config = configSchema.parse({
      ...standardConfig(identity.gateway, NOON),
      buses: [{ id: bus, name: 'Line 1', url: 'tcp://10.0.0.7:502' }],
      meters: [
        {
          ...{
            id: meter,
            bus,
            unit: 1,
            profile: 'eastron-sdm630@1',
            serial: null,
            role: 'sub',
            label: '=HYPERLINK("ห้อง 1")',
          },
          points: [{ id: 'point' in gauge ? gauge.point : '', register: 'voltage_l1', class: 'gauge' }],
        },
      ],
    });
    const store = new ConfigStore(home.folder, () => NOON);
    store.save({
      ...NO_MEMORY,
      good: { version: config.version, digest: digestOf(config), config },
      desired: 1,
    });
    expect((await run(['journal', 'export'])).out).toContain(
      `,gauge,"'=HYPERLINK(""ห้อง 1"")",eastron-sdm630@1/voltage_l1,230001,mV,good,`,
    );
  });

  it('hands out evidence that a stranger can check', async () => {
    const journal = open();
    hour(journal);
    const { out } = await run(['journal', 'export', '--format', 'evidence']);
    const lines = out
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; digest: string; payload: string });
    expect(lines.slice(0, 2).map(({ type }) => type)).toEqual(['journal', 'boot']);
    const verifier = verifierOf(identity.signer.publicKey);
    if (!verifier.ok) throw new Error(verifier.detail);
    const batches = lines.filter(({ type }) => type === 'batch');
    expect(batches.length).toBeGreaterThan(5);
    for (const { payload, digest } of batches) {
      const opened = openBatch(Buffer.from(payload, 'base64'), {
        keys: ringOf(verifier.key),
        deflated: false,
      });
      expect(opened).toMatchObject({ ok: true, batch: { digest } });
    }
    // Counts to bill on stand there as rows, too.
    expect(lines.filter(({ type }) => type === 'billing')).toHaveLength(4);
    expect((await run(['journal', 'export', '--format', 'evidence', '--from', '2026-01-01'])).code).toBe(
      EXIT.usage,
    );
    journal.close();
  });

  it('leaves out what is damaged, and says so', async () => {
    const journal = open();
    const made = hour(journal);
    journal.close();
    const db = new Sqlite(path);
    db.exec("UPDATE batch SET payload = zeroblob(99) WHERE kind = 'counter' AND number < 20");
    db.close();
    const { code, out, err } = await run(['journal', 'export', '--format', 'jsonl']);
    expect(code).toBe(EXIT.faulty);
    expect(err).toMatch(
      /^batch \d+ of [0-9a-f-]{36}: its bytes are damaged.*\n[\s\S]*parts of the journal are damaged and were left out$/,
    );
    expect(linesOf(out).filter(isReading).length).toBeLessThan(made.length);
  });

  it('writes a new file, and none that is there', async () => {
    const journal = open();
    hour(journal);
    const file = join(home.folder, 'out.csv');
    const written = await run(['journal', 'export', '--out', file]);
    const printed = await run(['journal', 'export']);
    const lines = printed.out.split('\n').length;
    expect(written).toEqual({ code: 0, out: '', err: `${lines} lines in ${file}` });
    expect(readFileSync(file, 'utf8')).toBe(`${printed.out}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = statSync(path).size;
    expect(await run(['journal', 'export', '--out', path])).toMatchObject({
      code: EXIT.unavailable,
      err: expect.stringContaining('exists already'),
    });
    expect(statSync(path).size).toBe(before);
    const nowhere = join(home.folder, 'no', 'where.csv');
    expect((await run(['journal', 'export', '--out', nowhere])).code).toBe(EXIT.unavailable);
    expect(existsSync(nowhere)).toBe(false);
    journal.close();
  });

  it.each([
    [['--from', 'yesterday'], 'a time is such as'],
    [['--from', '2026-13-01'], 'a time is such as'],
    [['--sequence', '9-3'], 'a range of numbers is such as'],
    [['--sequence', '0'], 'a range of numbers is such as'],
    [['--format', 'xml'], 'Allowed choices are csv, jsonl, evidence'],
  ])('refuses %j in one line', async (args, message) => {
    const { code, err } = await run(['journal', 'export', ...args]);
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/^meterline-edge: [^\n]*$/);
    expect(err).toContain(message);
  });
});

describe('the output of the command line', () => {
  const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const NODE = [process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning', CLI];
  const quoted = (args: readonly string[]): string => args.map((arg) => `'${arg}'`).join(' ');

  it('may be read in part only', () => {
    const journal = open();
    for (let i = 0; i < 40; i += 1) hour(journal, { sealed: false });
    journal.close();
    const command = `${quoted([...NODE, 'journal', 'export', '--state', home.folder])}`;
    const script = `set -o pipefail; ${command} | head -n 2; echo "ended with \${PIPESTATUS[0]}"`;
    const out = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(out).toMatch(/^time,class,[^\n]*\n2026-[^\n]*\nended with 0\n$/);
    const lines = spawnSync('bash', ['-c', `${command} | wc -l`], { encoding: 'utf8' });
    expect(Number(lines.stdout)).toBeGreaterThan(7_000);
  });

  it('ends with a clear line when it cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(NODE[0] ?? '', [...NODE.slice(1), 'profiles'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect(status).toBe(EXIT.unavailable);
    expect(stderr).toMatch(/^meterline-edge: the output cannot be written: ENOSPC[^\n]*\n$/);
  });
});
