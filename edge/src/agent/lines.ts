import type { Bus as BusConfig, BusId } from '@meterline/contracts';
import { type Bus, openBus, type WireClock } from '../wire/index.ts';

interface Open {
  readonly url: string;
  readonly bus: Bus;
}

/** The ports that are open: polling and switching share one queue a line. */
export class Lines {
  readonly #clock: WireClock;
  readonly #open = new Map<BusId, Open>();

  constructor(clock: WireClock) {
    this.#clock = clock;
  }

  /** Opens the port of a bus, or hands out the one that is open. */
  line({ id, url }: BusConfig): Bus {
    const known = this.#open.get(id);
    if (known?.url === url) return known.bus;
    const bus = openBus(url, this.#clock);
    this.#open.set(id, { url, bus });
    return bus;
  }

  of(id: BusId): Bus | undefined {
    return this.#open.get(id)?.bus;
  }

  /** Whoever spoke on the others has stopped already. */
  async keep(buses: readonly BusConfig[]): Promise<void> {
    const wanted = new Map(buses.map(({ id, url }) => [id, url]));
    const leaving = [...this.#open].filter(([id, { url }]) => wanted.get(id) !== url);
    for (const [id] of leaving) this.#open.delete(id);
    await Promise.all(leaving.map(([, { bus }]) => bus.stop()));
  }

  stop(): Promise<void> {
    return this.keep([]);
  }
}
