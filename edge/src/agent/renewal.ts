import type { Clock } from '../clock.ts';
import { doorTo, type Identity, knockForRenewal } from '../enrol/index.ts';
import type { HubWay } from './hub-way.ts';
import type { Log } from './log.ts';
import type { Timekeeper } from './timekeeper.ts';

export interface RenewalParts {
  readonly identity: Identity;
  readonly agent: string;
  readonly clock: Clock;
  readonly time: Timekeeper;
  readonly way: HubWay;
  readonly log: Log;
  /** Connects with the new certificate beside the old connection. */
  readonly reload: (timeoutMs: number) => Promise<{ ok: true } | { ok: false; reason: string }>;
}

const HOUR_MS = 3_600_000;
const RELOAD_MS = 60_000;

/** Asks for the next certificate in good time, an hour between two attempts. */
export class Renewal {
  readonly #parts: RenewalParts;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  async tend(): Promise<void> {
    const { clock, time, way } = this.#parts;
    const { mono } = clock.now();
    const { credentials } = way;
    const utc = time.utc() ?? null;
    if (mono - this.#triedAt < HOUR_MS || credentials.hub === null || !credentials.renewalDue(utc)) return;
    this.#triedAt = mono;
    await this.#renew(credentials.hub);
  }

  async #renew(hub: string): Promise<void> {
    const { identity, agent, time, way, log, reload } = this.#parts;
    const { credentials } = way;
    const door = doorTo({ hub, pinned: credentials.pinnedPems });
    const utc = () => time.utc() ?? null;
    const step = await knockForRenewal({ identity, credentials, door, hub, agent, utc });
    if (step.is !== 'enrolled') {
      const why = step.is === 'waiting' ? 'the hub lets us wait' : step.detail;
      log('warn', `the certificate is not renewed yet: ${why}`);
      return;
    }
    const reloaded = await reload(RELOAD_MS);
    const until = new Date(step.expires).toISOString().slice(0, 10);
    if (reloaded.ok) log('info', `the certificate is renewed, valid until ${until}`);
    else log('warn', `a new certificate is there, but not in use yet: ${reloaded.reason}`);
  }
}
