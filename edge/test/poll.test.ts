import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bus as BusConfig,
  type CommandId,
  encode,
  openBatch,
  ringOf,
  verifierOf,
} from '@meterline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../src/clock.ts';
import type { BoundaryEntry } from '../src/entry.ts';
import { type PollConfig, type PollEntry, Polling } from '../src/poll/index.ts';
import { openBus } from '../src/wire/index.ts';
import {
  listenModbusTcp,
  listenRtuOverTcp,
  readRequestPdu,
  SILENCE,
  wordsPdu,
} from '../src/wire/server/index.ts';
import { world } from './journal-support.ts';
import { meterId, pointId, profileOf } from './poll/virtual-line.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const BUS = '019c0fd8-ea80-7300-8000-000000000001';
const OTHER_BUS = '019c0fd8-ea80-7300-8000-000000000002';
const COMMAND = '019c0fd8-ea80-7500-8000-000000000001' as CommandId;
const profile = profileOf();
const profiles = {
  profiles: new Map([[profile.id, { profile, ref: 'virtual@1', digest: '', file: 'virtual.yaml' }]]),
  faults: [],
};
const began = performance.now();
const count = (unit: number): bigint =>
  BigInt(1_000 * unit + Math.floor((performance.now() - began) / 1_000));

async function meters(
  listen: typeof listenRtuOverTcp,
  dead: ReadonlySet<number> = new Set(),
  turnaroundMs = 3,
) {
  const server = await listen({
    clock: systemClock(),
    timing: { characterUs: 0, turnaroundMs },
    handler: (unit, pdu) => {
      const request = readRequestPdu(unit, pdu);
      if (dead.has(unit) || request?.function !== 3) return SILENCE;
      const words = new Array<number>(request.count).fill(0);
      for (const register of profile.registers) {
        const value =
          register.role === 'counter'
            ? ({ kind: 'counter', count: count(unit) } as const)
            : ({ kind: 'gauge', value: 1 } as const);
        for (const [k, word] of encode(register, value).entries()) {
          const at = register.address + k - request.address;
          if (at >= 0 && at < words.length) words[at] = word;
        }
      }
      return { kind: 'reply', pdu: wordsPdu(3, words) };
    },
  });
  undo.push(() => server.close());
  return server;
}

function config(url: string, units: number, rest: Partial<PollConfig> = {}): PollConfig {
  const list = Array.from({ length: units }, (_, i) => ({
    id: meterId(i + 1),
    bus: BUS,
    unit: i + 1,
    profile: 'virtual@1',
    serial: null,
    role: i === 0 ? 'main' : 'sub',
    label: `Room ${i + 1}`,
    points: profile.registers.map((register, k) => ({
      id: pointId(i + 1, k),
      register: register.name,
      class: register.role === 'gauge' ? 'gauge' : k === 4 ? 'billing' : 'counter',
    })),
  }));
  const intervals = { gaugeMs: 1_000, counterMs: 10_000, statusMs: 60_000, sealMs: 60_000 };
  return {
    buses: [{ id: BUS, name: 'Line', url }],
    meters: list,
    intervals,
    ...rest,
  } as unknown as PollConfig;
}

function polling(
  clock: Clock,
  utc: () => number | undefined,
  sink: (entries: readonly PollEntry[], options: { durable: boolean; lastOf?: number }) => { ok: true },
) {
  const lines = new Map<string, ReturnType<typeof openBus>>();
  const line = (bus: BusConfig) => {
    const known = lines.get(bus.url) ?? openBus(bus.url, clock, { listenFirst: false });
    lines.set(bus.url, known);
    return known;
  };
  const made = new Polling({ clock, utc, sinks: { entries: sink }, line, profiles });
  undo.push(async () => {
    await made.stop();
    for (const bus of lines.values()) await bus.stop();
  });
  return made;
}

async function eventually(what: () => boolean, withinMs = 15_000): Promise<void> {
  for (const end = performance.now() + withinMs; !what(); await sleep(20)) {
    if (performance.now() > end) throw new Error('it did not happen in time');
  }
}

describe.each([
  ['rtu+tcp', listenRtuOverTcp],
  ['tcp', listenModbusTcp],
] as const)('polling over %s', (scheme, listen) => {
  it('sweeps a boundary into the journal, which seals it into one batch', async () => {
    const server = await meters(listen);
    const clock = systemClock();
    const built = world(`poll-${scheme}`);
    undo.push(() => built.end());
    const journal = built.open({}, clock);
    undo.push(() => journal.close());
    // The boundary is in one and a half seconds.
    const boundary = Date.UTC(2026, 0, 31, 17);
    const offset = boundary - 1_500 - clock.now().mono;
    const utc = () => clock.now().mono + offset;
    journal.append(
      [
        {
          kind: 'event',
          at: clock.now(),
          event: { kind: 'clock', mono: clock.now().mono, utc: utc(), uncertainty: 5, source: 'ntp' },
        },
      ],
      { durable: true },
    );
    let swept = 0;
    const running = polling(clock, utc, (entries, options) => {
      const kept = journal.append(entries, options);
      if (!kept.ok) throw new Error(kept.detail);
      if (options.lastOf !== undefined) swept = options.lastOf;
      return { ok: true };
    });
    expect(await running.apply(config(`${scheme}://127.0.0.1:${server.port}`, 6))).toEqual([]);
    await eventually(() => swept === boundary);
    journal.seal(clock.now());
    const key = verifierOf(built.signer.publicKey);
    if (!key.ok) throw new Error(key.detail);
    const batches = journal
      .nextBatches('live', 100)
      .map(({ payload }) => openBatch(payload(), { keys: ringOf(key.key), deflated: false }));
    const sealed = batches.flatMap((opened) => (opened.ok && 'leaves' in opened.batch ? [opened.batch] : []));
    expect(sealed).toHaveLength(1);
    expect(sealed[0]?.head).toMatchObject({ boundary, occasion: 'quarter', leaves: 7 });
    expect(sealed[0]?.leaves.map(({ pass, method, quality }) => `${pass} ${method} ${quality}`)).toEqual([
      expect.stringMatching(/^first (exact|interpolated) good$/),
      ...Array(5).fill(expect.stringMatching(/^only (exact|interpolated) good$/)),
      expect.stringMatching(/^last (exact|interpolated) good$/),
    ]);
    const [status] = running.status();
    expect(status).toMatchObject({ state: 'open', overloaded: false });
    expect(status?.meters.map(({ state }) => state)).toEqual(Array(6).fill('ok'));
  });

  it('changes its configuration while it runs, keeps what it learnt, and leaves no timers', async () => {
    const server = await meters(listen, new Set([3]));
    const clock = systemClock();
    const points = new Set<string>();
    const running = polling(
      clock,
      () => undefined,
      (entries) => {
        for (const entry of entries) if (entry.kind !== 'event') points.add(entry.point);
        return { ok: true };
      },
    );
    const url = `${scheme}://127.0.0.1:${server.port}`;
    await running.apply(config(url, 2));
    await eventually(() => points.size === 12);
    expect(points.has(pointId(4, 0))).toBe(false);
    const faults = await running.apply({
      ...config(url, 4),
      meters: config(url, 5).meters.map((meter) =>
        meter.unit === 5 ? { ...meter, profile: 'nobody@1' } : meter,
      ),
    });
    expect(faults).toEqual([expect.stringContaining('nobody@1 is not known')]);
    await eventually(() => points.has(pointId(4, 0)));
    await eventually(() => running.status()[0]?.meters.find(({ unit }) => unit === 3)?.state === 'silent');
    expect(Object.keys(running.memory().meters)).toHaveLength(4);
    await running.stop();
    expect(running.status()).toEqual([]);
    expect(JSON.parse(JSON.stringify(running.memory()))).toEqual(running.memory());
  });
});

it('reads on demand on all lines for one moment, and says which command asked', async () => {
  const servers = [await meters(listenRtuOverTcp), await meters(listenModbusTcp)];
  const [here, there] = [`rtu+tcp://127.0.0.1:${servers[0]?.port}`, `tcp://127.0.0.1:${servers[1]?.port}`];
  const wanted = config(here, 4);
  const two = {
    ...wanted,
    buses: [...wanted.buses, { id: OTHER_BUS, name: 'Other', url: there }],
    meters: wanted.meters.map((meter) => (meter.unit > 2 ? { ...meter, bus: OTHER_BUS } : meter)),
  } as unknown as PollConfig;
  const clock = systemClock();
  // Far from any quarter hour.
  const offset = Date.UTC(2026, 0, 31, 17, 5) - clock.now().mono;
  const rows: BoundaryEntry[] = [];
  const points = new Set<string>();
  const over: number[] = [];
  const running = polling(
    clock,
    () => clock.now().mono + offset,
    (entries, { lastOf }) => {
      for (const entry of entries) {
        if (entry.kind === 'boundary') rows.push(entry);
        else if (entry.kind !== 'event') points.add(entry.point);
      }
      if (lastOf !== undefined) over.push(lastOf);
      return { ok: true };
    },
  );
  await running.apply(two);
  await eventually(() => points.size === 4 * 6);
  const billed = wanted.meters.flatMap((meter) => meter.points.filter((point) => point.class === 'billing'));
  const asked = new Set(billed.slice(1).map((point) => point.id));
  expect(running.demand(asked, { command: COMMAND })).toBe(true);
  expect(running.demand(new Set([pointId(1, 0)]))).toBe(false);
  await eventually(() => over.length > 0);
  expect(rows.map(({ point }) => point).toSorted()).toEqual([...asked].toSorted());
  const [moment] = over;
  for (const row of rows) {
    expect(row).toMatchObject({ occasion: 'on-demand', command: COMMAND, boundary: moment });
  }
});

it('holds what the journal has no room for, and hands it on in order when it has', async () => {
  const server = await meters(listenModbusTcp);
  const clock = systemClock();
  const offset = Date.UTC(2026, 0, 31, 17) - 1_000 - clock.now().mono;
  let [room, refused] = [false, 0];
  const kept: PollEntry[] = [];
  const running = polling(
    clock,
    () => clock.now().mono + offset,
    (entries, { durable }) => {
      if (!room) {
        refused += entries.filter(({ kind }) => kind === 'boundary').length;
        return { ok: false, reason: 'no-room', detail: 'full' } as never;
      }
      if (durable) kept.push(...entries);
      return { ok: true };
    },
  );
  await running.apply(config(`tcp://127.0.0.1:${server.port}`, 4));
  await eventually(() => refused >= 5);
  expect(kept).toEqual([]);
  room = true;
  await eventually(() => kept.filter(({ kind }) => kind === 'boundary').length === 5);
  expect(running.lostSamples).toBeGreaterThan(0);
});

it('reads each meter once for a boundary, however often the configuration changes meanwhile', async () => {
  const server = await meters(listenRtuOverTcp, new Set(), 25);
  const clock = systemClock();
  const offset = Date.UTC(2026, 0, 31, 17) - 2_500 - clock.now().mono;
  const rows: string[] = [];
  const running = polling(
    clock,
    () => clock.now().mono + offset,
    (entries) => {
      for (const entry of entries) if (entry.kind === 'boundary') rows.push(`${entry.point} ${entry.pass}`);
      return { ok: true };
    },
  );
  const wanted = config(`rtu+tcp://127.0.0.1:${server.port}`, 20);
  await running.apply(wanted);
  await eventually(() => clock.now().mono + offset >= Date.UTC(2026, 0, 31, 17));
  for (let i = 0; i < 12; i += 1) {
    await running.apply(wanted);
    await sleep(70);
  }
  await eventually(() => running.status()[0]?.meters.every(({ state }) => state === 'ok') ?? false);
  await sleep(1_500);
  expect(rows).toHaveLength(21);
  expect(new Set(rows).size).toBe(21);
});

it('does not say that a meter was swept while its reading waits for room', async () => {
  const server = await meters(listenModbusTcp);
  const clock = systemClock();
  const offset = Date.UTC(2026, 0, 31, 17) - 500 - clock.now().mono;
  let [room, refused] = [false, 0];
  const running = polling(
    clock,
    () => clock.now().mono + offset,
    (entries) => {
      if (room) return { ok: true };
      refused += entries.filter(({ kind }) => kind === 'boundary').length;
      return { ok: false, reason: 'no-room', detail: 'full' } as never;
    },
  );
  await running.apply(config(`tcp://127.0.0.1:${server.port}`, 2));
  await eventually(() => refused >= 3);
  expect(Object.values(running.memory().meters).map(({ swept }) => swept)).toEqual([undefined, undefined]);
  room = true;
  await eventually(() => Object.values(running.memory().meters).every(({ swept }) => swept !== undefined));
});

it('a port that is not there is no fault of the meters, and is used when it comes', async () => {
  const server = await meters(listenRtuOverTcp);
  const { port } = server;
  await server.close();
  const clock = systemClock();
  let values = 0;
  const running = polling(
    clock,
    () => undefined,
    (entries) => {
      values += entries.length;
      return { ok: true };
    },
  );
  await running.apply(config(`rtu+tcp://127.0.0.1:${port}`, 2));
  await eventually(() => running.status()[0]?.state === 'closed');
  expect(running.status()[0]?.meters.every(({ breaker }) => breaker === 'closed')).toBe(true);
  const again = await listenRtuOverTcp({
    clock,
    port,
    timing: { characterUs: 0, turnaroundMs: 1 },
    handler: (unit, pdu) => {
      const request = readRequestPdu(unit, pdu);
      return request?.function === 3
        ? { kind: 'reply', pdu: wordsPdu(3, new Array(request.count).fill(1)) }
        : SILENCE;
    },
  });
  undo.push(() => again.close());
  await eventually(() => values > 0);
});
