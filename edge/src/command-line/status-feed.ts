import { connect } from 'node:net';
import type { AgentSnapshot } from '../snapshot.ts';
import { statusSocketPath } from '../status-socket.ts';
import { EXIT, Failure } from './io.ts';

/** A snapshot of a large gateway has some hundred kB. */
const LINE_MAX = 32 << 20;
const PATIENCE_MS = 5_000;

/** The file without somebody behind it is what a killed agent leaves. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);
const FORBIDDEN = new Set(['EACCES', 'EPERM']);

/** What the agent of this state folder tells of itself, once a second, until it ends or `signal` is given. */
export async function* snapshotsOf(
  state: string,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): AsyncGenerator<AgentSnapshot> {
  const path = statusSocketPath(state);
  const socket = connect(path);
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop);
  const silence = setTimeout(
    () => socket.destroy(new Failure(`the agent does not answer on ${path}`, EXIT.unavailable)),
    patienceMs,
  );
  try {
    for await (const line of linesOf(socket)) {
      clearTimeout(silence);
      yield parsed(line);
    }
    if (!signal.aborted) throw new Failure('the agent has ended', EXIT.unavailable);
  } catch (error) {
    if (!signal.aborted) throw expected(error, state);
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
      [parts, size, from] = [[], 0, end + 1];
    }
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > LINE_MAX) throw new Failure('what answers there is no agent', EXIT.unavailable);
  }
}

function parsed(line: string): AgentSnapshot {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Failure('what answers there is no agent', EXIT.unavailable, { cause });
  }
  const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  if (version !== 1) {
    throw new Failure('the agent that runs is of another version: restart it', EXIT.unavailable);
  }
  return value as AgentSnapshot;
}

function expected(error: unknown, state: string): unknown {
  if (error instanceof Failure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const fail = (line: string) => new Failure(line, EXIT.unavailable, { cause: error });
  if (NOBODY.has(code))
    return fail(`no agent runs on ${state} (another folder? --state; start it: meterline-edge run)`);
  if (FORBIDDEN.has(code)) return fail(`${state}: this user may not see the status of its agent; try sudo`);
  return error;
}
