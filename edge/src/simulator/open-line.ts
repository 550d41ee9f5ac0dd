import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { WireClock } from '../wire/moment.ts';
import {
  type Handler,
  listenModbusTcp,
  listenRtuOverTcp,
  openPty,
  RtuServer,
  type ServerCounts,
  type ServerTiming,
} from '../wire/server/index.ts';
import { characterUs } from '../wire/timing.ts';
import type { BusConfig } from './config.schema.ts';

/** The bus cannot be opened: one line that says what to do. */
export class LineError extends Error {
  readonly code = 'line_not_open';
  readonly retryable = true;
  override readonly name = 'LineError';
}

export interface OpenLine {
  /** How a gateway opens it. */
  readonly url: string;
  readonly counts: ServerCounts;
  disconnect(): void;
  close(): Promise<void>;
}

/** Replies are handed on in pieces of this many characters, as an adapter’s buffer does: fewer would only cost time. */
const BURST = 32;

export async function openLine(
  config: BusConfig,
  handler: Handler,
  clock: WireClock,
  folder: string,
): Promise<OpenLine> {
  const line = { baud: config.baud, parity: config.parity, stop: config.stop };
  const timing: ServerTiming = {
    characterUs: characterUs(line),
    turnaroundMs: config.turnaroundMs,
    burst: BURST,
  };
  const query = `baud=${config.baud}&parity=${config.parity}&stop=${config.stop}`;
  if (config.kind === 'pty') return openTerminal(config, handler, timing, clock, folder, query);
  const listen = config.kind === 'tcp' ? listenModbusTcp : listenRtuOverTcp;
  try {
    const { host, port } = config;
    const listening = await listen({ handler, timing, clock, host, port });
    const place = `${listening.host.includes(':') ? `[${listening.host}]` : listening.host}:${listening.port}`;
    return {
      url: config.kind === 'tcp' ? `tcp://${place}` : `rtu+tcp://${place}?${query}`,
      counts: listening.counts,
      disconnect: () => listening.disconnect(),
      close: () => listening.close(),
    };
  } catch (cause) {
    throw new LineError(`bus ${config.id}: ${listenProblem(cause, config.host, config.port)}`, { cause });
  }
}

function listenProblem(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken; end the program that has it, or set another port`;
    case 'EACCES':
      return `port ${port} needs more rights; set one above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; set host to 127.0.0.1 or 0.0.0.0`;
    default:
      return `${host}:${port} cannot be listened on (${code || String(cause)})`;
  }
}

async function openTerminal(
  config: Extract<BusConfig, { kind: 'pty' }>,
  handler: Handler,
  timing: ServerTiming,
  clock: WireClock,
  folder: string,
  query: string,
): Promise<OpenLine> {
  const path = isAbsolute(config.path) ? config.path : join(folder, config.path);
  if (!existsSync(dirname(path))) {
    throw new LineError(
      `bus ${config.id}: the folder ${dirname(path)} does not exist; make it, or set another path`,
    );
  }
  const terminal = await openPty(path).catch((cause: unknown) => {
    const text = cause instanceof Error ? cause.message : String(cause);
    const remedy = text.includes('ENOENT')
      ? 'socat is not installed; install it (Debian: apt install socat), or set kind: rtu-over-tcp'
      : `${text}; set another path`;
    throw new LineError(`bus ${config.id}: ${remedy}`, { cause });
  });
  const server = new RtuServer(terminal.stream, { handler, timing, clock });
  return {
    url: `serial://${path}?${query}`,
    counts: server.counts,
    disconnect: () => {},
    close: async () => {
      server.close();
      await terminal.close();
    },
  };
}
