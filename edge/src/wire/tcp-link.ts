import { connect, type Socket } from 'node:net';
import { BackOff, type BackOffRules } from './back-off.ts';
import type { Link, LinkEvents, LinkState } from './link.ts';
import { formatPortUrl, portCharacterUs, type RtuTcpAddress, type TcpAddress } from './port-url.ts';
import { t35Us } from './timing.ts';

export interface TcpLinkOptions {
  readonly connectTimeoutMs?: number;
  readonly backOff?: BackOffRules;
  /** A connection in which this many requests in a row, over this time, stay without a byte is opened anew. */
  readonly silentRequests?: number;
  readonly silentMs?: number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const BACK_OFF: BackOffRules = { firstMs: 250, mostMs: 30_000 };
const KEEP_ALIVE_MS = 10_000;
const SILENT_REQUESTS = 5;
const SILENT_MS = 5_000;
/** A peer that closes this soon after its reply, twice running, does so always. */
const CLOSES_WITHIN_MS = 1_000;
const CLOSES_TIMES = 2;

/** Modbus TCP, or RTU frames through a converter. */
export class TcpLink implements Link {
  readonly name: string;
  readonly framing: 'rtu' | 'mbap';
  readonly characterUs: number;
  readonly t35Us: number;
  readonly streams = false;
  readonly #address: TcpAddress | RtuTcpAddress;
  readonly #options: TcpLinkOptions;
  readonly #backOff: BackOff;
  #events: LinkEvents | null = null;
  #state: LinkState = { kind: 'opening' };
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #silent = 0;
  #heardAtMs = 0;
  #servedHere = 0;
  #servedAtMs = 0;
  #closedAfterReply = 0;

  constructor(address: TcpAddress | RtuTcpAddress, options: TcpLinkOptions = {}) {
    this.#address = address;
    this.#options = options;
    this.#backOff = new BackOff(options.backOff ?? BACK_OFF);
    this.name = formatPortUrl(address).replace(/\?.*/, '');
    this.framing = address.kind === 'tcp' ? 'mbap' : 'rtu';
    this.characterUs = portCharacterUs(address);
    this.t35Us = address.kind === 'tcp' ? 0 : t35Us(address.line);
  }

  get state(): LinkState {
    return this.#state;
  }

  start(events: LinkEvents): void {
    this.#events = events;
    this.#connect();
  }

  send(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  served(): void {
    this.#silent = 0;
    this.#servedHere++;
    this.#servedAtMs = performance.now();
    this.#backOff.succeeded();
    // Closing first leaves no moment in which a request meets a connection that is about to end.
    if (this.#closedAfterReply >= CLOSES_TIMES) this.#again(this.#socket);
  }

  doubt(): void {
    const forMs = performance.now() - this.#heardAtMs;
    if (++this.#silent < (this.#options.silentRequests ?? SILENT_REQUESTS)) return;
    if (forMs < (this.#options.silentMs ?? SILENT_MS)) return;
    this.#silent = 0;
    this.reset('nothing comes back through this connection');
  }

  reset(reason: string): void {
    if (this.#socket && this.#state.kind === 'up') this.#lost(this.#socket, reason);
  }

  async stop(): Promise<void> {
    this.#events = null;
    if (this.#timer) clearTimeout(this.#timer);
    this.#socket?.destroy();
    this.#socket = null;
    this.#state = { kind: 'down', reason: 'stopped' };
  }

  #connect(): void {
    const { host, port } = this.#address;
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const timeoutMs = this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#socket = socket;
    this.#servedHere = 0;
    const overdue = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    let problem = '';
    socket.on('connect', () => {
      clearTimeout(overdue);
      if (this.#socket !== socket) return;
      this.#heardAtMs = performance.now();
      this.#enter({ kind: 'up' });
    });
    socket.on('data', (chunk) => {
      if (this.#socket !== socket) return;
      this.#silent = 0;
      this.#heardAtMs = performance.now();
      this.#events?.bytes(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      problem = PROBLEMS[error.code ?? ''] ?? error.message;
    });
    // A peer that has ended its side will answer no more.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(overdue);
      if (this.#socket === socket) this.#closed(socket, problem || 'the other side closed the connection');
    });
  }

  #closed(socket: Socket, reason: string): void {
    if (this.#state.kind !== 'up' || this.#servedHere === 0) {
      this.#lost(socket, reason);
      return;
    }
    const soon = this.#servedHere === 1 && performance.now() - this.#servedAtMs < CLOSES_WITHIN_MS;
    this.#closedAfterReply = soon ? this.#closedAfterReply + 1 : 0;
    this.#again(socket);
  }

  /** A connection that has done its work: the next one is opened at once. */
  #again(socket: Socket | null): void {
    this.#socket = null;
    socket?.destroy();
    this.#enter({ kind: 'opening' });
    if (this.#events) this.#connect();
  }

  #lost(socket: Socket, reason: string): void {
    this.#socket = null;
    socket.destroy();
    this.#enter({ kind: 'down', reason });
    if (!this.#events) return;
    this.#timer = setTimeout(() => this.#connect(), this.#backOff.nextMs());
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#events?.changed();
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused: nothing listens on that port',
  ECONNRESET: 'the other side broke the connection',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no way to that network',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'the other side has gone silent',
  EPIPE: 'the other side closed the connection',
};
