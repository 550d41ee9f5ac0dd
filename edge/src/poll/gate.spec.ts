import { describe, expect, it } from 'vitest';
import {
  boundaries,
  type MadeMeter,
  makeMeter,
  profileOf,
  SECOND,
  VirtualLine,
} from '../../test/poll/virtual-line.ts';
import type { PollEntry } from './entry.ts';

const billed = ({ poll }: MadeMeter) => poll.points.get('energy_import_total')?.id;
const ENERGY = 'energy_import_total';

function one(options: Parameters<typeof makeMeter>[1] = {}) {
  const made = makeMeter(1, options);
  return { made, line: new VirtualLine([made]) };
}

const counters = (line: VirtualLine, made: MadeMeter) =>
  line.entries.filter(
    (entry): entry is Extract<PollEntry, { kind: 'counter' }> =>
      entry.kind === 'counter' && entry.point === billed(made),
  );

/** While `times` reads of the counter are left it reads `value`. */
function glitch(made: MadeMeter, value: bigint, times: number): void {
  let left = times;
  made.real.count = (_, name, truth) => {
    if (name !== ENERGY || left === 0) return truth;
    left -= 1;
    return value;
  };
}

describe('a count that cannot be', () => {
  it.each([
    ['zero', 0n],
    ['drop', 17n],
    ['jump', 5_000_000n],
  ] as const)('%s: read twice more, sent with what came of it', (code, value) => {
    const { made, line } = one();
    line.run(400);
    glitch(made, value, 3);
    line.run(600);
    const marked = counters(line, made).filter(({ mark }) => mark);
    expect(marked).toHaveLength(1);
    const [entry] = marked;
    expect(entry).toMatchObject({ value: String(value), mark: { code } });
    expect(entry?.mark?.evidence?.rereads?.map((reread) => reread.value)).toEqual([
      String(value),
      String(value),
    ]);
    expect(entry?.mark?.evidence?.previous?.value).toMatch(/^1\d{4}$/);
    expect(entry?.mark?.evidence?.limit !== undefined).toBe(code === 'jump');
    expect(line.log.filter(({ kind }) => kind === 'confirm')).toHaveLength(2);
    expect(counters(line, made).at(-1)?.mark).toBeUndefined();
  });

  it('a slip of one read is said, and what follows is read as ever', () => {
    const { made, line } = one();
    line.run(400);
    glitch(made, 0n, 1);
    line.run(320);
    const marked = counters(line, made).filter(({ mark }) => mark);
    expect(marked).toHaveLength(1);
    expect(marked[0]).toMatchObject({ value: '0', mark: { code: 'unsteady' } });
    expect(line.log.filter(({ kind }) => kind === 'confirm')).toHaveLength(2);
  });

  it('at a boundary a slip goes beside it, and the boundary has the count that two reads agree on', () => {
    const { made, line } = one();
    line.run(99.9);
    glitch(made, 0n, 1);
    line.run(10);
    const rows = boundaries(line);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ quality: 'good', rereads: ['0', rows[0]?.value] });
    expect(counters(line, made).at(-1)).toMatchObject({ value: '0', mark: { code: 'unsteady' } });
    expect(line.finished).toHaveLength(1);
  });

  it('at a boundary a confirmed one is the boundary reading, with its quality', () => {
    const { made, line } = one();
    line.run(99.9);
    glitch(made, 0n, 9);
    line.run(10);
    expect(boundaries(line)).toMatchObject([{ value: '0', quality: 'zero', rereads: ['0', '0'] }]);
  });

  it('reads that contradict each other are unsteady', () => {
    const { made, line } = one();
    line.run(400);
    let n = 0;
    made.real.count = (_, name, truth) => (name === ENERGY && n < 3 ? ([0n, 77n, 3n][n++] ?? 0n) : truth);
    line.run(320);
    const marked = counters(line, made).filter(({ mark }) => mark);
    expect(marked).toMatchObject([
      { value: '0', mark: { code: 'unsteady', evidence: { rereads: [{ value: '77' }, { value: '3' }] } } },
    ]);
  });

  it('a meter that falls silent while it is read again is sent with what there is', () => {
    const { made, line } = one();
    line.run(400);
    glitch(made, 0n, 1);
    made.real.fault = (_, step) => (step.purpose.kind === 'confirm' ? 'timeout' : undefined);
    line.run(320);
    const marked = counters(line, made).filter(({ mark }) => mark);
    expect(marked).toMatchObject([
      { value: '0', mark: { code: 'unsteady', evidence: { rereads: [{ value: null }, { value: null }] } } },
    ]);
  });

  it('a reset is marked until three visits agree, and then counted on', () => {
    const { made, line } = one();
    line.run(400);
    made.real.offsetWh -= 9_990;
    line.run(4 * 900);
    const marked = line.entries.filter(
      (entry) =>
        (entry.kind === 'counter' && entry.mark !== undefined) ||
        (entry.kind === 'boundary' && entry.quality !== 'good'),
    );
    expect(marked).toHaveLength(3);
    expect(made.poll.counters.get(ENERGY)?.suspicion).toBeUndefined();
  });

  it('a rollover is a drop once, with its evidence, and counted on at once', () => {
    const { made, line } = one();
    made.real.offsetWh = 4_294_967_296 - 40;
    made.real.count = (_, __, truth) => truth % 4_294_967_296n;
    made.real.watts = 2_000;
    line.run(3600);
    const marked = line.entries.filter(
      (entry) =>
        (entry.kind === 'counter' && entry.mark !== undefined) ||
        (entry.kind === 'boundary' && entry.quality !== 'good'),
    );
    expect(marked).toHaveLength(1);
  });

  it('compares over a restart, on the same boot and on another', () => {
    for (const boot of ['boot-1', 'boot-2']) {
      const { made, line } = one();
      line.run(400);
      const memory = JSON.parse(JSON.stringify(made.poll.memory()));
      const later = makeMeter(1, { memory, startUs: boot === 'boot-1' ? line.us : 5 * SECOND });
      later.real.count = () => 3n;
      const next = new VirtualLine([later], { us: boot === 'boot-1' ? line.us : 5 * SECOND, boot });
      next.run(5);
      expect(counters(next, later)[0]).toMatchObject({ value: '3', mark: { code: 'drop' } });
      expect(counters(next, later)[0]?.mark?.evidence?.previous?.at === undefined).toBe(boot === 'boot-2');
    }
  });
});

describe('other qualities', () => {
  it('no value is no number', () => {
    const profile = profileOf();
    const register = profile.registers.find(({ name }) => name === ENERGY);
    if (register) register.sentinels = ['ffffffff'];
    const { made, line } = one({ profile });
    made.real.count = () => 0xffff_ffffn;
    line.run(120);
    expect(counters(line, made)[0]).toMatchObject({ value: null, mark: { code: 'no-value' } });
    expect(boundaries(line)).toMatchObject([{ value: null, quality: 'no-value', bracket: null }]);
  });

  it('a counter that stands still while energy flows is stale', () => {
    const { made, line } = one();
    made.real.watts = 1_000;
    made.real.count = (_, name, truth) => (name === ENERGY ? 10_000n : truth);
    line.run(3600);
    const codes = counters(line, made).map(({ mark }) => mark?.code ?? 'good');
    expect(codes.slice(0, 2)).toEqual(['good', 'good']);
    expect(codes.at(-1)).toBe('stale');
    expect(boundaries(line).at(-1)?.quality).toBe('stale');
  });

  it('a counter that stands still without load is good', () => {
    const { made, line } = one();
    made.real.watts = 0;
    line.run(7200);
    expect(line.entries.some((entry) => entry.kind !== 'event' && 'mark' in entry)).toBe(false);
  });

  it('a gauge beyond the rating is out of range', () => {
    const { made, line } = one();
    made.real.watts = 25_000;
    line.run(70);
    expect(line.entries.find((entry) => entry.kind === 'gauge' && entry.mark)).toMatchObject({
      unit: 'mW',
      mark: { code: 'range', evidence: { limit: '24000000' } },
    });
  });

  it.each([
    ['low', undefined, 'unverified'],
    ['medium', undefined, 'unverified'],
    ['medium', [{ profile: 'virtual@1', what: 'confidence', at: Date.UTC(2026, 0, 1), by: 'p' }], 'good'],
    [
      'medium',
      [{ profile: 'virtual@2', what: 'confidence', at: Date.UTC(2026, 0, 1), by: 'p' }],
      'unverified',
    ],
    ['high', undefined, 'good'],
  ] as const)('a profile of %s confidence, acknowledged by %j', (confidence, acknowledged, wanted) => {
    const { line } = one({
      profile: profileOf({ confidence }),
      config: acknowledged ? { acknowledged: [...acknowledged] } : {},
    });
    line.run(130);
    expect(boundaries(line)).toMatchObject([{ quality: wanted }]);
    expect(
      line.entries.every((entry) => entry.kind !== 'gauge' || (entry.mark?.code ?? 'good') === wanted),
    ).toBe(true);
  });

  it('a check that does not hold makes all of it unverified', () => {
    const checks = [{ register: 'frequency', between: [59_000, 61_000] }];
    const { made, line } = one({ profile: profileOf({ checks }) });
    line.run(130);
    expect(boundaries(line)).toMatchObject([{ quality: 'unverified' }]);
    expect(made.poll.unverified).toBe(true);
  });
});

describe('a serial number', () => {
  const profile = () => {
    const plain = profileOf();
    return profileOf({
      identity: { ...plain.identity, serial: 'serial' },
      registers: [
        ...plain.registers,
        { name: 'serial', role: 'identity', function: 3, address: 40, type: 'uint32' },
      ],
    });
  };
  const swaps = (line: VirtualLine) => line.entries.filter((entry) => entry.kind === 'event');

  it('that changes is a swap: one event with the counts of both meters, then quality swapped', () => {
    const { made, line } = one({ profile: profile() });
    line.run(1_000);
    made.real.serial = '2002';
    made.real.offsetWh = 5;
    line.run(4_000);
    expect(swaps(line)).toHaveLength(1);
    expect(swaps(line)[0]).toMatchObject({
      event: { kind: 'swap', serial: { before: '1001', after: '2002' } },
    });
    const event = swaps(line)[0]?.event;
    expect(event?.last.length).toBeGreaterThan(0);
    expect(event?.first.map(({ point }) => point)).toContain(billed(made));
    expect(BigInt(event?.first[0]?.count ?? -1)).toBeLessThan(2_000n);
    expect(boundaries(line).at(-1)?.quality).toBe('swapped');
    expect(made.poll.standing).toBe('swapped');
    const memory = JSON.parse(JSON.stringify(made.poll.memory()));
    const again = makeMeter(1, { profile: profile(), memory, startUs: line.us });
    again.real.serial = '2002';
    const next = new VirtualLine([again], { us: line.us }).run(4_000);
    expect(swaps(next)).toHaveLength(0);
    expect(again.poll.standing).toBe('swapped');
  });

  it('that was read wrong once is no swap', () => {
    const { made, line } = one({ profile: profile() });
    line.run(100);
    made.real.serial = '999';
    made.real.fault = (_, step) => {
      if (step.purpose.kind === 'confirm') made.real.serial = '1001';
      return undefined;
    };
    line.run(4_000);
    expect(swaps(line)).toEqual([]);
    expect(made.poll.standing).toBe('good');
  });

  it('other than the configured one is a swap at the first reading, said once', () => {
    const { made, line } = one({ profile: profile(), config: { serial: '4711' } });
    line.run(100);
    expect(swaps(line)).toMatchObject([{ event: { serial: { before: '4711', after: '1001' }, last: [] } }]);
    expect(made.poll.standing).toBe('swapped');
  });

  it('is good again with a configuration that knows it', () => {
    const { made, line } = one({ profile: profile(), config: { serial: '4711' } });
    line.run(100);
    const memory = made.poll.memory();
    expect(makeMeter(1, { profile: profile(), memory, config: { serial: '1001' } }).poll.standing).toBe(
      'good',
    );
  });
});
