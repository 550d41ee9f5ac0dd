import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decoded } from '@meterline/contracts';
import { type CommissionedMeter, journalRecordSchema, type MeterProfile } from '@meterline/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commissionMeter } from '../src/commission/commission.ts';
import { type Between, judgeDisplay } from '../src/commission/display.ts';
import { findingsOf } from '../src/commission/findings.ts';
import {
  CommissionedStore,
  Interrupted,
  type Prompter,
  parseScript,
  type ReadMeter,
  runScript,
  walk,
} from '../src/commission/index.ts';
import { adoptLocal } from '../src/desired/adopt.ts';
import { judgeConfig } from '../src/desired/judge.ts';
import type { Reading } from '../src/meters/readings.ts';
import { BUS, config, GATEWAY, meterId, mint, NOW, PROFILES } from './desired-fixture.ts';

const profile = (id: string): MeterProfile => {
  const found = PROFILES.profiles.get(id)?.profile;
  if (!found) throw new Error(`no ${id}`);
  return found;
};
const DDS = profile('hiking-dds238-2-zn-sr');
const WATER = profile('xintai-water');

const register = (of: MeterProfile, name: string) => {
  const found = of.registers.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

const reading = (of: MeterProfile, name: string, decoded: Decoded): Reading => ({
  register: register(of, name),
  decoded,
  raw: '0000',
});

/** Tens of watt-hours. */
const dds = (energy: bigint, power = 5_000): Reading[] => [
  reading(DDS, 'voltage', { kind: 'gauge', value: 230_000 }),
  reading(DDS, 'current', { kind: 'gauge', value: Math.round(Math.abs(power) / 0.23) }),
  reading(DDS, 'power', { kind: 'gauge', value: power * 1_000 }),
  reading(DDS, 'frequency', { kind: 'gauge', value: 50_000 }),
  reading(DDS, 'energy_import_total', { kind: 'counter', count: energy }),
  reading(DDS, 'energy_export_total', { kind: 'counter', count: 5n }),
];

const between = (before: bigint, after = before, name = 'energy_import_total', of = DDS): Between => ({
  register: register(of, name),
  before,
  after,
});

describe('comparing with the display', () => {
  it.each([
    ['12345.67', 1_234_567n, 1_234_567n, 'same'],
    ['12345.6', 1_234_567n, 1_234_567n, 'same'],
    ['12345', 1_234_567n, 1_234_567n, 'same'],
    ['012,345.67 kWh', 1_234_567n, 1_234_567n, 'same'],
    ['12345670 Wh', 1_234_567n, 1_234_567n, 'same'],
    ['12345.69', 1_234_567n, 1_234_570n, 'same'],
    ['12345.66', 1_234_567n, 1_234_567n, 'differs'],
    ['12345.80', 1_234_567n, 1_234_570n, 'differs'],
    ['12344', 1_234_567n, 1_234_567n, 'differs'],
    ['0', 1_234_567n, 1_234_567n, 'differs'],
    ['abc', 0n, 0n, 'unreadable'],
    ['', 0n, 0n, 'unreadable'],
    ['1,5.', 0n, 0n, 'unreadable'],
    ['12 m3', 0n, 0n, 'unreadable'],
    ['-5', 0n, 0n, 'unreadable'],
  ])('%s against %d to %d: %s', (typed, before, after, is) => {
    expect(judgeDisplay(between(before, after), typed)).toMatchObject({ is });
  });

  it('takes m³ of a water meter', () => {
    const litres = between(1_234_567n, 1_234_567n, 'volume_forward_total', WATER);
    expect(judgeDisplay(litres, '1234.567')).toMatchObject({ is: 'same' });
    expect(judgeDisplay(litres, '1234567 L')).toMatchObject({ is: 'same' });
    expect(judgeDisplay(litres, '1234.667')).toMatchObject({ is: 'differs' });
  });

  it.each([
    ['123456.7', '10 times as much'],
    ['617283.5', '50 times as much'],
    ['123.4567', '1/100'],
  ])('knows a ratio: %s', (typed, hint) => {
    expect(judgeDisplay(between(1_234_567n), typed)).toMatchObject({ hint: expect.stringContaining(hint) });
  });

  it('knows the page of another counter', () => {
    const others = [between(1_234_567n), between(777n, 777n, 'energy_export_total')];
    expect(judgeDisplay(between(1_234_567n), '7.77', others)).toMatchObject({
      hint: expect.stringContaining('energy_export_total'),
    });
  });

  it('believes every display that shows whole steps of what is between the reads', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 10n),
        fc.bigInt(0n, 1_000n),
        fc.bigInt(0n, 1_000n),
        fc.nat(3),
        (count, a, b, decimals) => {
          const watthours = (count + a) * 10n;
          const step = 10n ** BigInt(3 - decimals);
          const cut = (watthours / step) * step;
          const text = `${cut / 1_000n}.${String(cut % 1_000n).padStart(3, '0')}`.slice(
            0,
            decimals === 0 ? -4 : decimals - 3 || undefined,
          );
          expect(judgeDisplay(between(count, count + a + b), text)).toMatchObject({ is: 'same' });
        },
      ),
    );
  });
});

describe('what the values say', () => {
  it.each([
    ['power backwards', dds(1n, -500), [], /wrong way round/],
    ['export rises', dds(1n), [between(5n, 6n, 'energy_export_total')], /energy_export_total rises/],
    ['a counter falls', dds(1n), [between(5n, 4n)], /fell from 5 to 4/],
  ])('%s', (_, readings, counters, text) => {
    const findings = findingsOf(DDS, readings, counters);
    expect(
      findings
        .filter(({ state }) => state === 'look')
        .map((each) => each.text)
        .join(),
    ).toMatch(text);
  });

  it('a meter that is right', () => {
    const findings = findingsOf(DDS, dds(1n, 500), [between(5n, 6n)]);
    expect(findings.every(({ state }) => state === 'ok')).toBe(true);
  });
});

const ids = mint(4);
const bus = { id: BUS, name: 'floor 1', url: 'tcp://127.0.0.1:1502' };
const answers = {
  unit: 3,
  name: '101',
  role: 'sub',
  display: { energy_import_total: '12.3' },
  switch: ['relay'],
  never: [],
  acknowledged: false,
} as const;
const reads = { first: dds(1_234n), second: dds(1_235n) };
const context = { ids, bus, profile: DDS, utc: NOW };

describe('one meter', () => {
  it('becomes a record that the journal takes, with a point a register', () => {
    const made = commissionMeter({ ...answers, room: '101', by: 'tech-7' }, reads, context);
    expect(made).toMatchObject({ ok: true });
    if (!made.ok) return;
    const { meter, display } = made.commissioned;
    expect(meter).toMatchObject({
      label: '101',
      unit: 3,
      serial: null,
      controls: [{ name: 'relay', enabled: true }],
    });
    expect(new Set(meter.points.map(({ id }) => id)).size).toBe(meter.points.length);
    expect(display).toEqual([expect.objectContaining({ shown: '12.3', count: '1235', at: NOW })]);
    expect(
      journalRecordSchema.safeParse({ kind: 'commission', t: NOW, meter: made.commissioned }).error,
    ).toBeUndefined();
    expect(
      judgeConfig(config(1, { buses: [bus], meters: [meter] }), { gateway: GATEWAY, profiles: PROFILES }).ok,
    ).toBe(true);
  });

  it('works without knowing the time', () => {
    const made = commissionMeter(answers, reads, { ...context, utc: null });
    expect(made.ok && made.commissioned.display?.[0]).not.toHaveProperty('at');
  });

  const doubtful = { ...answers, display: {}, switch: [], acknowledged: true };
  it.each([
    [
      'a display that differs',
      { ...answers, display: { energy_import_total: '99' } },
      DDS,
      /energy_import_total: the display shows 99/,
    ],
    ['a register that was not read', { ...answers, display: { nope: '1' } }, DDS, /nope was not read/],
    ['a control that is not there', { ...answers, switch: ['valve'] }, DDS, /has no "valve"/],
    ['allowed and never', { ...answers, never: ['relay'] }, DDS, /both allowed and never/],
    ['no name', { ...answers, name: '' }, DDS, /label/],
    [
      'an acknowledgement of nobody',
      { ...doubtful, display: { volume_forward_total: '0' } },
      WATER,
      /by whom/,
    ],
    ['an acknowledgement without a look', { ...doubtful, by: 'x' }, WATER, /enter what the display shows/],
  ])('is refused with %s', (_, given, of, problem) => {
    const water = [reading(WATER, 'volume_forward_total', { kind: 'counter', count: 0n })];
    const made = commissionMeter(given, of === WATER ? { first: water, second: water } : reads, {
      ...context,
      profile: of,
    });
    expect(made.ok).toBe(false);
    if (!made.ok) expect(made.problems.join('\n')).toMatch(problem);
  });

  it('is refused when it cannot be of this model', () => {
    const strange = dds(1_234n).map((each) =>
      each.register.name === 'frequency'
        ? { ...each, decoded: { kind: 'gauge', value: 1_000 } as const }
        : each,
    );
    const made = commissionMeter(answers, { first: strange, second: strange }, context);
    expect(made).toMatchObject({ ok: false, problems: [expect.stringContaining('another model')] });
  });

  it('is kept in spite of a difference that is right', () => {
    const given = { ...answers, display: { energy_import_total: '123' }, despite: true };
    expect(commissionMeter(given, reads, context)).toMatchObject({ ok: true });
  });

  it('compares serial numbers without zeros and dashes', () => {
    const of = profile('eastron-sdm120m');
    const serial = of.identity.serial;
    if (serial === undefined) throw new Error('no serial');
    const read = [reading(of, serial, { kind: 'identity', text: '0012345' })];
    const with_ = (typed: string) =>
      commissionMeter(
        { ...answers, switch: [], display: {}, serial: typed },
        { first: read, second: read },
        { ...context, profile: of },
      );
    expect(with_('12-345')).toMatchObject({ ok: true, commissioned: { meter: { serial: '0012345' } } });
    expect(with_('12346')).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('in front of you')],
    });
  });
});

let folder: string;
let store: CommissionedStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commission-'));
  store = new CommissionedStore(folder, () => 1);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function commissioned(unit = 3): CommissionedMeter {
  const made = commissionMeter({ ...answers, unit }, reads, context);
  if (!made.ok) throw new Error(made.problems.join());
  return made.commissioned;
}

describe('from here to the hub', () => {
  it('is journalled once, receipted, and forgotten when the hub speaks of it', () => {
    const one = commissioned();
    store.add(one);
    const journal: CommissionedMeter[] = [];
    const append = (each: CommissionedMeter) => journal.push(each) + 41;
    expect([store.journal(append), store.journal(append)]).toEqual([1, 0]);
    expect(journal).toEqual([one]);
    store.receipted(41, NOW + 1_000);
    expect(store.all()[0]?.receiptedAt).toBeNull();
    store.receipted(42, NOW + 1_000);
    expect(store.all()[0]?.receiptedAt).toBe(NOW + 1_000);
    expect(store.settle(config(1))).toEqual([]);
    expect(adoptLocal(config(1), store.all()).meters).toHaveLength(3);
    expect(store.settle(config(2, { meters: [one.meter], buses: [bus] }))).toEqual([one.meter.id]);
    expect(store.all()).toEqual([]);
  });

  it('waits when the journal has no room', () => {
    store.add(commissioned());
    expect(store.journal(() => null)).toBe(0);
    expect(store.journal(() => 7)).toBe(1);
  });

  it('puts a damaged file aside and keeps the others', () => {
    store.add(commissioned(3));
    store.add(commissioned(4));
    const [file = ''] = readdirSync(join(folder, 'commissioned'));
    const path = join(folder, 'commissioned', file);
    writeFileSync(path, readFileSync(path).subarray(0, 100));
    expect(new CommissionedStore(folder, () => 1, 'look').all()).toHaveLength(1);
    expect(readdirSync(join(folder, 'commissioned'))).toHaveLength(2);
    expect(store.all()).toHaveLength(1);
    expect(readdirSync(join(folder, 'commissioned')).filter((name) => name.includes('bad'))).toHaveLength(1);
  });
});

const read: ReadMeter = async (_, unit) =>
  unit < 100 ? { ok: true, readings: dds(1_234n) } : { ok: false, problem: `unit ${unit} does not answer` };
const shared = () => ({ read, profiles: PROFILES, store, ids, utc: () => NOW });

describe('a script', () => {
  const yaml = `
by: tech-7
buses:
  - name: floor 1
    url: tcp://127.0.0.1:1502
    meters:
      - { unit: 1, profile: hiking-dds238-2-zn-sr, name: "101", display: { energy_import_total: "12.34" }, switch: [relay] }
      - { unit: 2, profile: hiking-dds238-2-zn-sr, name: "102", display: { energy_import_total: "99" } }
      - { unit: 100, profile: hiking-dds238-2-zn-sr, name: "103" }
      - { unit: 4, profile: nope, name: "104" }
`;
  const run = async (text: string) => {
    const parsed = parseScript(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    const said: string[] = [];
    const counts = await runScript(parsed.value, { ...shared(), say: (line) => said.push(line) });
    return { counts, said: said.join('\n') };
  };

  it('keeps what is right, names what is not, and can be run again', async () => {
    const first = await run(yaml);
    expect(first.counts).toEqual({ kept: 1, failed: 3 });
    expect(first.said).toMatch(/unit 2, 102: energy_import_total: the display shows 99/);
    expect(first.said).toMatch(/unit 100, 103: unit 100 does not answer/);
    expect(first.said).toMatch(/unit 4, 104: nope is not known/);
    const again = await run(yaml.replace('"99"', '"12.34"'));
    expect(again.counts).toEqual({ kept: 1, failed: 2 });
    expect(again.said).toContain('unit 1, 101: is commissioned already');
    expect(new Set(store.all().map(({ commissioned: each }) => each.bus.id)).size).toBe(1);
  });

  it.each([
    ['buses: []', 'buses'],
    ['buses: [', 'line'],
    ['meters: 1', 'meters'],
  ])('is refused: %s', (text, path) => {
    const parsed = parseScript(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.faults.map((fault) => fault.path).join()).toContain(path);
  });
});

/** A person who answers by what the question begins with. */
class Scripted implements Prompter {
  readonly said: string[] = [];
  readonly asked: string[] = [];
  private readonly answers: Record<string, string[]>;
  constructor(given: Record<string, string[]>) {
    this.answers = given;
  }
  private next(question: string): string | undefined {
    this.asked.push(question);
    const key = Object.keys(this.answers).find((begin) => question.startsWith(begin));
    const answer = key === undefined ? undefined : this.answers[key]?.shift();
    if (answer === '^C') throw new Interrupted('interrupted');
    return answer;
  }
  say(line = ''): void {
    this.said.push(line);
  }
  async ask(question: string, { standard = '' }: { standard?: string } = {}): Promise<string> {
    return this.next(question) ?? standard;
  }
  async choose<T extends string>(
    question: string,
    choices: readonly { value: T }[],
    standard: T,
  ): Promise<T> {
    const answer = this.next(question);
    return choices.find(({ value }) => value === answer)?.value ?? standard;
  }
  async confirm(question: string, standard: boolean): Promise<boolean> {
    const answer = this.next(question);
    return answer === undefined ? standard : answer === 'y';
  }
  progress(): void {}
}

const candidate = {
  profile: DDS.id,
  verdict: 'likely',
  score: 3,
  reasons: [],
  indistinguishable: [],
} as const;
const found = (unit: number) => ({ unit, url: 'tcp://127.0.0.1:1502', candidates: [candidate] });
const parts = (prompter: Prompter, scans = { n: 0 }) => ({
  ...shared(),
  prompter,
  folder,
  wallMs: () => NOW,
  scan: async () => {
    scans.n += 1;
    return [found(1), found(2)];
  },
});
const url = 'tcp://127.0.0.1:1502';

describe('from meter to meter', () => {
  it('asks, compares, keeps', async () => {
    const person = new Scripted({
      Name: ['101', '102'],
      'What does the display': ['12.34', ''],
      May: ['yes', 'never'],
    });
    expect(await walk(url, 'floor 1', parts(person))).toEqual({ saved: 2, skipped: 0 });
    const [one, two] = store.all().map(({ commissioned: each }) => each);
    expect(one?.meter.controls).toEqual([{ name: 'relay', enabled: true }]);
    expect(two?.meter.controls).toEqual([{ name: 'relay', enabled: false, never: true }]);
    expect(one?.bus.id).toBe(two?.bus.id);
    expect(person.said.join('\n')).toContain(
      '✓ energy_import_total: the display shows 12.34, 12.34 kWh was read',
    );
  });

  it('goes on after an interruption where it was, without another scan', async () => {
    const scans = { n: 0 };
    const first = new Scripted({ Name: ['101', '^C'] });
    await expect(walk(url, 'floor 1', parts(first, scans))).rejects.toThrow(Interrupted);
    expect(store.all()).toHaveLength(1);
    const second = new Scripted({ Name: ['102'] });
    expect(await walk(url, 'floor 1', parts(second, scans))).toEqual({ saved: 1, skipped: 0 });
    expect(scans.n).toBe(1);
    expect(second.said).toContain('unit 1 is commissioned already');
  });

  it('shows a difference, and lets it be answered again, left out, or kept', async () => {
    const again = new Scripted({
      Name: ['101', '101'],
      'What does the display': ['99', '12.34'],
      'What now': ['again'],
    });
    await walk(url, 'floor 1', { ...parts(again), scan: async () => [found(1)] });
    expect(again.said.join('\n')).toContain('! energy_import_total: the display shows 99');
    expect(store.all()).toHaveLength(1);
    const despite = new Scripted({
      Name: ['102'],
      'What does the display': ['123.4'],
      'What now': ['despite'],
    });
    await walk('tcp://127.0.0.1:9', 'b', {
      ...parts(despite),
      scan: async () => [{ ...found(2), url: 'tcp://127.0.0.1:9' }],
    });
    expect(despite.said.join('\n')).toContain('10 times as much');
    expect(store.all()).toHaveLength(2);
    const skip = new Scripted({ Name: ['103'], 'What does the display': ['1'], 'What now': ['skipped'] });
    expect(
      await walk('tcp://127.0.0.1:8', 'c', {
        ...parts(skip),
        scan: async () => [{ ...found(2), url: 'tcp://127.0.0.1:8' }],
      }),
    ).toEqual({ saved: 0, skipped: 1 });
  });

  it('says what to do when nobody answers', async () => {
    const person = new Scripted({});
    expect(await walk(url, 'x', { ...parts(person), scan: async () => [] })).toEqual({
      saved: 0,
      skipped: 0,
    });
    expect(person.said.join()).toMatch(/check wiring/);
  });

  it('meter ids are minted, never reused', async () => {
    store.add(commissioned(3));
    store.add(commissioned(4));
    expect(new Set(store.all().map((each) => each.commissioned.meter.id)).size).toBe(2);
    expect(store.all()[0]?.commissioned.meter.id).not.toBe(meterId(0));
  });
});
