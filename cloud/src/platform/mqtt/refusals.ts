import type { Logger } from '../telemetry/index.ts';
import type { MqttRefusal } from './mqtt-door.ts';

const SAY_EVERY_MS = 60_000;

/** Counts what was turned away, and tells of each reason once a minute at most: an attack must not fill the log. */
export class Refusals {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #counts = new Map<MqttRefusal, number>();
  readonly #said = new Map<MqttRefusal, { at: number; unsaid: number }>();

  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  count(reason: MqttRefusal, about: { name?: string; address?: string; detail?: string }): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    const said = this.#said.get(reason);
    const now = this.#now();
    if (said && now - said.at < SAY_EVERY_MS) {
      said.unsaid += 1;
      return;
    }
    this.#said.set(reason, { at: now, unsaid: 0 });
    this.#logger.warn(
      { reason, ...about, ...(said && said.unsaid > 0 && { alike: said.unsaid }) },
      'MQTT refused',
    );
  }

  get counts(): Readonly<Partial<Record<MqttRefusal, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
