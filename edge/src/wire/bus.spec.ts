import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeLink } from '../../test/wire/fake-link.ts';
import { numbers } from '../../test/wire/samples.ts';
import { Bus } from './bus.ts';
import type { BusOptions, RequestOptions } from './bus-options.ts';
import type { Request } from './request.ts';
import { rtuFrame } from './rtu.ts';
import { exceptionPdu, wordsPdu } from './server/pdus.ts';

/** What turns of the event loop take, where time stands still otherwise. */
const TURN_NS = 50_000n;
let turnsNs = 0n;
const clock = { monoNs: () => process.hrtime.bigint() + turnsNs, wallMs: () => Date.now() };
const nowMs = () => Number(clock.monoNs() / 1_000n) / 1_000;
const linkOf = (meters: ConstructorParameters<typeof FakeLink>[0], { t35Us = 0 } = {}) =>
  new FakeLink(meters, { t35Us, nowMs });

const opened: Bus[] = [];
// Time passes when nobody has anything else to do: no test depends on what else the machine is doing.
beforeEach(() => {
  const turn = setImmediate;
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance', 'hrtime'],
  });
  vi.setTimerTickMode('nextTimerAsync');
  vi.stubGlobal('setImmediate', (done: () => void) => {
    turnsNs += TURN_NS;
    return turn(done);
  });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.stop()));
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function busOn(link: FakeLink, options: BusOptions = {}): Bus {
  const bus = new Bus(link, clock, { listenFirst: false, lateReplyMs: 60, ...options });
  opened.push(bus);
  bus.start();
  return bus;
}

const read = (unit: number, address = 0): Request & { function: 3 } => ({
  function: 3,
  unit,
  address,
  count: 2,
});
const poll: RequestOptions = { lane: 'poll', timeoutMs: 30 };
/** The words say who was asked for what. */
const answer = (frame: Uint8Array) =>
  rtuFrame(frame[0] ?? 0, wordsPdu(3, [((frame[2] ?? 0) << 8) | (frame[3] ?? 0), frame[0] ?? 0]));

describe('a bus', () => {
  it('sends one request at a time, in order, each answered by its own reply', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 5));
    const bus = busOn(link);
    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => bus.request(read(n, n * 100), poll)));
    expect(results.map((r) => r.ok && r.words)).toEqual([1, 2, 3, 4, 5].map((n) => [n * 100, n]));
    expect(link.overlaps).toBe(0);
    const first = results[0];
    if (!first?.ok) throw new Error('no answer');
    expect(first.sentAt.ns <= first.firstByteAt.ns && first.firstByteAt.ns <= first.doneAt.ns).toBe(true);
    expect(first.turnaroundUs).toBeGreaterThanOrEqual(3000);
    expect(Math.abs(first.doneAt.wallMs - Date.now())).toBeLessThan(5000);
  });

  it('tells silence, damage, refusal and a stopped reply apart, with the evidence', async () => {
    const replies = [
      null,
      answer(Uint8Array.of(1, 3, 0, 0)).with(5, 0x77),
      rtuFrame(1, exceptionPdu(3, 2)),
      answer(Uint8Array.of(1, 3, 0, 0)).subarray(0, 6),
    ];
    const link = linkOf((_, say) => {
      const bytes = replies.shift();
      if (bytes) say(bytes, 0);
    });
    const bus = busOn(link);
    const results = [];
    for (let i = 0; i < 4; i++) results.push(await bus.request(read(1), poll));
    expect(results.map((r) => (r.ok ? 'ok' : r.fault))).toEqual(['timeout', 'crc', 'exception', 'length']);
    expect(results[2]).toMatchObject({
      exception: 2,
      reason: expect.stringContaining('illegal data address'),
    });
    expect(results[3]).toMatchObject({ evidence: answer(Uint8Array.of(1, 3, 0, 0)).subarray(0, 6) });
    const { faults, requests, replies: answered } = bus.statistics();
    expect(faults).toMatchObject({ timeout: 1, crc: 1, exception: 1, length: 1 });
    expect({ requests, answered }).toEqual({ requests: 4, answered: 1 });
  });

  it('throws for a request that no meter could be asked', () => {
    const bus = busOn(linkOf(() => {}));
    expect(() => bus.request(read(0), poll)).toThrow(/unit 0/);
  });

  it('lets the urgent overtake', async () => {
    const asked: number[] = [];
    const link = linkOf((frame, say) => {
      asked.push(frame[0] ?? 0);
      say(answer(frame), 2);
    });
    const bus = busOn(link);
    const lanes = ['poll', 'poll', 'interactive', 'command', 'boundary'] as const;
    await Promise.all(lanes.map((lane, i) => bus.request(read(i + 1), { ...poll, lane })));
    expect(asked).toEqual([5, 4, 3, 1, 2]);
  });

  it('keeps the silence of a meter, towards the bus or towards the unit', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 0));
    const bus = busOn(link);
    const ask = (unit: number, scope: 'bus' | 'unit') =>
      bus.request(read(unit), { ...poll, gap: { minMs: 20, scope } });
    await Promise.all([ask(1, 'bus'), ask(2, 'bus'), ask(3, 'unit'), ask(3, 'unit'), ask(4, 'unit')]);
    const [first = 0, second = 0, ...rest] = link.sent.map(({ us }) => us);
    expect(second - first).toBeGreaterThanOrEqual(20_000);
    // Unit 4 need not wait for unit 3's silence.
    expect(link.sent.map(({ frame }) => frame[0])).toEqual([1, 2, 3, 4, 3]);
    expect((rest[2] ?? 0) - (rest[0] ?? 0)).toBeGreaterThanOrEqual(20_000);
  });

  it('ends what cannot be sent in time, what is cancelled, and what is too much', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 25));
    const bus = busOn(link, { maxQueued: 3 });
    const cancel = new AbortController();
    const slow = bus.request(read(1), { ...poll, timeoutMs: 100 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const results = Promise.all([
      bus.request(read(2), { ...poll, expiresInMs: 5 }),
      bus.request(read(3), { ...poll, signal: cancel.signal }),
      bus.request(read(4), { ...poll, timeoutMs: 100 }),
      bus.request(read(5), poll),
      bus.request(read(6), { ...poll, signal: AbortSignal.abort() }),
    ]);
    cancel.abort();
    expect((await slow).ok).toBe(true);
    expect((await results).map((r) => (r.ok ? 'ok' : r.fault))).toEqual([
      'deadline',
      'cancelled',
      'ok',
      'full',
      'cancelled',
    ]);
    expect(link.sent).toHaveLength(2);
  });

  it('lets go of a request that is cancelled on the wire, and still waits for its reply', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 15));
    const bus = busOn(link);
    const cancel = new AbortController();
    const first = bus.request(read(1, 11), { ...poll, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 5);
    expect(await first).toMatchObject({ fault: 'cancelled' });
    expect(await bus.request(read(1, 22), poll)).toMatchObject({ ok: true, words: [22, 1] });
    expect(link.overlaps).toBe(0);
  });

  it('refuses at once while the port is gone, and goes on when it is back', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 0));
    const bus = busOn(link);
    link.down('the port was unplugged');
    const gone = await bus.request(read(1), { ...poll, timeoutMs: 5000 });
    expect(gone).toMatchObject({ fault: 'port', reason: expect.stringContaining('unplugged') });
    link.up();
    expect((await bus.request(read(1), poll)).ok).toBe(true);
  });

  it('leaves the event loop its turns when somebody asks a missing port without end', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 0));
    const bus = busOn(link);
    link.down('the port was unplugged');
    setTimeout(() => link.up(), 20);
    let asked = 0;
    while (!(await bus.request(read(1), poll)).ok && asked < 1e6) asked++;
    expect(asked).toBeLessThan(1e6);
  });

  it('ends the request in flight when the port goes', async () => {
    const link = linkOf(() => {});
    const bus = busOn(link);
    const asked = bus.request(read(1), { ...poll, timeoutMs: 5000 });
    setTimeout(() => link.down('the port was unplugged'), 5);
    expect(await asked).toMatchObject({ fault: 'port', sentAt: expect.anything() });
  });

  it('says so when the line is never silent', async () => {
    const link = linkOf(() => {}, { t35Us: 150_000 });
    const bus = busOn(link);
    const babble = setInterval(() => link.say(Uint8Array.of(0x55)), 2);
    const result = await bus.request(read(1), poll);
    clearInterval(babble);
    expect(result).toMatchObject({ fault: 'noise' });
    expect(link.sent).toHaveLength(0);
  });

  it('does not take the talk with others for noise', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 0));
    const bus = busOn(link);
    const patient = bus.request(read(1), { ...poll, gap: { minMs: 40, scope: 'bus' } });
    const busyUntil = nowMs() + 1300;
    while (nowMs() < busyUntil) {
      await bus.request(read(2), { ...poll, lane: 'boundary' });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await patient).ok).toBe(true);
  });

  it('asks nobody before replies to an earlier process can no longer come', async () => {
    const link = linkOf((frame, say) => say(answer(frame), 0));
    const began = nowMs();
    await busOn(link, { listenFirst: true, lateReplyMs: 80 }).request(read(1), poll);
    expect(nowMs() - began).toBeGreaterThanOrEqual(79);
  });

  it('ends everything when it is stopped', async () => {
    const link = linkOf(() => {});
    const bus = busOn(link);
    const asked = [1, 2].map((unit) => bus.request(read(unit), { ...poll, timeoutMs: 5000 }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await bus.stop();
    expect((await Promise.all(asked)).map((r) => (r.ok ? 'ok' : r.fault))).toEqual(['port', 'port']);
    expect(await bus.request(read(1), poll)).toMatchObject({ fault: 'port' });
  });
});

describe('late replies', () => {
  const BOUND_MS = 24;
  interface Storm {
    readonly lateReplyMs: number;
    readonly timeoutMs: number;
    readonly latestMs: number;
    readonly units: number;
    readonly rounds: number;
    /** The port goes and comes back while meters go on answering. */
    readonly flaps?: boolean;
  }

  /** Meters that answer at any time up to their latest, some never, many after the master has given up. */
  async function storm(seed: number, { lateReplyMs, timeoutMs, latestMs, units, rounds, flaps }: Storm) {
    const next = numbers(seed);
    const link: FakeLink = linkOf((frame, say) => {
      if (flaps && next() % 8 === 0) {
        setTimeout(() => link.down('the port was unplugged'), next() % 4);
        setTimeout(() => link.up(), 5);
      }
      const kind = next() % 10;
      if (kind === 0) return;
      const bytes = kind === 1 ? answer(frame).with(6, next() & 0xff) : answer(frame);
      // Whatever the machine is doing: a meter never answers later than it is said to.
      say(bytes, (next() % 1000) * (latestMs / 1000), latestMs - 1);
    });
    const bus = busOn(link, { lateReplyMs });
    const count = { asked: 0, right: 0, misattributed: 0, late: 0 };
    const asks = Array.from({ length: units * rounds }, async (_, i) => {
      // All of one length and function: only the waiting can tell one reply of a unit from another.
      const request = read(1 + (i % units), i);
      // Spread out, so that not all of them meet the same missing port.
      await new Promise((resolve) => setTimeout(resolve, flaps ? 4 * i : 0));
      const result = await bus.request(request, { lane: 'poll', timeoutMs });
      count.asked++;
      if (!result.ok) return;
      if (result.words[0] === request.address && result.words[1] === request.unit) count.right++;
      else count.misattributed++;
    });
    await Promise.all(asks);
    count.late = bus.statistics().late.replies;
    return count;
  }

  async function storms(times: number, rules: Storm) {
    const all = await Promise.all(Array.from({ length: times }, (_, seed) => storm(seed, rules)));
    const sum = (name: keyof (typeof all)[number]) => all.reduce((total, one) => total + one[name], 0);
    return {
      asked: sum('asked'),
      right: sum('right'),
      late: sum('late'),
      misattributed: sum('misattributed'),
    };
  }

  it('are never taken for another request’s, of this unit or another', async () => {
    const latestMs = BOUND_MS;
    const count = await storms(24, { lateReplyMs: BOUND_MS, timeoutMs: 2, latestMs, units: 8, rounds: 20 });
    console.log(`late replies: ${JSON.stringify(count)}`);
    expect(count).toMatchObject({ asked: 24 * 160, misattributed: 0 });
    expect(count.late).toBeGreaterThan(500);
    expect(count.right).toBeGreaterThan(100);
  });

  it('are not taken for another’s over a port that comes and goes', async () => {
    const rules = {
      lateReplyMs: BOUND_MS,
      timeoutMs: 6,
      latestMs: BOUND_MS,
      units: 4,
      rounds: 80,
      flaps: true,
    };
    const count = await storms(12, rules);
    console.log(`late replies, flapping port: ${JSON.stringify(count)}`);
    expect(count).toMatchObject({ asked: 12 * 320, misattributed: 0 });
    expect(count.late).toBeGreaterThan(100);
    expect(count.right).toBeGreaterThan(100);
  });

  it('can deceive only when they come later than the bound says', async () => {
    const rules = { lateReplyMs: 1, timeoutMs: 10, latestMs: 200, units: 1, rounds: 12 };
    expect((await storms(24, rules)).misattributed).toBeGreaterThan(0);
  });
});
