import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommissionedMeter, Config } from '@meterline/contracts';
import { configReportSchema } from '@meterline/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { movableClock } from '../src/clock.ts';
import { adoptLocal, standardConfig } from '../src/desired/adopt.ts';
import { ConfigStore } from '../src/desired/config-store.ts';
import { DesiredState, type ReportBody } from '../src/desired/desired-state.ts';
import { type Change, changeBetween, changeText, isNothing } from '../src/desired/diff.ts';
import { judgeConfig } from '../src/desired/judge.ts';
import { LocalFile } from '../src/desired/local-store.ts';
import { type Health, judgeTrial, windowMs } from '../src/desired/trial.ts';
import { BUS, BUS_2, config, GATEWAY, meter, meterId, mint, NOW, PROFILES } from './desired-fixture.ts';

const context = { gateway: GATEWAY, profiles: PROFILES };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'desired-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('judging a configuration', () => {
  it('takes a good one', () => {
    expect(judgeConfig(config(1), context)).toMatchObject({ ok: true, unverified: [] });
  });

  const port = (url: string) => ({ id: BUS_2, name: 'b', url });
  const refusals: [string, unknown, string, string][] = [
    ['an unknown key', { ...config(1), extra: 1 }, 'malformed', 'extra'],
    ['nothing', null, 'malformed', 'the whole'],
    ['another gateway', { ...config(1), gateway: mint(9).gateway() }, 'wrong-gateway', 'gateway'],
    [
      'an unknown profile',
      config(1, { meters: [meter(0, { profile: 'nope@1' })] }),
      'unknown-profile',
      'meters[0].profile',
    ],
    [
      'another version',
      config(1, { meters: [meter(0, { profile: 'hiking-dds238-2-zn-sr@9' })] }),
      'unknown-profile',
      'meters[0].profile',
    ],
    [
      'a register that is not there',
      config(1, { meters: [{ ...meter(0), points: [{ ...point(0), register: 'nope' }] }] }),
      'unknown-register',
      'meters[0].points[0].register',
    ],
    [
      'a gauge to bill on',
      config(1, { meters: [{ ...meter(0), points: [{ ...point(0), register: 'power' }] }] }),
      'wrong-class',
      'meters[0].points[0].class',
    ],
    [
      'a register twice',
      config(1, { meters: [{ ...meter(0), points: [point(0), { ...point(0), id: point(1).id }] }] }),
      'register-twice',
      'meters[0].points[1]',
    ],
    [
      'one port for two buses',
      config(1, { buses: [...config(1).buses, port('tcp://127.0.0.1:1502')] }),
      'port-clash',
      'buses[1].url',
    ],
    [
      'one device at two rates',
      config(1, {
        buses: [
          ...config(1).buses,
          port('serial:///dev/ttyUSB0?baud=9600'),
          { ...port('serial:///dev/ttyUSB0?baud=19200'), id: mint(8).bus() },
        ],
      }),
      'port-clash',
      'buses[2].url',
    ],
    [
      'a rate that is none',
      config(1, { buses: [{ id: BUS, name: 'b', url: 'serial:///dev/ttyUSB0?baud=1' }] }),
      'bad-port',
      'buses[0].url',
    ],
    [
      'one unit twice',
      config(1, { meters: [meter(0), meter(1, { unit: 1 })] }),
      'malformed',
      'meters[1].unit',
    ],
    [
      'a control that is not there',
      config(1, { meters: [meter(0, { controls: [{ name: 'valve', enabled: true }] })] }),
      'unknown-control',
      'meters[0].controls[0].name',
    ],
    [
      'never and enabled',
      config(1, { meters: [meter(0, { controls: [{ name: 'relay', enabled: true, never: true }] })] }),
      'never-switch',
      'meters[0].controls[0].enabled',
    ],
    [
      'an order that fits nothing',
      config(1, { meters: [meter(0, { order: 'HGFEDCBA' })] }),
      'order-unfit',
      'meters[0].order',
    ],
  ];
  it.each(refusals)('refuses %s', (_, input, code, path) => {
    const judged = judgeConfig(input, context);
    expect(judged.ok).toBe(false);
    if (judged.ok) return;
    expect(judged.problems[0]).toMatchObject({ code });
    expect(judged.problems.map((each) => `${each.path} ${each.message}`).join('\n')).toContain(
      path === 'the whole' ? '' : path,
    );
    const report = {
      v: 1,
      gateway: GATEWAY,
      at: null,
      running: 0,
      desired: 1,
      state: 'rejected',
      problems: judged.problems,
    };
    expect(configReportSchema.safeParse(report).error).toBeUndefined();
  });

  it('lists what is read but not billed on, until somebody has compared it', () => {
    const doubtful = 'xintai-water@1';
    const water = meter(0, {
      profile: doubtful,
      points: [{ ...point(0), register: 'volume_forward_total' }],
    });
    const judged = judgeConfig(config(1, { meters: [water] }), context);
    expect(judged).toMatchObject({
      ok: true,
      unverified: [{ confidence: 'medium', meter: { id: water.id } }],
    });
    expect(judged.ok && judged.unverified[0]?.verify.length).toBeGreaterThan(0);
    const said = { profile: doubtful, what: 'confidence', at: NOW, by: 'x' } as const;
    const done = judgeConfig(config(1, { meters: [{ ...water, acknowledged: [said] }] }), context);
    expect(done).toMatchObject({ ok: true, unverified: [] });
    const old = { ...said, profile: 'xintai-water@2' };
    expect(judgeConfig(config(1, { meters: [{ ...water, acknowledged: [old] }] }), context)).toMatchObject({
      unverified: [{ confidence: 'medium' }],
    });
  });
});

function point(i: number) {
  const found = meter(0).points[i];
  if (!found) throw new RangeError(`no point ${i}`);
  return found;
}

describe('what has to be touched', () => {
  const cases: [string, Config, Config, string][] = [
    ['the same', config(1), config(2), 'nothing changes'],
    [
      'keys in another order',
      config(1),
      {
        ...config(2),
        meters: config(1).meters.map(
          (m) => Object.fromEntries(Object.entries(m).toReversed()) as Config['meters'][number],
        ),
      },
      'nothing changes',
    ],
    ['a label', config(1), config(2, { meters: [meter(0, { label: 'x' }), meter(1)] }), 'labels'],
    [
      'a relay enabled',
      config(1),
      config(2, { meters: [meter(0, { controls: [{ name: 'relay', enabled: true }] }), meter(1)] }),
      'controls',
    ],
    [
      'an interval',
      config(1),
      config(2, { intervals: { ...config(1).intervals, gaugeMs: 30_000 } }),
      'intervals',
    ],
    ['a unit', config(1), config(2, { meters: [meter(0, { unit: 9 }), meter(1)] }), 'replaces 1 meter'],
    ['one more', config(1), config(2, { meters: [meter(0), meter(1), meter(2)] }), 'adds 1 meter'],
    ['one less', config(1), config(2, { meters: [meter(0)] }), 'drops 1 meter'],
    [
      'a port',
      config(1),
      config(2, { buses: [{ id: BUS, name: 'floor 1', url: 'tcp://127.0.0.1:1503' }] }),
      'reopens 1 bus',
    ],
    [
      'a bus more',
      config(1),
      config(2, { buses: [...config(1).buses, { id: BUS_2, name: 'b', url: 'tcp://h:1' }] }),
      'opens 1 bus',
    ],
  ];
  it.each(cases)('%s', (_, before, after, text) => {
    const change = changeBetween(before, after);
    expect(changeText(change)).toBe(text);
    expect(isNothing(change)).toBe(text === 'nothing changes');
  });

  it('all of it at first', () => {
    const change = changeBetween(null, config(1));
    expect(change.buses).toEqual([{ id: BUS, is: 'open' }]);
    expect(change.meters.map(({ is }) => is)).toEqual(['add', 'add']);
  });
});

const health = (...answering: number[]): Health => ({
  answering: new Set(answering.map(meterId)),
  failing: new Set(),
});

describe('whether a configuration has broken what worked', () => {
  const moved = config(2, { meters: [meter(0, { unit: 9 }), meter(1)] });
  const change = changeBetween(config(1), moved);
  const base = { before: health(0, 1), change, config: moved };
  const over = windowMs(moved);

  it.each([
    ['all answer again', health(0, 1), 1_000, 'keep'],
    ['one is missing yet', health(1), 1_000, 'wait'],
    ['it stays silent', health(1), over, 'roll-back'],
    ['its neighbour stays silent', health(0), over, 'roll-back'],
  ])('%s', (_, after, elapsedMs, verdict) => {
    expect(judgeTrial({ ...base, after, elapsedMs })).toMatchObject({ is: verdict });
  });

  it('says which', () => {
    const verdict = judgeTrial({ ...base, after: health(1), elapsedMs: over });
    expect(verdict).toMatchObject({ problems: [{ path: 'meters[0].unit', code: 'meter-silent' }] });
  });

  it('does not wait for meters that did not answer before, or are new', () => {
    const more = config(2, { meters: [meter(0), meter(1), meter(2)] });
    const trial = { before: health(0), change: changeBetween(config(1), more), config: more };
    expect(judgeTrial({ ...trial, after: health(0), elapsedMs: 1_000 })).toEqual({ is: 'keep' });
  });

  it('lets one of many on a line die by chance', () => {
    const many = Array.from({ length: 20 }, (_, i) => meter(i));
    const next = config(2, { meters: many, buses: [{ id: BUS, name: 'b', url: 'tcp://127.0.0.1:9' }] });
    const trial = {
      before: health(...many.keys()),
      change: changeBetween(config(1, { meters: many }), next),
      config: next,
    };
    const after = (lost: number) => health(...[...many.keys()].slice(lost));
    expect(judgeTrial({ ...trial, after: after(2), elapsedMs: windowMs(next) })).toEqual({ is: 'keep' });
    expect(judgeTrial({ ...trial, after: after(3), elapsedMs: windowMs(next) })).toMatchObject({
      is: 'roll-back',
    });
  });

  it('does not blame a change elsewhere', () => {
    const other = { ...config(2), buses: [...config(1).buses, { id: BUS_2, name: 'b', url: 'tcp://h:1' }] };
    const trial = { before: health(0, 1), change: changeBetween(config(1), other), config: other };
    expect(judgeTrial({ ...trial, after: health(0), elapsedMs: windowMs(other) })).toEqual({ is: 'keep' });
  });

  it('sees a port that no longer opens', () => {
    const other = config(2, { buses: [{ id: BUS, name: 'b', url: 'serial:///dev/nowhere' }] });
    const trial = { before: health(), change: changeBetween(config(1), other), config: other };
    const after: Health = { answering: new Set(), failing: new Set([BUS]) };
    expect(judgeTrial({ ...trial, after, elapsedMs: windowMs(other) })).toMatchObject({
      is: 'roll-back',
      problems: [{ path: 'buses[0].url', code: 'bus-failing' }],
    });
  });
});

interface Gateway {
  readonly state: DesiredState;
  readonly applied: Config[];
  readonly changes: Change[];
  readonly reports: ReportBody[];
  health: Health;
  fail: string | null;
}

const clock = movableClock(NOW);

function gateway(overlay?: (config: Config | null) => Config | null): Gateway {
  const made: Gateway = {
    applied: [],
    changes: [],
    reports: [],
    health: health(),
    fail: null,
    state: new DesiredState({
      store: new ConfigStore(folder, () => 1),
      clock,
      context: () => context,
      ports: {
        apply: async (next, change) => {
          made.applied.push(next);
          made.changes.push(change);
          if (made.fail !== null && next.version >= 2) throw new Error(made.fail);
        },
        health: () => made.health,
        report: (report) => made.reports.push(report),
        ...(overlay && { overlay }),
      },
    }),
  };
  return made;
}

const last = <T>(list: readonly T[]): T | undefined => list.at(-1);

async function running(version = 1): Promise<Gateway> {
  const made = gateway();
  await made.state.start();
  expect(await made.state.offer(config(version))).toEqual({ is: 'applied' });
  made.health = health(0, 1);
  return made;
}

describe('the desired state', () => {
  const moved = (version: number) => config(version, { meters: [meter(0, { unit: 9 }), meter(1)] });

  it('begins with nothing, takes the first, keeps it over a restart', async () => {
    const first = gateway();
    expect(await first.state.start()).toBeNull();
    expect(first.state.report()).toEqual({ running: 0, desired: 0, state: 'applied', problems: [] });
    await first.state.offer(config(1));
    const again = gateway();
    expect(await again.state.start()).toEqual(config(1));
    expect(last(again.reports)).toMatchObject({ running: 1, desired: 1, state: 'applied' });
  });

  it.each([1, 4, 5])('refuses a replay of version %d', async (version) => {
    const { state, applied } = await running(5);
    const old = config(version, { intervals: { ...config(1).intervals, gaugeMs: 1_000 } });
    expect(await state.offer(old)).toEqual({ is: 'older', running: 5 });
    expect(applied).toHaveLength(1);
    expect(state.config?.intervals.gaugeMs).toBe(60_000);
  });

  it('does nothing on a repeat of what runs', async () => {
    const { state, applied } = await running();
    expect(await state.offer(config(1))).toEqual({ is: 'same' });
    expect(applied).toHaveLength(1);
  });

  it('takes over settings without a trial', async () => {
    const made = await running();
    expect(
      await made.state.offer(config(2, { intervals: { ...config(1).intervals, gaugeMs: 30_000 } })),
    ).toEqual({ is: 'applied' });
    expect(last(made.changes)).toEqual({ buses: [], meters: [], settings: ['intervals'] });
  });

  it('watches a change, and keeps it when all answer again', async () => {
    const made = await running();
    expect(await made.state.offer(moved(2))).toEqual({ is: 'on-trial' });
    expect(last(made.reports)).toMatchObject({ running: 2, desired: 2, state: 'pending' });
    made.health = health(1);
    await made.state.tend();
    expect(last(made.reports)).toMatchObject({ state: 'pending' });
    made.health = health(0, 1);
    await made.state.tend();
    expect(last(made.reports)).toMatchObject({ running: 2, state: 'applied' });
  });

  it('goes back when a meter falls silent, says why, and does not try again', async () => {
    const made = await running();
    await made.state.offer(moved(2));
    made.health = health(1);
    clock.advance(windowMs(moved(2)));
    await made.state.tend();
    expect(last(made.applied)?.version).toBe(1);
    expect(last(made.reports)).toMatchObject({
      running: 1,
      desired: 2,
      state: 'rolled-back',
      problems: [{ code: 'meter-silent', path: 'meters[0].unit' }],
    });
    expect(await made.state.offer(moved(2))).toMatchObject({ is: 'known-bad' });
    const restarted = gateway();
    expect((await restarted.state.start())?.version).toBe(1);
    expect(last(restarted.reports)).toMatchObject({ running: 1, desired: 2, state: 'rolled-back' });
    expect(await restarted.state.offer(moved(2))).toMatchObject({ is: 'known-bad' });
    expect(last(restarted.reports)).toMatchObject({ running: 1, desired: 2, state: 'rolled-back' });
    expect(await restarted.state.offer(config(3))).toMatchObject({ is: 'applied' });
  });

  it('goes on with the trial after a restart', async () => {
    const made = await running();
    await made.state.offer(moved(2));
    const restarted = gateway();
    expect((await restarted.state.start())?.version).toBe(2);
    expect(last(restarted.reports)).toBeUndefined();
    restarted.health = health(1);
    clock.advance(windowMs(moved(2)));
    await restarted.state.tend();
    expect(last(restarted.applied)?.version).toBe(1);
  });

  it('gives up one that ends the agent again and again', async () => {
    const made = await running();
    await made.state.offer(moved(2));
    const versions: (number | undefined)[] = [];
    for (let i = 0; i < 4; i += 1) versions.push((await gateway().state.start())?.version);
    expect(versions).toEqual([2, 2, 1, 1]);
    expect(gateway().state.report()).toMatchObject({ running: 1, desired: 2 });
  });

  it('rejects what cannot be applied, and runs the one before', async () => {
    const made = await running();
    made.fail = 'no such device';
    expect(await made.state.offer(moved(2))).toMatchObject({ is: 'rejected' });
    expect(last(made.applied)?.version).toBe(1);
    expect(last(made.reports)).toMatchObject({
      state: 'rejected',
      problems: [{ code: 'cannot-apply', message: 'no such device' }],
    });
  });

  it('stops what was half applied when there is nothing to go back to', async () => {
    const made = gateway();
    await made.state.start();
    made.fail = 'no such device';
    expect(await made.state.offer(config(2))).toMatchObject({ is: 'rejected' });
    expect(last(made.applied)).toMatchObject({ buses: [], meters: [] });
    expect(made.state.config).toBeNull();
  });

  it('rejects what is faulty without touching anything', async () => {
    const made = await running();
    const faulty = config(2, { meters: [meter(0, { profile: 'nope@1' })] });
    expect(await made.state.offer(faulty)).toMatchObject({ is: 'rejected' });
    expect(made.applied).toHaveLength(1);
    expect(last(made.reports)).toMatchObject({ running: 1, desired: 2, state: 'rejected' });
  });

  it('compares with what was before when a newer one overtakes a trial', async () => {
    const made = await running();
    await made.state.offer(moved(2));
    made.health = health(1);
    expect(await made.state.offer(config(3, { meters: [meter(0, { unit: 8 }), meter(1)] }))).toEqual({
      is: 'on-trial',
    });
    clock.advance(windowMs(moved(2)));
    await made.state.tend();
    expect(last(made.applied)?.version).toBe(1);
  });

  it('takes offers one after the other', async () => {
    const made = await running();
    const offers = await Promise.all(
      [3, 2, 4].map((version) =>
        made.state.offer(config(version, { storage: { maxBytes: 16_000_000 + version } })),
      ),
    );
    expect(offers.map(({ is }) => is)).toEqual(['applied', 'older', 'applied']);
    expect(made.state.config?.version).toBe(4);
  });

  it('never runs an older version, whatever comes in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 }), async (versions) => {
        rmSync(folder, { recursive: true, force: true });
        const made = gateway();
        await made.state.start();
        let highest = 0;
        for (const version of versions) {
          await made.state.offer(config(version, { storage: { maxBytes: 16_000_000 + version } }));
          highest = Math.max(highest, version);
          expect(made.state.config?.version).toBe(highest);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the store', () => {
  it('falls back on its copy when the file is damaged', async () => {
    await running();
    const file = join(folder, 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"unit":1', '"unit":7'));
    const again = gateway();
    expect(await again.state.start()).toEqual(config(1));
  });

  it('begins anew when both are', async () => {
    await running();
    writeFileSync(join(folder, 'config.json'), 'x');
    writeFileSync(join(folder, 'config.json.last'), '');
    expect(await gateway().state.start()).toBeNull();
  });
});

describe('a power cut at any write', () => {
  class Cut extends ConfigStore {
    left = Number.POSITIVE_INFINITY;
    override save(next: Parameters<ConfigStore['save']>[0]): void {
      this.left -= 1;
      if (this.left < 0) throw new Error('power is gone');
      super.save(next);
    }
  }
  const moved = (version: number) => config(version, { meters: [meter(0, { unit: 9 }), meter(1)] });

  it.each([0, 1, 2, 3, 4])(
    'after %d of them: one of the two runs, and nothing given up comes back',
    async (writes) => {
      await running();
      const store = new Cut(folder, () => 1);
      let answering = health(0, 1);
      const ports = { apply: async () => {}, health: () => answering, report: () => {} };
      const state = new DesiredState({ store, clock, context: () => context, ports });
      await state.start();
      store.left = writes;
      const lived = await state
        .offer(moved(2))
        .then(() => {
          answering = health(1);
          clock.advance(windowMs(moved(2)));
          return state.tend();
        })
        .then(
          () => true,
          () => false,
        );
      const again = gateway();
      const version = (await again.state.start())?.version;
      expect([1, 2]).toContain(version);
      if (lived) expect(version).toBe(1);
      again.health = health(1);
      clock.advance(windowMs(moved(2)));
      await again.state.tend();
      expect(again.state.config?.version).toBe(1);
      const bad = again.state.report().state === 'rolled-back';
      expect((await again.state.offer(moved(2))).is).toBe(bad ? 'known-bad' : 'on-trial');
    },
  );
});

describe('meters that the hub does not know yet', () => {
  const commissioned = (over: Partial<CommissionedMeter> = {}): CommissionedMeter => ({
    meter: meter(5, { bus: BUS_2 }),
    bus: { id: BUS_2, name: 'here', url: 'tcp://127.0.0.1:1600' },
    ...over,
  });
  const local = (receiptedAt: number | null = null, over = {}) => [
    { commissioned: commissioned(over), receiptedAt },
  ];

  it.each([
    ['unknown to the hub', null, config(1), true],
    ['receipted after the configuration was issued', NOW + 1, config(1), true],
    ['left out by a configuration that was issued since', NOW - 1, config(1), false],
    ['in it already', null, config(1, { meters: [meter(5)] }), true],
  ])('%s', (_, receiptedAt, base, there) => {
    const adopted = adoptLocal(base, local(receiptedAt));
    expect(adopted.meters.filter(({ id }) => id === meterId(5))).toHaveLength(there ? 1 : 0);
    expect(judgeConfig(adopted, context).ok).toBe(true);
  });

  it('join the bus that the hub has at their port', () => {
    const bus = { id: BUS_2, name: 'here', url: 'tcp://127.0.0.1:1502' };
    const adopted = adoptLocal(config(1), local(null, { bus }));
    expect(adopted.buses).toHaveLength(1);
    expect(adopted.meters.at(-1)?.bus).toBe(BUS);
  });

  it('do not take a place that was given away', () => {
    const bus = { id: BUS_2, name: 'here', url: 'tcp://127.0.0.1:1502' };
    const adopted = adoptLocal(config(1), local(null, { bus, meter: meter(5, { bus: BUS_2, unit: 1 }) }));
    expect(adopted.meters).toHaveLength(2);
  });

  it('run before any configuration came', async () => {
    const made = gateway((base) => adoptLocal(base ?? standardConfig(GATEWAY, NOW), local()));
    expect((await made.state.start())?.meters).toHaveLength(1);
    expect(made.state.report()).toMatchObject({ running: 0 });
  });
});

describe('a file of one’s own', () => {
  const yaml = (
    over: { unit?: number; serial?: string; name?: string; profile?: string; rest?: string } = {},
  ) => `
buses:
  - name: floor 1
    url: tcp://127.0.0.1:1502
    meters:
      - { name: "${over.name ?? '101'}", unit: ${over.unit ?? 1}, profile: ${over.profile ?? 'hiking-dds238-2-zn-sr'}${over.serial ? `, serial: "${over.serial}"` : ''} ${over.rest ?? ''}}
`;
  const read = (text: string, random?: (n: number) => Uint8Array) =>
    new LocalFile({
      folder,
      gateway: GATEWAY,
      profiles: PROFILES,
      wallMs: () => NOW,
      ...(random && { random }),
    }).read(text);
  const good = (text: string): Config => {
    const result = read(text);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    if (!result.value.config) throw new Error('it says nothing of buses');
    return result.value.config;
  };

  it('says only how the hub is reached, where it names no bus', () => {
    const result = read('broker: { url: "mqtts://hub.example:8883" }');
    expect(result).toMatchObject({
      ok: true,
      value: { config: null, broker: { url: 'mqtts://hub.example:8883' } },
    });
  });

  it('becomes a configuration that this gateway can run', () => {
    const made = good(yaml({ rest: ', switch: [relay]' }));
    expect(judgeConfig(made, context)).toMatchObject({ ok: true });
    expect(made.meters[0]).toMatchObject({
      label: '101',
      profile: 'hiking-dds238-2-zn-sr@1',
      controls: [{ name: 'relay', enabled: true }],
    });
    expect(made.meters[0]?.points.map((p) => p.class)).toContain('billing');
  });

  it('keeps its points over edits, and counts its versions', () => {
    const first = good(yaml());
    const moved = good(yaml({ unit: 2 }));
    expect(moved.meters[0]?.points).toEqual(first.meters[0]?.points);
    expect(moved.version).toBe(2);
    expect(good(yaml({ unit: 2 }))).toEqual(moved);
    expect(good(yaml({ unit: 2, serial: 'A' })).meters[0]?.id).toBe(first.meters[0]?.id);
    expect(good(yaml({ unit: 2, serial: 'B' })).meters[0]?.id).not.toBe(first.meters[0]?.id);
    expect(good(yaml({ name: '102' })).meters[0]?.points[0]?.id).not.toBe(first.meters[0]?.points[0]?.id);
  });

  it('works before the clock is set', () => {
    const early = new LocalFile({ folder, gateway: GATEWAY, profiles: PROFILES, wallMs: () => 5_000 }).read(
      yaml(),
    );
    expect(early.ok && judgeConfig(early.value.config, context).ok).toBe(true);
  });

  it.each([
    ['buses: []', 'buses'],
    ['buses: [', 'line 1'],
    ['bus: 1', 'bus: is not a known key; remove it'],
    ['', 'is empty; name buses'],
    ['buses:\n\t- name: a\n', 'line 2: Tabs are not allowed as indentation; correct the YAML'],
    [yaml({ profile: 'nope' }), 'nope is not known'],
    [yaml({ rest: ', registers: [nope]' }), 'has no "nope"'],
    [`${yaml()}  - { name: floor 1, url: "tcp://h:1", meters: [] }`, 'two buses'],
    [`${yaml()}      - { name: "101", unit: 2, profile: pzem-016 }`, 'two meters'],
  ])('is refused with one clear line: %s', (text, problem) => {
    const result = read(text);
    expect(result.ok).toBe(false);
    if (!result.ok)
      expect(result.faults.map((f) => `${f.path}: ${f.problem}; ${f.remedy}`).join('\n')).toContain(problem);
  });

  it('does not begin new points in silence when its ids are damaged', () => {
    good(yaml());
    writeFileSync(join(folder, 'local-ids.json'), '{');
    // Nor at the second start: whatever supervises the agent starts it again at once, and nobody has read the first line.
    for (const _ of ['first', 'second']) expect(() => read(yaml())).toThrow(/is damaged; put it back/);
    expect(readFileSync(join(folder, 'local-ids.json'), 'utf8')).toBe('{');
  });
});
