import { statSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { BackOff, type BackOffRules } from './back-off.ts';
import type { Link, LinkEvents, LinkState } from './link.ts';
import { portCharacterUs, type SerialAddress } from './port-url.ts';
import { stableName } from './serial-ports.ts';
import { t35Us } from './timing.ts';

export interface SerialLinkOptions {
  readonly backOff?: BackOffRules;
  /** How often the device file is looked at: a pulled plug is not always told by the driver. */
  readonly watchMs?: number;
}

const BACK_OFF: BackOffRules = { firstMs: 200, mostMs: 5_000 };
const WATCH_MS = 1_000;

/** A local port. Direction of the RS-485 driver is the kernel's or the adapter's: no control line is touched for it. */
export class SerialLink implements Link {
  readonly framing = 'rtu';
  readonly streams = true;
  readonly characterUs: number;
  readonly t35Us: number;
  readonly #address: SerialAddress;
  readonly #backOff: BackOff;
  readonly #watchMs: number;
  #events: LinkEvents | null = null;
  #state: LinkState = { kind: 'opening' };
  /** The name by which the port is found again, whatever number the kernel gives it then. */
  #path: string;
  #port: SerialPort | null = null;
  #device = '';
  #timer: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;

  constructor(address: SerialAddress, options: SerialLinkOptions = {}) {
    this.#address = address;
    this.#path = address.path;
    this.#backOff = new BackOff(options.backOff ?? BACK_OFF);
    this.#watchMs = options.watchMs ?? WATCH_MS;
    this.characterUs = portCharacterUs(address);
    this.t35Us = t35Us(address.line);
  }

  get name(): string {
    return this.#path;
  }

  get state(): LinkState {
    return this.#state;
  }

  start(events: LinkEvents): void {
    this.#events = events;
    this.#watch = setInterval(() => this.#look(), this.#watchMs);
    this.#open();
  }

  send(bytes: Uint8Array): void {
    this.#port?.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  served(): void {
    this.#backOff.succeeded();
  }

  doubt(): void {
    this.#look();
  }

  reset(reason: string): void {
    if (this.#port && this.#state.kind === 'up') this.#lost(this.#port, reason);
  }

  async stop(): Promise<void> {
    this.#events = null;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#watch) clearInterval(this.#watch);
    const port = this.#port;
    this.#port = null;
    this.#state = { kind: 'down', reason: 'stopped' };
    if (port) await close(port);
  }

  #open(): void {
    const { line } = this.#address;
    const path = this.#path;
    const port = new SerialPort({
      path,
      baudRate: line.baud,
      dataBits: line.data,
      parity: line.parity,
      stopBits: line.stop,
      // Two masters on one line read each other's replies.
      lock: true,
      autoOpen: false,
    });
    this.#port = port;
    port.on('data', (chunk: Buffer) => {
      if (this.#port === port) this.#events?.bytes(chunk);
    });
    port.on('error', (error) => this.#lost(port, error.message));
    port.on('close', () => this.#lost(port, 'the port was unplugged'));
    port.open((error) => (error ? this.#lost(port, openProblem(error.message, path)) : this.#opened(port)));
  }

  #opened(port: SerialPort): void {
    if (this.#port !== port) {
      void close(port);
      return;
    }
    this.#device = deviceOf(this.#path);
    this.#path = stableName(this.#path);
    // Without it some USB adapters keep bytes back for 16 ms. Pseudo-terminals and some drivers have no such thing.
    if (process.platform === 'linux') port.set({ lowLatency: true } as object, () => {});
    this.#backOff.succeeded();
    this.#enter({ kind: 'up' });
  }

  /** A driver that hangs up a port leaves it readable for ever with nothing in it: only the file tells. */
  #look(): void {
    if (!this.#port || this.#state.kind !== 'up') return;
    if (deviceOf(this.#path) !== this.#device) this.#lost(this.#port, 'the port was unplugged');
  }

  #lost(port: SerialPort, reason: string): void {
    if (this.#port !== port) return;
    this.#port = null;
    void close(port);
    this.#enter({ kind: 'down', reason });
    if (!this.#events) return;
    this.#timer = setTimeout(() => this.#open(), this.#backOff.nextMs());
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#events?.changed();
  }
}

function close(port: SerialPort): Promise<void> {
  return new Promise((resolve) => {
    if (!port.isOpen) return resolve();
    port.close(() => resolve());
  });
}

/** Which device a path leads to now; another one, or none, means that the plug was pulled. */
function deviceOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.rdev}:${stat.ino}` : '';
}

function openProblem(message: string, path: string): string {
  if (/No such file/i.test(message)) return `${path} is not there: is the adapter plugged in?`;
  if (/Cannot lock port/i.test(message)) return `${path} is in use by another process`;
  if (/Permission denied/i.test(message)) {
    return `no permission to open ${path}: the user must be in the group that owns it (dialout)`;
  }
  if (/Inappropriate ioctl|Not a typewriter/i.test(message)) return `${path} is not a serial port`;
  return `${path} cannot be opened: ${message.replace(/^Error:?\s*/, '').replace(/,? cannot open .*$/i, '')}`;
}
