import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canInstall, installPackages, onPath } from '../../scripts/stack/debian.ts';
import { Bus } from '../src/wire/bus.ts';
import type { RequestOptions } from '../src/wire/bus-options.ts';
import { openBus } from '../src/wire/index.ts';
import { parsePortUrl, type RtuTcpAddress } from '../src/wire/port-url.ts';
import { listenModbusTcp, listenRtuOverTcp, openPty, RtuServer } from '../src/wire/server/index.ts';
import { TcpLink } from '../src/wire/tcp-link.ts';
import { clock, meters } from './wire/bench-meters.ts';

const run = promisify(execFile);
/** As long as a busy machine may take; a test that waits for silence says for how long. */
const poll: RequestOptions = { lane: 'poll', timeoutMs: 5_000 };
const soon: RequestOptions = { lane: 'poll', timeoutMs: 300 };
const at9600 = { characterUs: 10e6 / 9600, turnaroundMs: 10 };
const quick = { characterUs: 0, turnaroundMs: 2 };
const read = (unit: number, address = 0, count = 2) => ({ function: 3, unit, address, count }) as const;

/** Undone after each test, the latest first. */
const undo: (() => unknown)[] = [];
const scratch = () => {
  const folder = mkdtempSync(join(tmpdir(), 'wire-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

beforeAll(async () => {
  // Debian's libraries belong to Debian's interpreter, not to whichever is first on PATH.
  const python = await run('/usr/bin/python3', ['-c', 'import pymodbus, serial_asyncio']).then(
    () => true,
    () => false,
  );
  const wanted = [
    ...['socat', 'mbpoll'].filter((tool) => onPath(tool) === null),
    ...(python ? [] : ['python3-pymodbus', 'python3-serial-asyncio']),
  ];
  if (wanted.length === 0) return;
  if (!canInstall()) throw new Error(`install ${wanted.join(', ')}: the wire is tried against them`);
  await installPackages(...wanted);
}, 180_000);

function bus(url: string, options = {}): Bus {
  const opened = openBus(url, clock, { listenFirst: false, ...options });
  undo.push(() => opened.stop());
  return opened;
}

async function pty(path: string, timing = quick) {
  const terminal = await openPty(path);
  const server = new RtuServer(terminal.stream, { handler: meters(), timing, clock });
  const close = async () => {
    server.close();
    await terminal.close();
  };
  undo.push(close);
  return { server, close };
}

function child(command: string, args: string[]): ChildProcess {
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(async () => {
    if (started.exitCode !== null || started.signalCode !== null) return;
    started.kill();
    await once(started, 'exit');
  });
  return started;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function eventually<T>(what: () => Promise<T | false>, withinMs = 60_000): Promise<T> {
  for (const end = performance.now() + withinMs; ; await sleep(20)) {
    const found = await what();
    if (found !== false) return found;
    if (performance.now() > end) throw new Error('it did not happen in time');
  }
}

describe('over TCP', () => {
  it.each(['rtu+tcp', 'tcp'])('%s: reads, writes, is refused, waits for the silent', async (scheme) => {
    const listen = scheme === 'tcp' ? listenModbusTcp : listenRtuOverTcp;
    const server = await listen({ handler: meters(), timing: quick, clock });
    undo.push(() => server.close());
    const line = bus(`${scheme}://127.0.0.1:${server.port}`);
    expect(await line.request(read(3, 7), poll)).toMatchObject({ ok: true, words: [307, 308] });
    expect(await line.request({ function: 16, unit: 3, address: 7, words: [1, 2] }, poll)).toMatchObject({
      ok: true,
    });
    expect(await line.request({ function: 6, unit: 3, address: 8, word: 9 }, poll)).toMatchObject({
      ok: true,
    });
    expect(await line.request(read(3, 7), poll)).toMatchObject({ words: [1, 9] });
    expect(await line.request(read(3, 10_000), poll)).toMatchObject({ fault: 'exception', exception: 2 });
    expect(await line.request(read(201), { ...poll, timeoutMs: 30 })).toMatchObject({ fault: 'timeout' });
    expect(await line.request(read(4), poll)).toMatchObject({ ok: true, words: [400, 401] });
  });

  it.each(['rtu+tcp', 'tcp'])('%s: lives with a converter that closes after each reply', async (scheme) => {
    const listen = scheme === 'tcp' ? listenModbusTcp : listenRtuOverTcp;
    const server = await listen({ handler: meters(), timing: quick, clock, closeAfterReply: true });
    undo.push(() => server.close());
    const line = bus(`${scheme}://127.0.0.1:${server.port}`, { lateReplyMs: 100 });
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => line.request(read(1 + i), soon)));
    const good = results.filter((result) => result.ok).length;
    // The first two closings are learnt from; a request that meets one may be lost.
    expect(good).toBeGreaterThanOrEqual(38);
  });

  it('comes back when the other side does', async () => {
    const server = await listenRtuOverTcp({ handler: meters(), timing: quick, clock });
    const line = bus(`rtu+tcp://127.0.0.1:${server.port}`);
    expect((await line.request(read(1), poll)).ok).toBe(true);
    await server.close();
    const refused = await eventually(async () => {
      const result = await line.request(read(2), soon);
      return !result.ok && result.fault === 'port' && /refused/.test(result.reason) ? result : false;
    });
    expect(refused.reason).toMatch(/^rtu\+tcp:\/\/127\.0\.0\.1:\d+: the connection was refused/);
    const again = await listenRtuOverTcp({ handler: meters(), timing: quick, clock, port: server.port });
    undo.push(() => again.close());
    await eventually(async () => (await line.request(read(3), soon)).ok);
  });

  it('opens a connection anew through which nothing comes back', async () => {
    let deaf = true;
    const server = await listenRtuOverTcp({
      handler: (unit, pdu, transaction) => (deaf ? { kind: 'silence' } : meters()(unit, pdu, transaction)),
      timing: quick,
      clock,
    });
    undo.push(() => server.close());
    const address = parsePortUrl(`rtu+tcp://127.0.0.1:${server.port}`) as RtuTcpAddress;
    const line = new Bus(new TcpLink(address, { silentRequests: 3, silentMs: 50 }), clock, {
      listenFirst: false,
    });
    undo.push(() => line.stop());
    line.start();
    const faults = [];
    for (let unit = 1; unit <= 4; unit++) {
      const result = await line.request(read(unit), { ...poll, timeoutMs: 20 });
      faults.push(result.ok ? 'ok' : result.fault);
    }
    expect(faults.slice(0, 3)).toEqual(['timeout', 'timeout', 'timeout']);
    await eventually(async () => {
      const result = await line.request(read(5), { ...poll, timeoutMs: 20 });
      return !result.ok && result.fault === 'port';
    });
    deaf = false;
    await eventually(async () => (await line.request(read(9), soon)).ok);
  });

  it('opens a stream anew that is no Modbus TCP, and says so', async () => {
    let sane = false;
    const server = await listenModbusTcp({
      handler: (unit, pdu, transaction) =>
        sane
          ? meters()(unit, pdu, transaction)
          : { kind: 'raw', bytes: Buffer.from('HTTP/1.1 400 Bad Request') },
      timing: quick,
      clock,
    });
    undo.push(() => server.close());
    const line = bus(`tcp://127.0.0.1:${server.port}`);
    const odd = await line.request(read(1), poll);
    expect(odd).toMatchObject({ fault: 'protocol', reason: expect.stringContaining('not Modbus') });
    expect(odd.ok || Buffer.from(odd.evidence).toString()).toBe('HTTP/1.1 400 Bad Request');
    sane = true;
    await eventually(async () => (await line.request(read(1), soon)).ok);
  });

  it('finds its way through an adapter that hears itself', async () => {
    const server = await listenRtuOverTcp({ handler: meters(), timing: quick, clock, echo: true });
    undo.push(() => server.close());
    const line = bus(`rtu+tcp://127.0.0.1:${server.port}`);
    expect(await line.request(read(3, 7), poll)).toMatchObject({ words: [307, 308] });
    const write = { function: 6, address: 8, word: 9 } as const;
    expect(await line.request({ ...write, unit: 3 }, poll)).toMatchObject({ ok: true });
    expect(await line.request({ ...write, unit: 201 }, soon)).toMatchObject({ fault: 'timeout' });
  });

  it('does not take for new what lay unread while the process was busy', async () => {
    const port = await freePort();
    const slave = child(process.execPath, [
      join(import.meta.dirname, 'wire/late-slave.ts'),
      String(port),
      '80',
    ]);
    await once(slave.stdout ?? slave, 'data');
    const line = bus(`rtu+tcp://127.0.0.1:${port}`, { lateReplyMs: 250 });
    for (let round = 0; round < 3; round++) {
      const first = line.request(read(1, 2 * round), { ...poll, timeoutMs: 20 });
      const second = line.request(read(1, 2 * round + 1), { ...poll, timeoutMs: 400 });
      expect(await first).toMatchObject({ fault: 'timeout' });
      // The late reply comes, and its bound passes, while nobody can read it.
      for (const end = performance.now() + 300; performance.now() < end; );
      expect(await second).toMatchObject({ ok: true, words: [2 * round + 1, 0] });
    }
  });

  it('keeps the silences of a real line', async () => {
    const server = await listenRtuOverTcp({ handler: meters(), timing: at9600, clock });
    undo.push(() => server.close());
    const line = bus(`rtu+tcp://127.0.0.1:${server.port}?baud=9600`);
    const results = await Promise.all([1, 2, 3].map((unit) => line.request(read(unit), poll)));
    for (const [i, result] of results.entries()) {
      if (!result.ok) throw new Error(result.reason);
      expect(result.turnaroundUs).toBeGreaterThan(9000);
      const before = results[i - 1];
      // t3.5 at 9600 baud, after which the 8 characters of the request take their time.
      if (before) expect(Number(result.sentAt.ns - before.doneAt.ns)).toBeGreaterThan(3.6e6 + 8.3e6);
    }
    expect(server.counts.collisions).toBe(0);
  });
});

describe('over a serial port', () => {
  it('reads, and is the only one who may', async () => {
    const path = join(scratch(), 'tty');
    await pty(path, at9600);
    const line = bus(`serial://${path}`);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, i) => line.request(read(1 + i, 5, 20), poll)),
    );
    expect(results.map((r) => r.ok && r.words[0])).toEqual(
      Array.from({ length: 12 }, (_, i) => 105 + 100 * i),
    );
    const second = bus(`serial://${path}`);
    expect(await second.request(read(1), poll)).toMatchObject({
      fault: 'port',
      reason: expect.stringContaining('in use by another process'),
    });
  });

  it('says what is wrong with a port that is none', async () => {
    const missing = await bus('serial:///dev/no-such-port').request(read(1), poll);
    expect(missing).toMatchObject({ fault: 'port', reason: expect.stringContaining('plugged in') });
    const file = await bus('serial:///dev/null').request(read(1), poll);
    expect(file).toMatchObject({ fault: 'port', reason: expect.stringContaining('not a serial port') });
  });

  it('comes back after the plug was pulled and put in again', async () => {
    const path = join(scratch(), 'tty');
    const first = await pty(path);
    const line = bus(`serial://${path}`);
    expect((await line.request(read(1), poll)).ok).toBe(true);
    const asked = line.request(read(201), { ...poll, timeoutMs: 20_000 });
    await sleep(50);
    await first.close();
    expect(await asked).toMatchObject({ fault: 'port' });
    // At once, not when a time-out is over: this one never would be.
    expect(await line.request(read(1), { ...poll, timeoutMs: 3_600_000 })).toMatchObject({ fault: 'port' });
    const cpu = process.cpuUsage();
    await sleep(600);
    const used = process.cpuUsage(cpu);
    expect((used.user + used.system) / 1000).toBeLessThan(300);
    await pty(path);
    await eventually(async () => (await line.request(read(2), soon)).ok);
  });
});

describe('real peers', () => {
  it('mbpoll (libmodbus) reads and writes our meters over RTU', async () => {
    const path = join(scratch(), 'tty');
    const { server } = await pty(path, at9600);
    const rtu = ['-m', 'rtu', '-b', '9600', '-P', 'none', '-0', '-1', '-q'];
    const { stdout } = await run('mbpoll', [...rtu, '-a', '5', '-t', '4', '-r', '20', '-c', '4', path]);
    expect(stdout).toMatch(/\[20\]:\s+520\s+\[21\]:\s+521\s+\[22\]:\s+522\s+\[23\]:\s+523/);
    await run('mbpoll', [...rtu, '-a', '5', '-t', '4', '-r', '20', path, '77', '78']);
    const after = await run('mbpoll', [...rtu, '-a', '5', '-t', '4', '-r', '20', '-c', '2', path]);
    expect(after.stdout).toMatch(/\[20\]:\s+77\s+\[21\]:\s+78/);
    expect(server.counts).toMatchObject({ damaged: 0, collisions: 0 });
  });

  it('mbpoll (libmodbus) reads our meters over TCP', async () => {
    const server = await listenModbusTcp({ handler: meters(), timing: quick, clock });
    undo.push(() => server.close());
    const tcp = [
      '-m',
      'tcp',
      '-p',
      String(server.port),
      '-a',
      '9',
      '-t',
      '3',
      '-r',
      '3',
      '-c',
      '2',
      '-0',
      '-1',
    ];
    const { stdout } = await run('mbpoll', [...tcp, '-q', '127.0.0.1']);
    expect(stdout).toMatch(/\[3\]:\s+903\s+\[4\]:\s+904/);
  });

  const slave = join(import.meta.dirname, 'wire/pymodbus-slave.py');

  async function readPymodbus(line: Bus): Promise<void> {
    await eventually(async () => (await line.request(read(7), soon)).ok);
    expect(await line.request(read(7, 10, 3), poll)).toMatchObject({ words: [1010, 1011, 1012] });
    expect(
      await line.request({ function: 4, unit: 7, address: 75, count: 125 }, { ...poll, timeoutMs: 1000 }),
    ).toMatchObject({ words: Array.from({ length: 125 }, (_, i) => 2075 + i) });
    expect(await line.request({ function: 1, unit: 7, address: 3, count: 9 }, poll)).toMatchObject({
      bits: [true, false, false, true, false, false, true, false, false],
    });
    expect(await line.request({ function: 6, unit: 7, address: 1, word: 42 }, poll)).toMatchObject({
      ok: true,
    });
    expect(await line.request({ function: 16, unit: 7, address: 2, words: [43, 44] }, poll)).toMatchObject({
      ok: true,
    });
    expect(await line.request({ function: 5, unit: 7, address: 1, on: true }, poll)).toMatchObject({
      ok: true,
    });
    expect(await line.request({ function: 15, unit: 7, address: 4, bits: [true, true] }, poll)).toMatchObject(
      { ok: true },
    );
    expect(await line.request(read(7, 0, 5), poll)).toMatchObject({ words: [1000, 42, 43, 44, 1004] });
    expect(await line.request(read(7, 5000), poll)).toMatchObject({ fault: 'exception', exception: 2 });
    const identity = await line.request({ function: 43, unit: 7, level: 1, object: 0 }, poll);
    if (!identity.ok) throw new Error(identity.reason);
    expect(Buffer.from(identity.objects.get(0) ?? []).toString()).toBe('Other');
  }

  it('a slave of another library is read over TCP', async () => {
    const port = await freePort();
    child('/usr/bin/python3', [slave, 'tcp', String(port)]);
    await readPymodbus(bus(`tcp://127.0.0.1:${port}`));
  });

  it('a slave of another library is read over RTU', async () => {
    const folder = scratch();
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
    child('socat', [`PTY,link=${ours},rawer`, `PTY,link=${theirs},rawer`]);
    await eventually(async () => existsSync(ours) && existsSync(theirs));
    child('/usr/bin/python3', [slave, 'rtu', theirs]);
    await readPymodbus(bus(`serial://${ours}`, { lateReplyMs: 50 }));
  });
});
