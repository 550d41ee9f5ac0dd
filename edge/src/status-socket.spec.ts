import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { StatusSocket, type StatusSocketOptions, statusSocketPath } from './status-socket.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ml-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function socketOf(options: Partial<StatusSocketOptions> = {}) {
  const said: string[] = [];
  let looks = 0;
  const path = statusSocketPath(folder);
  const socket = new StatusSocket({
    path,
    snapshot: () => {
      looks += 1;
      return { v: 1, n: looks };
    },
    log: (level, line) => said.push(`${level} ${line}`),
    everyMs: 10,
    ...options,
  });
  onTestFinished(() => socket.stop());
  return { socket, path, said, looks: () => looks };
}

async function readerOf(path: string) {
  const socket = connect(path);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return { socket, lines: linesOf(socket) };
}

async function* linesOf(socket: Socket): AsyncGenerator<{ v: number; n: number }> {
  let rest = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as { v: number; n: number };
  }
}

async function take(lines: AsyncGenerator<{ n: number }>, count: number): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < count) {
    const { value, done } = await lines.next();
    if (done) break;
    taken.push(value.n);
  }
  return taken;
}

describe('the status socket', () => {
  it('tells how things are at once, then again and again, to several readers', async () => {
    const { socket, path, said } = socketOf();
    expect(await socket.start()).toBe(true);
    const readers = await Promise.all([readerOf(path), readerOf(path), readerOf(path)]);
    for (const { lines } of readers) {
      const [first = 0, second = 0, third = 0] = await take(lines, 3);
      expect(first).toBeGreaterThan(0);
      expect(second).toBeGreaterThan(first);
      expect(third).toBeGreaterThan(second);
    }
    expect(said).toEqual([]);
  });

  it('looks at nothing while nobody reads', async () => {
    const { socket, path, looks } = socketOf();
    await socket.start();
    await sleep(40);
    expect(looks()).toBe(0);
    const reader = await readerOf(path);
    await take(reader.lines, 2);
    reader.socket.destroy();
    await expect.poll(() => socket.readers).toBe(0);
    const seen = looks();
    await sleep(40);
    expect(looks()).toBe(seen);
  });

  it('is for the owner alone, whatever the umask', async () => {
    const { socket, path } = socketOf();
    await socket.start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path.slice(0, -1)}~`)).toBe(false);
  });

  it('goes when the agent goes', async () => {
    const { socket, path } = socketOf();
    await socket.start();
    const { lines } = await readerOf(path);
    await take(lines, 1);
    await socket.stop();
    expect(existsSync(path)).toBe(false);
    await expect(take(lines, 100)).resolves.not.toHaveLength(100);
  });

  it('replaces what a killed agent has left', async () => {
    const { socket, path, said } = socketOf();
    const serve = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('listens'))`;
    const killed = spawn(process.execPath, ['-e', serve], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(path)).toBe(true);
    expect(await socket.start()).toBe(true);
    const { lines } = await readerOf(path);
    expect(await take(lines, 1)).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it('leaves the socket of another agent alone', async () => {
    const first = socketOf();
    await first.socket.start();
    const second = socketOf();
    expect(await second.socket.start()).toBe(false);
    expect(second.said).toEqual([expect.stringContaining('another agent serves it')]);
    await second.socket.stop();
    const { lines } = await readerOf(first.path);
    expect(await take(lines, 1)).toHaveLength(1);
  });

  it('does not remove the socket of a successor', async () => {
    const first = socketOf();
    await first.socket.start();
    rmSync(first.path);
    const second = socketOf();
    await second.socket.start();
    await first.socket.stop();
    expect(existsSync(second.path)).toBe(true);
  });

  it('says in one line that it cannot be had, and the agent goes on', async () => {
    const deep = join(folder, 'x'.repeat(120));
    mkdirSync(deep);
    const long = socketOf({ path: statusSocketPath(deep) });
    expect(await long.socket.start()).toBe(false);
    expect(long.said).toEqual([expect.stringMatching(/^warn .*status cannot be served/)]);
    const nowhere = socketOf({ path: join(folder, 'nowhere', 'agent.sock') });
    expect(await nowhere.socket.start()).toBe(false);
    expect(nowhere.said).toHaveLength(1);
    await nowhere.socket.stop();
  });

  it('survives a look that fails, and says so once', async () => {
    let fails = true;
    const { socket, path, said } = socketOf({
      snapshot: () => {
        if (fails) throw new Error('the disk would not say');
        return { n: 7 };
      },
    });
    await socket.start();
    const { lines } = await readerOf(path);
    await expect.poll(() => said).toEqual(['warn status: the disk would not say']);
    await sleep(40);
    expect(said).toHaveLength(1);
    fails = false;
    expect(await take(lines, 1)).toEqual([7]);
  });

  it('keeps one line at most for a reader that does not read, and lets it go in the end', async () => {
    const big = 'x'.repeat(4 << 20);
    const { socket, path } = socketOf({ snapshot: () => ({ n: 1, big }), patienceMs: 200 });
    await socket.start();
    const slow = connect(path);
    onTestFinished(() => {
      slow.destroy();
    });
    slow.pause();
    await once(slow, 'connect');
    await expect.poll(() => socket.readers).toBe(1);
    // Another reader is served meanwhile.
    const { lines, socket: quick } = await readerOf(path);
    expect(await take(lines, 3)).toEqual([1, 1, 1]);
    await expect.poll(() => socket.readers, { timeout: 5_000 }).toBe(1);
    quick.destroy();
    await expect.poll(() => socket.readers).toBe(0);
  });

  it('cares for nothing that a reader says', async () => {
    const { socket, path } = socketOf();
    await socket.start();
    const { socket: reader, lines } = await readerOf(path);
    for (let i = 0; i < 100; i += 1) reader.write('stop\n'.repeat(1_000));
    expect(await take(lines, 3)).toHaveLength(3);
  });

  it('serves no more readers than it can', async () => {
    const { socket, path } = socketOf();
    await socket.start();
    let closed = 0;
    const readers = Array.from({ length: 24 }, () => connect(path));
    for (const reader of readers) {
      onTestFinished(() => {
        reader.destroy();
      });
      reader.on('close', () => {
        closed += 1;
      });
      reader.resume();
    }
    await expect.poll(() => closed).toBe(8);
    expect(socket.readers).toBe(16);
  });
});
