import type pg from 'pg';
import { connect, type PoolSettings } from './connection.ts';
import { Pulse } from './pulse.ts';

export interface ListenerOptions extends Pick<PoolSettings, 'url' | 'setting'> {
  readonly channel: string;
  /** Something was announced, or may have been while there was no connection. */
  readonly onNotify: () => void;
  /** Once for each loss, not for each attempt. */
  readonly onLost?: (error: unknown) => void;
}

const SHORTEST_GAP_MS = 50;

/**
 * Hears NOTIFY on a connection of its own, which it replaces when it breaks. Only a convenience: whoever listens must
 * also poll, since a notification given while nobody is connected is gone.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #pulse = new Pulse();
  #running: Promise<void> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #due: NodeJS.Timeout | undefined;

  constructor(options: ListenerOptions) {
    if (!/^[a-z_]{1,60}$/.test(options.channel)) throw new TypeError(`"${options.channel}" is no channel`);
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#pulse.stop();
    await this.#running;
    clearTimeout(this.#due);
  }

  /** Any role may notify: a flood is told of a few times a second, and nothing of it is lost. */
  #tell(): void {
    if (this.#due) return;
    const waitMs = Math.max(0, this.#toldAt + SHORTEST_GAP_MS - performance.now());
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.#toldAt = performance.now();
      if (!this.#pulse.stopped) this.#options.onNotify();
    }, waitMs);
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#pulse.stopped; failures++) {
      try {
        const client = await connect({ ...this.#options, applicationName: 'meterline listener' });
        failures = 0;
        await this.#hear(client);
      } catch (error) {
        if (failures === 0) this.#options.onLost?.(error);
      }
      if (!this.#pulse.stopped) await this.#pulse.wait(Math.min(10_000, 200 * 2 ** Math.min(failures, 10)));
    }
  }

  async #hear(client: pg.Client): Promise<void> {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    client.on('error', lost.reject);
    client.on('end', () => lost.reject(new Error('the connection was closed')));
    client.on('notification', () => this.#tell());
    try {
      await client.query(`listen ${this.#options.channel}`);
      this.#tell();
      await Promise.race([lost.promise, this.#pulse.untilStopped]);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/**
 * Announces after the commit, on a connection of the pool, and at most once in a while: a NOTIFY inside of the
 * transaction would make all commits of the server queue for one lock.
 */
export function announcer(pool: pg.Pool, channel: string, everyMs = 25): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      // A lost announcement costs one polling interval.
      pool.query('select pg_notify($1, $2)', [channel, '']).catch(() => {});
    }, everyMs);
  };
}

export const OUTBOX_CHANNEL = 'meterline_outbox';
