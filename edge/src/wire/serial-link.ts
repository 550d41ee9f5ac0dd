import { statSync } from 'node:fs';
import { BackOff, type BackOffRules } from './back-off.ts';
import type { Link, LinkEvents, LinkState } from './link.ts';
import { portCharacterUs, type SerialAddress } from './port-url.ts';
import { SerialDevice } from './serial-device.ts';
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
  #device: SerialDevice | null = null;
  /** Which device the path led to when it was opened. */
  #identity = '';
  #opening = 0;
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
    this.#device?.write(bytes);
  }

  served(): void {
    this.#backOff.succeeded();
  }

  doubt(): void {
    this.#look();
  }

  reset(reason: string): void {
    if (this.#state.kind === 'up') this.#lost(reason);
  }

  async stop(): Promise<void> {
    this.#events = null;
    this.#opening++;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#watch) clearInterval(this.#watch);
    const device = this.#device;
    this.#device = null;
    this.#state = { kind: 'down', reason: 'stopped' };
    await device?.close();
  }

  #open(): void {
    const path = this.#path;
    const turn = ++this.#opening;
    const mine = () => this.#opening === turn;
    const opened = SerialDevice.open(path, this.#address.line, {
      bytes: (chunk) => {
        if (mine()) this.#events?.bytes(chunk);
      },
      gone: (reason) => {
        if (mine()) this.#lost(reason);
      },
    });
    opened.then(
      (device) => {
        if (mine()) this.#opened(device);
        else void device.close();
      },
      (error: Error) => {
        if (mine()) this.#lost(openProblem(error.message));
      },
    );
  }

  #opened(device: SerialDevice): void {
    this.#device = device;
    this.#identity = identityOf(this.#path);
    this.#path = stableName(this.#path);
    this.#enter({ kind: 'up' });
  }

  /** Not every driver tells that the plug was pulled: the file of the device does. */
  #look(): void {
    if (this.#state.kind === 'up' && identityOf(this.#path) !== this.#identity) {
      this.#lost('the port was unplugged');
    }
  }

  #lost(reason: string): void {
    this.#opening++;
    void this.#device?.close();
    this.#device = null;
    this.#enter({ kind: 'down', reason });
    if (!this.#events) return;
    this.#timer = setTimeout(() => this.#open(), this.#backOff.nextMs());
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#events?.changed();
  }
}

/** Which device a path leads to now; another one, or none, means that the plug was pulled. */
function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.rdev}:${stat.ino}` : '';
}

/** Why not; whoever tells it names the port. */
function openProblem(message: string): string {
  if (/No such file/i.test(message)) return 'there is no such port: is the adapter plugged in?';
  if (/Cannot lock port/i.test(message)) return 'it is in use by another process';
  if (/Permission denied/i.test(message)) {
    return 'this user may not open it, and must be in the group that owns it (dialout)';
  }
  if (/Inappropriate ioctl|Not a typewriter/i.test(message)) return 'it is not a serial port';
  return `it cannot be opened: ${message.replace(/^Error:?\s*/, '').replace(/,? cannot open .*$/i, '')}`;
}
