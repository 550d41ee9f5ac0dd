import { readSync, writeSync } from 'node:fs';
import { SerialPort } from 'serialport';
import type { LineFormat } from './port-url.ts';

/** The part of a binding that POSIX systems have. */
interface PosixPort {
  readonly fd: number | null;
  readonly poller: { once(event: 'readable', done: (error: Error | null) => void): unknown };
  set(flags: Record<string, boolean>): Promise<void>;
  close(): Promise<void>;
}

export interface DeviceEvents {
  bytes(chunk: Uint8Array): void;
  gone(reason: string): void;
}

const READ_BYTES = 1024;
const UNPLUGGED = 'the port was unplugged';
const FULL = 'the port takes no more bytes';

/**
 * An open port, read and written in the event loop itself: the streams of the library go through the thread pool, where
 * a byte can wait behind slow disk writes while its reply's time runs out, and spin on a port that was hung up.
 */
export class SerialDevice {
  readonly #port: PosixPort;
  readonly #events: DeviceEvents;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #closed = false;

  private constructor(port: PosixPort, events: DeviceEvents) {
    this.#port = port;
    this.#events = events;
  }

  /** Rejects with the binding's own words. */
  static async open(path: string, line: LineFormat, events: DeviceEvents): Promise<SerialDevice> {
    const port = await SerialPort.binding.open({
      path,
      baudRate: line.baud,
      dataBits: line.data,
      parity: line.parity,
      stopBits: line.stop,
      // Two masters on one line read each other's replies.
      lock: true,
    });
    if (!('poller' in port)) {
      await port.close();
      throw new Error('serial ports can be used on Linux and macOS only');
    }
    const device = new SerialDevice(port, events);
    if (process.platform === 'linux') await device.#lowLatency();
    device.#listen();
    return device;
  }

  /** Without it some USB adapters keep bytes back for 16 ms. Pseudo-terminals and some drivers have no such thing. */
  async #lowLatency(): Promise<void> {
    const asOpened = { brk: false, cts: false, dsr: false, dtr: true, rts: true };
    await this.#port.set({ ...asOpened, lowLatency: true }).catch(() => {});
  }

  #listen(): void {
    if (this.#closed) return;
    this.#port.poller.once('readable', (error) => {
      if (this.#closed) return;
      if (error) this.#gone(error.message);
      else this.#read();
    });
  }

  #read(): void {
    const { fd } = this.#port;
    if (fd === null) return;
    try {
      const length = readSync(fd, this.#buffer, 0, READ_BYTES, null);
      // A port that was hung up stays readable for ever, with nothing in it.
      if (length === 0) this.#gone(UNPLUGGED);
      else this.#events.bytes(Uint8Array.prototype.slice.call(this.#buffer, 0, length));
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException, ['EAGAIN', 'EINTR']);
    }
    this.#listen();
  }

  write(bytes: Uint8Array): void {
    const { fd } = this.#port;
    if (fd === null || this.#closed) return;
    try {
      // A frame is far smaller than the driver's buffer, which is empty: the one before it was answered or given up.
      const length = writeSync(fd, bytes);
      if (length < bytes.length) this.#gone(FULL);
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException, []);
    }
  }

  #failed({ code = '', message }: NodeJS.ErrnoException, harmless: readonly string[]): void {
    if (harmless.includes(code)) return;
    this.#gone(code === 'EAGAIN' ? FULL : code === 'EIO' || code === 'ENXIO' ? UNPLUGGED : message);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#port.close().catch(() => {});
  }

  #gone(reason: string): void {
    if (this.#closed) return;
    this.#events.gone(reason);
  }
}
