import {
  type BusId,
  type Config,
  type GatewayId,
  type Meter,
  type MeterId,
  type MeterProfile,
  reordered,
} from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import { type Change, changeText, type Health, judgeConfig } from '../desired/index.ts';

import { type ProfileSet, resolveProfile } from '../meters/profile-store.ts';
import type { Polling } from '../poll/index.ts';
import type { Bus } from '../wire/index.ts';
import type { Lines } from './lines.ts';
import type { Log } from './log.ts';

export interface InstallationParts {
  readonly gateway: GatewayId;
  /** Those of the agent; a configuration may bring more. */
  readonly profiles: ProfileSet;
  readonly clock: Clock;
  readonly lines: Lines;
  readonly polling: Polling;
  /** Intervals and budgets that are not polling's. */
  readonly settle: (config: Config) => void;
  readonly log: Log;
}

/** The buses and meters that are being read: how one configuration takes the place of another. */
export class Installation {
  readonly #parts: InstallationParts;
  #profiles: ProfileSet;
  #config: Config | null = null;
  #appliedMono = 0;

  constructor(parts: InstallationParts) {
    this.#parts = parts;
    this.#profiles = parts.profiles;
  }

  get config(): Config | null {
    return this.#config;
  }

  /** Throws when nothing of it can run. A port with another URL is closed before it is opened again. */
  async apply(config: Config, change: Change): Promise<void> {
    const { gateway, profiles: own, lines, polling, log, clock, settle } = this.#parts;
    const judged = judgeConfig(config, { gateway, profiles: own });
    if (!judged.ok)
      throw new Error(judged.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
    const { profiles, unverified } = judged;
    const leaving = new Set(change.buses.flatMap(({ id, is }) => (is === 'open' ? [] : [id])));
    if (leaving.size > 0) {
      const staying = config.buses.filter(({ id }) => !leaving.has(id));
      await polling.apply({ ...config, buses: staying }, profiles);
      await lines.keep(staying);
    }
    [this.#config, this.#profiles, this.#appliedMono] = [config, profiles, clock.now().mono];
    const faults = await polling.apply(config, profiles);
    await lines.keep(config.buses);
    settle(config);
    if (config.meters.length > 0 && faults.length >= config.meters.length) {
      throw new Error(`no meter can be read: ${faults[0]}`);
    }
    for (const fault of faults) log('warn', fault);
    log('info', `configuration ${config.version}: ${changeText(change)}`);
    for (const { meter, confidence } of unverified) {
      const doubt = `${meter.label}: the profile ${meter.profile} is of ${confidence} confidence`;
      log('warn', `${doubt}; it is read, not billed on, until somebody has compared it with the display`);
    }
  }

  /** Values since the configuration was applied count, older ones do not. */
  health(): Health {
    const [answering, failing] = [new Set<MeterId>(), new Set<BusId>()];
    for (const { id, state, meters } of this.#parts.polling.status()) {
      if (state === 'closed') failing.add(id);
      for (const { id: meter, lastRead, breaker } of meters) {
        const isFresh = lastRead !== null && lastRead.mono >= this.#appliedMono;
        if (isFresh && lastRead.boot === this.#parts.clock.boot && breaker === 'closed') answering.add(meter);
      }
    }
    return { answering, failing };
  }

  profileOf(meter: Meter): MeterProfile | undefined {
    const resolved = resolveProfile(this.#profiles, meter.profile);
    if (!resolved.ok) return undefined;
    const { profile } = resolved.loaded;
    return meter.order ? reordered(profile, meter.order) : profile;
  }

  lineOf(meter: Meter): Bus | undefined {
    return this.#parts.lines.of(meter.bus);
  }
}
