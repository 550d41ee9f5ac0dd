import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { busShown, meterShown, snapshotShown } from '../../test/support/snapshots.ts';
import { StatusSocket, statusSocketPath } from '../status-socket.ts';
import { EXIT, type Io, type Screen } from './io.ts';
import { main } from './main.ts';
import { snapshotsOf } from './status-feed.ts';

let state = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'ml-'));
  const made = state;
  return () => rmSync(made, { recursive: true, force: true });
});

const SHOWN = snapshotShown({ buses: [busShown('อาคาร A', [meterShown(7, 'ห้อง 101')])] });

async function agent(snapshot: () => object = () => SHOWN): Promise<StatusSocket> {
  const socket = new StatusSocket({
    path: statusSocketPath(state),
    snapshot,
    log: () => undefined,
    everyMs: 20,
  });
  expect(await socket.start()).toBe(true);
  onTestFinished(() => socket.stop());
  return socket;
}

async function run(args: readonly string[], more: Partial<Io> = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(['status', '--state', state, ...args], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    read: (path) => readFile(path),
    ...more,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

function screenOf(drawn: string[], size = { columns: 60, rows: 24 }): Screen {
  return {
    ...size,
    coloured: false,
    draw: (text) => {
      drawn.push(text);
    },
    resized: () => () => undefined,
  };
}

describe('status', () => {
  it('says in one line that no agent runs', async () => {
    const { code, out, err } = await run([]);
    expect({ code, out }).toEqual({ code: EXIT.unavailable, out: '' });
    expect(err).toMatch(/^meterline-edge: no agent runs on [^\n]*meterline-edge run\)$/);
  });

  it('says the same of what a killed agent has left', async () => {
    writeFileSync(statusSocketPath(state), '');
    expect(await run([])).toMatchObject({
      code: EXIT.unavailable,
      err: expect.stringContaining('no agent runs'),
    });
  });

  it('prints one plain table where nobody sees it redrawn', async () => {
    await agent();
    const { code, out, err } = await run([]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^gateway [\s\S]*^ +7 {2}ห้อง 101 /m);
    expect(out).not.toContain('\u001b');
  });

  it('does so once on a terminal, too, when asked to', async () => {
    await agent();
    const drawn: string[] = [];
    const { code, out } = await run(['--once'], { screen: screenOf(drawn) });
    expect({ code, drawn }).toEqual({ code: 0, drawn: [] });
    expect(out).toContain('ห้อง 101');
  });

  it('hands out the snapshot itself', async () => {
    await agent();
    expect(JSON.parse((await run(['--json'])).out)).toEqual(SHOWN);
  });

  it('redraws in place until the agent ends, and leaves the terminal as it was', async () => {
    const socket = await agent();
    const drawn: string[] = [];
    const running = run([], { screen: screenOf(drawn, { columns: 60, rows: 9 }) });
    await expect.poll(() => drawn.length).toBeGreaterThan(4);
    await socket.stop();
    expect(await running).toEqual({
      code: EXIT.unavailable,
      out: '',
      err: 'meterline-edge: the agent has ended',
    });
    expect(drawn[0]).toBe('\u001b[?1049h\u001b[?25l');
    expect(drawn.at(-1)).toBe('\u001b[?25h\u001b[?1049l');
    const lines = drawn[1]?.split('\r\n') ?? [];
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toContain('more lines: a larger window, or --once, shows all');
    expect(drawn.filter((text) => text.includes('?1049'))).toHaveLength(2);
  });

  it('ends when nobody looks any more', async () => {
    await agent();
    const gone = new AbortController();
    const drawn: string[] = [];
    const running = run([], { screen: screenOf(drawn), gone: gone.signal });
    await expect.poll(() => drawn.length).toBeGreaterThan(2);
    gone.abort();
    expect(await running).toEqual({ code: 0, out: '', err: '' });
  });

  it.each([
    ['what is no agent', 'HTTP/1.1 400 Bad Request\r\n', 'what answers there is no agent'],
    ['an agent of another version', '{"v":2}\n', 'is of another version: restart it'],
  ])('does not believe %s', async (_, says, message) => {
    const server = createServer((socket) => socket.end(says)).listen(statusSocketPath(state));
    onTestFinished(() => void server.close());
    expect(await run([])).toMatchObject({ code: EXIT.unavailable, err: expect.stringContaining(message) });
  });

  it('does not wait for ever for an agent that is stuck', async () => {
    const server = createServer(() => undefined).listen(statusSocketPath(state));
    onTestFinished(() => void server.close());
    const snapshots = snapshotsOf(state, new AbortController().signal, 50);
    await expect(snapshots.next()).rejects.toThrow('the agent does not answer');
  });

  it('reads lines in whatever pieces they come', async () => {
    const bytes = Buffer.from(`${JSON.stringify(SHOWN)}\n${JSON.stringify({ ...SHOWN, at: null })}\n`);
    const server = createServer(async (socket) => {
      for (let at = 0; at < bytes.length; at += 97) {
        socket.write(bytes.subarray(at, at + 97));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }).listen(statusSocketPath(state));
    onTestFinished(() => void server.close());
    const snapshots = snapshotsOf(state, new AbortController().signal);
    expect((await snapshots.next()).value).toEqual(SHOWN);
    expect((await snapshots.next()).value).toEqual({ ...SHOWN, at: null });
    await snapshots.return(undefined);
  });
});
