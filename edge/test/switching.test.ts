import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Command,
  type Config,
  type Meter,
  type MeterProfile,
  openMessage,
  type Result,
  ringOf,
  type Signer,
  sealMessage,
  signerOf,
  verifierOf,
} from '@meterline/contracts';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { movableClock } from '../src/clock.ts';
import { type Line, type Polled, Switchboard, type Switched, SwitchMemory } from '../src/switching/index.ts';
import { openBus } from '../src/wire/index.ts';
import {
  exceptionPdu,
  type Handler,
  type Listening,
  listenRtuOverTcp,
  readRequestPdu,
  wordsPdu,
  writtenPdu,
} from '../src/wire/server/index.ts';
import { config as configOf, GATEWAY, meter, mint, NOW, PROFILES } from './desired-fixture.ts';
import { clock as wireClock } from './wire/bench-meters.ts';

const RELAY = 0x1a;
const POWER = 0x0e;

/** A DDS238 with its relay, as it answers on the wire. */
class RelayMeter {
  relay = 1;
  power = 5;
  writes = 0;
  silent = false;
  /** What happens to a write: it is done, refused, done without an answer, or answered and not done. */
  onWrite: 'do' | 'refuse' | 'do-silently' | 'ignore' = 'do';

  readonly answer = (pdu: Uint8Array): ReturnType<Handler> => {
    const request = readRequestPdu(1, pdu);
    if (this.silent || !request) return { kind: 'silence' };
    if (request.function === 16) {
      this.writes += 1;
      if (this.onWrite === 'refuse') return { kind: 'reply', pdu: exceptionPdu(16, 4) };
      if (this.onWrite !== 'ignore') this.relay = request.words[0] ?? 0;
      return this.onWrite === 'do-silently' ? { kind: 'silence' } : { kind: 'reply', pdu: writtenPdu(pdu) };
    }
    if (request.function !== 3) return { kind: 'reply', pdu: exceptionPdu(pdu[0] ?? 0, 1) };
    const words = Array.from({ length: request.count }, (_, i) => this.at(request.address + i));
    return { kind: 'reply', pdu: wordsPdu(3, words) };
  };

  private at(address: number): number {
    if (address === RELAY) return this.relay;
    return address === POWER ? this.power : 0;
  }
}

const ids = mint(3);
const JOURNAL = ids.journal();
const hub = signer(1);
const stranger = signer(2);
const clock = movableClock(NOW);
const executed: Record<string, number> = { forged: 0, expired: 0, replayed: 0, forbidden: 0 };
const tried: Record<string, number> = { forged: 0, expired: 0, replayed: 0, forbidden: 0 };

function signer(seed: number): Signer {
  const made = signerOf(Buffer.alloc(32, seed));
  if (!made.ok) throw new Error(made.detail);
  return made.key;
}

function ring(...keys: Signer[]) {
  return ringOf(
    ...keys.map((each) => {
      const verifier = verifierOf(each.publicKey);
      if (!verifier.ok) throw new Error(verifier.detail);
      return verifier.key;
    }),
  );
}

let folder: string;
let server: Listening;
let bus: ReturnType<typeof openBus>;
let meters: RelayMeter[];
let running: Config;
let synced: boolean;
let readAgeMs: number;
let events: Switched[];
let journalTakes: boolean;
let polled: Polled | undefined;
let memory: SwitchMemory;
let board: Switchboard;
let sleeps: (ms: number) => Promise<void>;
let lineOf: () => Line;
let profileOf: (meter: Meter) => MeterProfile | undefined;

const at = <T>(list: readonly T[], i: number): T => {
  const found = list[i];
  if (found === undefined) throw new RangeError(`no ${i}`);
  return found;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switching-'));
  meters = Array.from({ length: 6 }, () => new RelayMeter());
  server = await listenRtuOverTcp({
    handler: (unit, pdu) => meters[unit - 1]?.answer(pdu) ?? { kind: 'silence' },
    timing: { characterUs: 0, turnaroundMs: 1 },
    clock: wireClock,
  });
  bus = openBus(`rtu+tcp://127.0.0.1:${server.port}?baud=115200`, wireClock, {
    listenFirst: false,
    lateReplyMs: 100,
  });
  const enabled = (i: number) => meter(i, { controls: [{ name: 'relay', enabled: true }] });
  running = configOf(1, { meters: meters.map((_, i) => enabled(i)) });
  synced = true;
  readAgeMs = 1_000;
  events = [];
  journalTakes = true;
  polled = undefined;
  sleeps = async (ms) => clock.advance(Math.ceil(ms));
  lineOf = () => bus;
  profileOf = ({ profile }) => PROFILES.profiles.get(profile.replace(/@.*/, ''))?.profile;
  start();
});
afterEach(async () => {
  memory.close();
  await bus.stop();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => {
  process.stdout.write(
    `commands executed: ${Object.entries(tried)
      .map(([kind, n]) => `${kind} ${executed[kind]} of ${n}`)
      .join(', ')}\n`,
  );
});

/** Starts the board, or starts it again on what it remembers. */
function start(): void {
  memory = new SwitchMemory(join(folder, 'switching.sqlite'), clock.now());
  board = new Switchboard({
    gateway: GATEWAY,
    memory,
    now: () => clock.now(),
    place: () => ({ journal: JOURNAL, boot: 1, n: clock.now().mono }),
    time: () => ({ utc: synced ? clock.wallMs() : null, uncertainty: 20 }),
    sleep: (ms) => sleeps(ms),
    ports: {
      config: () => running,
      profileOf: (each) => profileOf(each),
      line: () => lineOf(),
      lastRead: () => ({ ...clock.now(), mono: clock.now().mono - readAgeMs }),
      polled: (id) => (id === at(running.meters, 0).id ? polled : undefined),
      journal: (event) => journalTakes && events.push(event) > 0,
      demand: (points) => points.size > 0,
      watch: () => {},
    },
  });
}

const restart = () => {
  memory.close();
  start();
};

const wish = (to: 'on' | 'off' | 'open', i = 0, over: Partial<Command> = {}): Command => ({
  v: 1,
  gateway: GATEWAY,
  id: ids.command(),
  issued: clock.wallMs(),
  expires: clock.wallMs() + 600_000,
  action: { do: 'switch', meter: at(running.meters, i).id, control: 'relay', to, reason: 'test' },
  ...over,
});

/** As it comes from the broker. */
async function deliver(payload: Buffer, keys = ring(hub)): Promise<Result | string> {
  const opened = openMessage(payload, ['command'], { keys, deflated: false, gateway: GATEWAY });
  return opened.ok ? board.handle(opened.message.value) : opened.reason;
}

const writes = () => meters.reduce((sum, each) => sum + each.writes, 0);

async function mustNotWrite(kind: string, act: () => Promise<Result | string>): Promise<Result | string> {
  const before = writes();
  const outcome = await act();
  tried[kind] = (tried[kind] ?? 0) + 1;
  executed[kind] = (executed[kind] ?? 0) + writes() - before;
  expect(writes()).toBe(before);
  return outcome;
}

describe('a command that is right', () => {
  it('is switched over the wire, read back, journalled and answered with evidence', async () => {
    const result = await deliver(sealMessage('command', wish('off'), hub));
    expect(result).toMatchObject({
      gateway: GATEWAY,
      outcome: { is: 'done', before: { state: 'on', raw: '0001' }, readBack: { state: 'off', raw: '0000' } },
    });
    expect(meters[0]).toMatchObject({ relay: 0, writes: 1 });
    expect(events).toEqual([
      expect.objectContaining({ kind: 'switched', state: 'off', cause: 'command', control: 'relay' }),
    ]);
  });

  it('is done already: nothing is written', async () => {
    expect(await board.handle(wish('on'))).toMatchObject({
      outcome: { is: 'done', readBack: { state: 'on' } },
    });
    expect(writes()).toBe(0);
    expect(events).toEqual([]);
  });

  it('gets the same answer again, also at once, also after a restart', async () => {
    const command = wish('off');
    const [first, second] = await Promise.all([board.handle(command), board.handle(command)]);
    expect(second).toEqual(first);
    restart();
    meters[0] = Object.assign(at(meters, 0), { relay: 1 });
    clock.advance(300_000);
    for (let i = 0; i < 5; i += 1) {
      expect(await mustNotWrite('replayed', () => board.handle(command))).toEqual(first);
    }
    expect(writes()).toBe(1);
  });

  it('forgets its answer only when no repeat can come any more', async () => {
    const command = wish('off');
    await board.handle(command);
    clock.advance(49 * 3_600_000);
    await board.tend();
    expect(memory.result(command.id)).toBeUndefined();
    expect(await mustNotWrite('replayed', () => board.handle(command))).toMatchObject({
      outcome: { is: 'refused', because: 'expired' },
    });
  });
});

describe('nothing is written when it', () => {
  it.each([
    ['is signed by a stranger', () => sealMessage('command', wish('off'), stranger), 'unknown-key'],
    ['has one flipped bit', () => flip(sealMessage('command', wish('off'), hub)), 'bad-signature'],
    [
      'is for another gateway',
      () => sealMessage('command', { ...wish('off'), gateway: ids.gateway() }, hub),
      'wrong-gateway',
    ],
    ['is a receipt', () => renamed(sealMessage('command', wish('off'), hub)), 'unexpected-kind'],
    ['is empty', () => Buffer.alloc(0), 'not-an-envelope'],
  ])('%s', async (_, payload, reason) => {
    expect(await mustNotWrite('forged', () => deliver(payload()))).toBe(reason);
  });

  it('is signed by a key that was revoked', async () => {
    const payload = sealMessage('command', wish('off'), hub);
    expect(await mustNotWrite('forged', () => deliver(payload, ring(stranger)))).toBe('unknown-key');
  });

  it('is over, or comes from the future', async () => {
    const now = clock.wallMs();
    const cases = [
      { issued: now - 60_000, expires: now - 1 },
      { issued: now - 60_000, expires: now + 20 },
      { issued: now + 3_600_000, expires: now + 3_700_000 },
    ];
    for (const over of cases) {
      expect(await mustNotWrite('expired', () => board.handle(wish('off', 0, over)))).toMatchObject({
        outcome: { is: 'refused' },
      });
    }
  });

  it('expires while it waits for its turn', async () => {
    const slow = wish('on', 1, { expires: clock.wallMs() + 4_000 });
    Object.assign(at(meters, 0), { relay: 0 });
    Object.assign(at(meters, 1), { relay: 0 });
    const [first, second] = await Promise.all([board.handle(wish('on', 0)), board.handle(slow)]);
    expect(first.outcome.is).toBe('done');
    expect(second.outcome).toMatchObject({ is: 'refused', because: 'expired' });
    expect(meters[1]?.writes).toBe(0);
  });

  const forbidden: [string, () => void, Partial<ReturnType<typeof wishAction>>, string][] = [
    [
      'comes before the clock is known',
      () => {
        synced = false;
      },
      {},
      'clock-unsynchronised',
    ],
    [
      'meets a stale reading',
      () => {
        readAgeMs = 10 * 60_000;
      },
      {},
      'reading-stale',
    ],
    [
      'meets a load above the limit',
      () => {
        at(meters, 0).power = 13_801;
      },
      {},
      'load-above-limit',
    ],
    [
      'meets a reversed load above the limit',
      () => {
        at(meters, 0).power = 0x10000 - 13_801;
      },
      {},
      'load-above-limit',
    ],
    ['was not enabled', () => set({ controls: [{ name: 'relay', enabled: false }] }), {}, 'not-enabled'],
    ['is off by default', () => set({ controls: [] }), {}, 'not-enabled'],
    [
      'is never to be switched',
      () => set({ controls: [{ name: 'relay', enabled: true, never: true }] }),
      {},
      'never-switch',
    ],
    ['is for a model that cannot switch', () => set({ profile: 'eastron-sdm120m@1' }), {}, 'unknown-control'],
    [
      'is for a doubtful profile',
      () => set({ profile: 'xintai-water@1', controls: [{ name: 'valve', enabled: true }] }),
      { control: 'valve', to: 'open' },
      'not-commissioned',
    ],
    ['is for an unknown meter', () => {}, { meter: ids.meter() }, 'unknown-meter'],
    ['asks for a state of valves', () => {}, { to: 'open' }, 'unknown-state'],
  ];
  it.each(forbidden)('%s', async (_, prepare, over, because) => {
    prepare();
    const result = await mustNotWrite('forbidden', () =>
      board.handle({ ...wish('off'), action: { ...wishAction(), ...over } }),
    );
    expect(result).toMatchObject({ outcome: { is: 'refused', because } });
    expect(events).toEqual([]);
  });

  it('comes within a minute of the last operation, also over a restart', async () => {
    await board.handle(wish('off'));
    clock.advance(58_000);
    expect(await mustNotWrite('forbidden', () => board.handle(wish('on')))).toMatchObject({
      outcome: { because: 'too-soon' },
    });
    restart();
    expect(await mustNotWrite('forbidden', () => board.handle(wish('on')))).toMatchObject({
      outcome: { because: 'too-soon' },
    });
    clock.advance(2_000);
    expect(await board.handle(wish('on'))).toMatchObject({ outcome: { is: 'done' } });
  });

  it('comes within a minute of a restart that lost its memory', async () => {
    memory.close();
    writeFileSync(join(folder, 'switching.sqlite'), 'no database at all'.repeat(500));
    start();
    expect(memory.quarantined).not.toBeNull();
    expect(await mustNotWrite('forbidden', () => board.handle(wish('off')))).toMatchObject({
      outcome: { because: 'too-soon' },
    });
    clock.advance(60_000);
    expect(await board.handle(wish('off'))).toMatchObject({ outcome: { is: 'done' } });
  });

  it('came after a newer one', async () => {
    const older = wish('on');
    clock.advance(1_000);
    const newer = wish('off');
    await board.handle(newer);
    clock.advance(120_000);
    expect(await mustNotWrite('replayed', () => board.handle(older))).toMatchObject({
      outcome: { is: 'superseded', by: newer.id },
    });
  });
});

function wishAction() {
  const { action } = wish('off');
  if (action.do !== 'switch') throw new Error('no switch');
  return action;
}

const set = (over: Partial<Meter>) => {
  running = { ...running, meters: running.meters.map((each, i) => (i === 0 ? { ...each, ...over } : each)) };
};

function flip(payload: Buffer): Buffer {
  const at = payload.indexOf('"off"') + 2;
  payload[at] = (payload[at] ?? 0) ^ 1;
  return payload;
}

const renamed = (payload: Buffer): Buffer =>
  Buffer.from(payload.toString('latin1').replace('ml1 command', 'ml1 receipt'), 'latin1');

describe('somebody switches by hand', () => {
  it('is said, and not fought', async () => {
    await board.handle(wish('off'));
    clock.advance(300_000);
    await board.tend();
    at(meters, 0).relay = 1;
    clock.advance(300_000);
    for (let i = 0; i < 6; i += 1) await board.tend();
    expect(events.at(-1)).toMatchObject({ state: 'on', cause: 'local' });
    clock.advance(120_000);
    expect(await mustNotWrite('forbidden', () => board.handle(wish('off')))).toMatchObject({
      outcome: { because: 'local-override' },
    });
  });

  it('is seen at the next command, if nobody looked before', async () => {
    await board.handle(wish('off'));
    at(meters, 0).relay = 1;
    clock.advance(120_000);
    expect(await mustNotWrite('forbidden', () => board.handle(wish('off')))).toMatchObject({
      outcome: { because: 'local-override' },
    });
    expect(events.at(-1)).toMatchObject({ state: 'on', cause: 'local' });
  });

  it('is said as soon as polling has read it, without another request', async () => {
    await board.handle(wish('off'));
    clock.advance(60_000);
    polled = { word: 1, at: clock.now() };
    let asked = 0;
    lineOf = () => ({
      request: (...args) => {
        asked += 1;
        return bus.request(...args);
      },
    });
    for (let i = 0; i < 7; i += 1) await board.tend();
    expect(events.at(-1)).toMatchObject({ state: 'on', cause: 'local' });
    expect(asked).toBe(5);
    await board.tend();
    expect(events.map(({ state, cause }) => `${state} ${cause}`)).toEqual(['off command', 'on local']);
  });

  it('what polling read before or during an operation is none of it', async () => {
    clock.advance(60_000);
    polled = { word: 1, at: clock.now() };
    const working = board.handle(wish('off'));
    clock.advance(100);
    await board.tend();
    polled = { word: 1, at: clock.now() };
    await working;
    await board.tend();
    expect(events.map(({ state, cause }) => `${state} ${cause}`)).toEqual(['off command']);
    clock.advance(1);
    polled = { word: 0, at: clock.now() };
    await board.tend();
    expect(events).toHaveLength(1);
  });

  it('what another boot has read says nothing of this one', async () => {
    await board.handle(wish('off'));
    clock.advance(60_000);
    polled = { word: 1, at: { ...clock.now(), boot: 'another' } };
    await board.tend();
    expect(events).toHaveLength(1);
  });

  it('is said again when the journal could not take it', async () => {
    await board.handle(wish('off'));
    at(meters, 0).relay = 1;
    journalTakes = false;
    for (let i = 0; i < 2; i += 1) {
      clock.advance(300_000);
      for (let k = 0; k < 6; k += 1) await board.tend();
      journalTakes = true;
    }
    expect(events.map(({ state, cause }) => `${state} ${cause}`)).toEqual(['off command', 'on local']);
  });

  it('a meter that is silent is not asked', async () => {
    await board.handle(wish('off'));
    readAgeMs = 300_000;
    at(meters, 0).silent = true;
    clock.advance(300_000);
    let asked = 0;
    lineOf = () => ({
      request: (...args) => {
        asked += 1;
        return bus.request(...args);
      },
    });
    for (let i = 0; i < 8; i += 1) await board.tend();
    expect(asked).toBe(0);
  });

  it('a command that agrees takes it back', async () => {
    await board.handle(wish('off'));
    at(meters, 0).relay = 1;
    clock.advance(120_000);
    expect(await board.handle(wish('on'))).toMatchObject({ outcome: { is: 'done' } });
    clock.advance(60_000);
    expect(await board.handle(wish('off'))).toMatchObject({ outcome: { is: 'done' } });
    expect(at(meters, 0).relay).toBe(0);
  });

  it('that it is switched back is no override any more', async () => {
    await board.handle(wish('off'));
    at(meters, 0).relay = 1;
    clock.advance(300_000);
    for (let i = 0; i < 6; i += 1) await board.tend();
    at(meters, 0).relay = 0;
    clock.advance(300_000);
    for (let i = 0; i < 6; i += 1) await board.tend();
    expect(events.map(({ state, cause }) => `${state} ${cause}`)).toEqual([
      'off command',
      'on local',
      'off local',
    ]);
    clock.advance(60_000);
    expect(await board.handle(wish('on'))).toMatchObject({ outcome: { is: 'done' } });
  });
});

describe('what can go wrong on the wire', () => {
  it.each([
    ['refuse', { is: 'failed', because: 'meter-refused', readBack: { state: 'on' } }],
    ['ignore', { is: 'failed', because: 'read-back-differs', readBack: { state: 'on' } }],
    ['do-silently', { is: 'done', readBack: { state: 'off' } }],
  ] as const)('a meter that would %s', async (onWrite, outcome) => {
    at(meters, 0).onWrite = onWrite;
    expect(await board.handle(wish('off'))).toMatchObject({ outcome });
    expect(at(meters, 0).writes).toBe(1);
  });

  it('a failed write is no override: the next command may try again', async () => {
    at(meters, 0).onWrite = 'ignore';
    await board.handle(wish('off'));
    clock.advance(61_000);
    at(meters, 0).onWrite = 'do';
    expect(await board.handle(wish('off'))).toMatchObject({
      outcome: { is: 'done', readBack: { state: 'off' } },
    });
  });

  it('a silent meter', async () => {
    at(meters, 0).silent = true;
    expect(await board.handle(wish('off'))).toMatchObject({
      outcome: { is: 'failed', because: 'meter-silent' },
    });
    expect(writes()).toBe(0);
  });

  it('a port that is gone', async () => {
    await bus.stop();
    expect(await board.handle(wish('off'))).toMatchObject({
      outcome: { is: 'failed', because: 'bus-error' },
    });
  });

  it.each([
    ['after the write', 0, 'done', 'off'],
    ['before the write', 1, 'failed', 'on'],
  ])('a power cut %s: it is looked at, and not written again', async (_, relay, is, state) => {
    const command = wish('off');
    memory.intend(
      { command: command.id, meter: at(running.meters, 0).id, control: 'relay', to: 'off' },
      { ...clock.now(), utc: clock.wallMs() },
      command.issued,
    );
    memory.note(at(running.meters, 0).id, 'relay', { state: 'on' });
    at(meters, 0).relay = relay;
    restart();
    // The hub repeats the command while the gateway looks.
    const [recovered, repeated] = await Promise.all([board.recover(), board.handle(command)]);
    expect(recovered).toEqual([repeated]);
    expect(repeated).toMatchObject({ outcome: { is, readBack: { state } } });
    expect(writes()).toBe(0);
    expect(events.map((event) => event.cause)).toEqual(relay === 0 ? ['command'] : []);
    expect(memory.intents()).toEqual([]);
  });
});

describe('a second look', () => {
  it('a write that the line takes too late is not made', async () => {
    const within: (number | undefined)[] = [];
    const slow: typeof bus.request = (request, options) => {
      if (request.function === 16) within.push(options.expiresInMs);
      return bus.request(request, options);
    };
    lineOf = () => ({ request: slow });
    const command = wish('off', 0, { expires: clock.wallMs() + 2_000 });
    expect(await board.handle(command)).toMatchObject({ outcome: { is: 'done' } });
    expect(within).toEqual([1_980]);
    clock.advance(120_000);
    await board.handle(wish('on'));
    expect(within[1]).toBeLessThanOrEqual(5_000);
  });

  it('a profile that explains itself at length is refused all the same', async () => {
    const why = 'w'.repeat(200);
    const [first] = [...PROFILES.profiles.values()].filter(
      ({ profile }) => profile.id === 'hiking-dds238-2-zn-sr',
    );
    if (!first) throw new Error('no profile');
    profileOf = () => ({ ...first.profile, blockedWrites: [{ function: 16, why }] });
    const result = await mustNotWrite('forbidden', () => board.handle(wish('off')));
    expect(result).toMatchObject({ outcome: { is: 'refused', because: 'never-switch' } });
  });
});

describe('reconnections', () => {
  it('come one after the other, disconnections at once', async () => {
    for (const each of meters) each.relay = 0;
    const from = clock.now().mono;
    const times: number[] = [];
    const results = await Promise.all(
      meters.map(async (_, i) => {
        const result = await board.handle(wish('on', i));
        times.push(clock.now().mono - from);
        return result;
      }),
    );
    expect(results.map(({ outcome }) => outcome.is)).toEqual(meters.map(() => 'done'));
    expect(Math.max(...times)).toBeGreaterThanOrEqual((meters.length - 1) * running.switching.staggerMs);
  });

  it('a newer wish overtakes one that waits', async () => {
    for (const each of meters) each.relay = 0;
    let release = () => {};
    sleeps = (ms) =>
      ms < 1_000
        ? Promise.resolve(void clock.advance(ms))
        : new Promise((resolve) => {
            release = () => {
              clock.advance(Math.ceil(ms));
              resolve();
            };
          });
    await board.handle(wish('on', 1));
    const older = board.handle(wish('on', 0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(1);
    const newer = wish('off', 0);
    const done = board.handle(newer);
    release();
    expect(await older).toMatchObject({ outcome: { is: 'superseded', by: newer.id } });
    expect(await done).toMatchObject({ outcome: { is: 'done' } });
    expect(at(meters, 0).writes).toBe(0);
  });
});

describe('reading and watching', () => {
  const points = () => at(running.meters, 0).points.map(({ id }) => id);
  it.each([
    ['a read', () => ({ do: 'read' as const, points: points() }), 'done'],
    [
      'a watch',
      () => ({ do: 'watch' as const, points: points(), everyMs: 1_000, until: clock.wallMs() + 60_000 }),
      'done',
    ],
    ['an unknown point', () => ({ do: 'read' as const, points: [ids.point()] }), 'refused'],
  ])('%s', async (_, action, is) => {
    expect(await board.handle({ ...wish('off'), action: action() })).toMatchObject({ outcome: { is } });
  });

  it('is refused, too, before the clock is known', async () => {
    synced = false;
    const command = { ...wish('off'), action: { do: 'read' as const, points: points() } };
    expect(await board.handle(command)).toMatchObject({
      at: null,
      outcome: { because: 'clock-unsynchronised' },
    });
  });
});
