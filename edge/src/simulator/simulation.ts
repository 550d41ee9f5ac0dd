import type { WireClock } from '../wire/moment.ts';
import { isByRequests } from './answer-faults.ts';
import type { Building } from './building.ts';
import { durationOf, QUARTER_MS } from './calendar.ts';
import type { FaultConfig } from './fault.schema.ts';
import { type OpenLine, openLine } from './open-line.ts';
import type { SimClock } from './sim-clock.ts';
import { TruthFile } from './truth-file.ts';
import { counterLines, type TruthLine, timeOf } from './truth-lines.ts';
import { VirtualBus } from './virtual-bus.ts';

export interface SimulationOptions {
  readonly building: Building;
  readonly clock: SimClock;
  readonly wire: WireClock;
  /** Relative paths of ptys begin here. */
  readonly folder: string;
  readonly truthPath?: string | undefined;
  /** A second run continues the first. */
  readonly goesOn: boolean;
  /** Everything that a watcher may want to hear of; the same lines as in the truth file. */
  readonly heard?: (line: TruthLine) => void;
  /** All buses are open; before anything is heard. */
  readonly opened?: (buses: readonly RunningBus[]) => void;
}

export interface RunningBus {
  readonly id: string;
  readonly url: string;
  readonly meters: number;
  readonly requests: number;
  readonly replies: number;
}

/** A window that the clock alone opens and closes. */
interface Window {
  readonly fault: FaultConfig;
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** The building on its buses, and its truth in a file. */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #buses: VirtualBus[] = [];
  readonly #lines: OpenLine[] = [];
  readonly #windows: readonly Window[];
  #truth: TruthFile | undefined;
  #seen: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#seen = options.clock.start - 1;
    this.#windows = windowsOf(options.building);
  }

  async start(): Promise<void> {
    const { building, clock, wire, folder, truthPath, goesOn } = this.#options;
    if (truthPath !== undefined) {
      this.#truth = TruthFile.open(truthPath, building, clock.start, goesOn);
      // What came to pass while nothing ran is told too.
      this.#seen = this.#truth.until;
    }
    // The first look at a long past costs a moment: before anybody waits for an answer.
    for (const point of building.points)
      if (point.to > clock.start) point.meter.count(point.index, clock.start);
    try {
      for (const config of building.config.buses) {
        const bus = new VirtualBus(building, config, clock.now, {
          moved: (meter, move, at) => {
            const { control, state } = move;
            this.#tell({ kind: 'switch', at, moved: move.at, meter: meter.parts.id, control, state });
          },
          harmed: (meter, effect, why, at) =>
            this.#tell({ kind: 'harm', at, meter: meter.parts.id, effect, why }),
          fault: (meter, { fault }, what, at) => {
            const index = building.config.faults.indexOf(fault);
            this.#tell({ kind: 'fault', fault: fault.kind, what, at, meter: meter.parts.id, index });
          },
        });
        this.#lines.push(await openLine(config, bus.answer, wire, folder));
        this.#buses.push(bus);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#options.opened?.(this.buses);
    this.#look();
    const everyMs = Math.min(1_000, Math.max(20, QUARTER_MS / clock.speed / 2));
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  async stop(): Promise<void> {
    if (this.#timer) {
      clearInterval(this.#timer);
      this.#look();
      this.#tell({ kind: 'end', at: this.#options.clock.now() });
    }
    this.#timer = undefined;
    for (const line of this.#lines.splice(0).reverse()) await line.close();
  }

  get buses(): readonly RunningBus[] {
    return this.#lines.map(({ url, counts }, i) => {
      const config = this.#options.building.config.buses[i];
      return {
        id: config?.id ?? '',
        url,
        meters: config?.meters.length ?? 0,
        requests: counts.requests,
        replies: counts.replies,
      };
    });
  }

  /** Faults that are there now. */
  get faultsNow(): number {
    const now = this.#options.clock.now();
    const timed = this.#windows.filter(({ from, to }) => from <= now && now < to).length;
    return (
      timed +
      this.#buses.flatMap((bus) => bus.faults).filter((one) => one.isOpen && isByRequests(one.watched)).length
    );
  }

  #tell(line: TruthLine): void {
    // What came before stands before it.
    if ('at' in line) this.#look(line.at);
    this.#truth?.write([line]);
    this.#options.heard?.(line);
  }

  /** What time alone has brought since the last look. */
  #look(to = this.#options.clock.now()): void {
    if (to <= this.#seen) return;
    const from = this.#seen;
    this.#seen = to;
    const turns = this.#windows.flatMap((window) => this.#turns(window, from, to));
    this.#truth?.advance(to, turns);
    if (!this.#options.heard) return;
    const events = [...turns, ...counterLines(this.#options.building, from, to)];
    for (const event of events.toSorted((a, b) => timeOf(a) - timeOf(b))) this.#options.heard(event);
  }

  /** Whether a window has opened or closed meanwhile. */
  #turns({ fault, index, from: begin, to: end }: Window, from: number, to: number): TruthLine[] {
    const whom = 'meter' in fault ? { meter: fault.meter } : { bus: fault.bus };
    const line = (what: 'begins' | 'ends', at: number): TruthLine[] =>
      from < at && at <= to ? [{ kind: 'fault', fault: fault.kind, what, at, ...whom, index }] : [];
    const begins = line('begins', begin);
    if (begins.length > 0 && fault.kind === 'cut' && fault.disconnect) {
      const bus = this.#buses.findIndex(({ config }) => config.id === fault.bus);
      this.#lines[bus]?.disconnect();
    }
    return [...begins, ...line('ends', end)];
  }
}

function windowsOf(building: Building): Window[] {
  return building.config.faults.flatMap((fault, index): Window[] => {
    if ('afterRequests' in fault && fault.afterRequests !== undefined) return [];
    if ('forRequests' in fault && fault.forRequests !== undefined) return [];
    if (fault.kind === 'reset' || fault.kind === 'swap' || fault.kind === 'rollover') return [];
    const from = building.momentOf(fault) ?? building.startedAt;
    const to = fault.for === undefined ? Number.POSITIVE_INFINITY : from + durationOf(fault.for);
    return [{ fault, index, from, to }];
  });
}
