import { readFileSync } from 'node:fs';

export interface Machine {
  /** Bytes that this process has had written to the medium since midnight UTC, or since it began. */
  readonly writtenToday: number;
  readonly temperatureMilliC?: number;
  readonly undervoltage?: boolean;
}

export interface MachineFiles {
  readonly io: string;
  readonly temperature: string;
  /** On a Pi: bit 0 of the firmware's word says that the supply is too weak now. */
  readonly throttled: string;
}

const LINUX: MachineFiles = {
  io: '/proc/self/io',
  temperature: '/sys/class/thermal/thermal_zone0/temp',
  throttled: '/sys/devices/platform/soc/soc:firmware/get_throttled',
};

/** What a Pi says of itself; what it does not say is left out. */
export class MachineWatch {
  readonly #files: MachineFiles;
  #day = '';
  #before = 0;

  constructor(files: MachineFiles = LINUX) {
    this.#files = files;
  }

  look(utc: number): Machine {
    const written = Number(/^write_bytes: (\d+)$/m.exec(text(this.#files.io) ?? '')?.[1] ?? 0);
    const day = new Date(utc).toISOString().slice(0, 10);
    if (this.#day !== '' && this.#day !== day) this.#before = written;
    this.#day = day;
    const temperature = Number(text(this.#files.temperature) ?? Number.NaN);
    const throttled = Number.parseInt(text(this.#files.throttled) ?? '', 16);
    return {
      writtenToday: Math.max(0, written - this.#before),
      ...(Number.isInteger(temperature) &&
        Math.abs(temperature) < 200_000 && { temperatureMilliC: temperature }),
      ...(Number.isInteger(throttled) && { undervoltage: (throttled & 1) === 1 }),
    };
  }
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
