import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '@meterline/contracts';
import { HubWay } from './agent/hub-way.ts';
import type { Log } from './agent/log.ts';
import { openMemory } from './agent/memory.ts';
import { Timekeeper } from './agent/timekeeper.ts';
import { Agent, type AgentParts } from './agent.ts';
import { type Clock, chrony, type SyncSource, timesyncd } from './clock.ts';
import { judgeConfig, LocalFile, localFaultLines, pathInFile } from './desired/index.ts';
import type { LocalRead } from './desired/local-file.ts';
import { type Identity, openIdentity } from './enrol/index.ts';
import { certificateFrom } from './enrol/trust.ts';
import type { ProfileSet } from './meters/profile-store.ts';
import type { JournalOptions } from './store/index.ts';
import { addressOf, type Broker } from './uplink/broker.ts';

export interface RunOptions {
  /** Where the gateway keeps its identity, configuration and journal. */
  readonly state: string;
  /** A configuration written by a person; null: that of the hub. */
  readonly config: string | null;
  readonly agent: string;
  readonly profiles: ProfileSet;
  readonly clock: Clock;
  /** Nobody but the wall clock of this machine says what time it is, and that is to be believed. */
  readonly trustClock: boolean;
  readonly log: Log;
  readonly limits?: JournalOptions['limits'];
  readonly rules?: AgentParts['rules'];
}

/** The configuration cannot be used: one line each. */
export class FaultyConfig extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'FaultyConfig';
    this.lines = lines;
  }
}

/** By ntp where this machine has it; `trusted`: as set by whoever keeps this machine, good to a second. */
function sourcesOf(clock: Clock, trusted: boolean): SyncSource[] {
  const bootedAt = clock.wallMs() - Number(clock.monoNs() / 1_000_000n);
  // One mark for good: what somebody sets later is not vouched for.
  const person: SyncSource = () => ({ source: 'person', uncertainty: 1_000, mark: 'trusted' });
  return [timesyncd(), chrony(undefined, undefined, bootedAt), ...(trusted ? [person] : [])];
}

/** A gateway that is ready to start: everything is read and opened, nothing is on the wire yet. */
export function buildAgent(options: RunOptions): Agent {
  const { state: folder, clock, agent, profiles, log, config, limits, rules } = options;
  const identity = openIdentity(folder, { wallMs: () => clock.wallMs() });
  const file = config === null ? null : new ConfigFile(config, options, identity);
  const broker = file?.broker() ?? null;
  const local = file?.says === 'all';
  const memory = openMemory({ folder, identity, clock, agent, local, log, ...(limits && { limits }) });
  try {
    const time = new Timekeeper({
      ...{ clock, log, sources: sourcesOf(clock, options.trustClock), resume: memory.journal.anchor() },
      journal: (anchor) =>
        memory.journal.append([{ kind: 'event', at: clock.now(), event: { kind: 'clock', ...anchor } }], {
          durable: true,
        }).ok,
    });
    const way = new HubWay({ folder, broker, wallMs: () => clock.wallMs(), utc: () => time.utc() });
    const parts = { identity, agent, folder, clock, memory, time, way, profiles, log };
    return new Agent({ ...parts, local: local ? () => file.read() : null, ...(rules && { rules }) });
  } catch (error) {
    memory.close();
    throw error;
  }
}

/** `--config`: read again on each reload. A file that is faulty by then leaves running what runs. */
class ConfigFile {
  readonly #path: string;
  readonly #options: RunOptions;
  readonly #local: LocalFile;
  readonly #says: 'all' | 'way';
  readonly #inUse: LocalRead['broker'];
  #first: LocalRead | null;

  constructor(path: string, options: RunOptions, { gateway }: Identity) {
    const { state: folder, clock, profiles } = options;
    this.#path = path;
    this.#options = options;
    this.#local = new LocalFile({ folder, gateway, profiles, wallMs: () => clock.wallMs() });
    const first = this.#parse();
    this.#first = first;
    this.#inUse = first.broker;
    this.#says = first.config ? 'all' : 'way';
  }

  /** `way`: how the hub is reached, and nothing of buses and meters. */
  get says(): 'all' | 'way' {
    return this.#says;
  }

  read(): Config | null {
    const first = this.#first;
    this.#first = null;
    if (first) return first.config;
    try {
      const { config, broker } = this.#parse();
      this.#wait(broker);
      if (!config) throw new FaultyConfig([`${this.#path}: names no buses any more`]);
      return config;
    } catch (error) {
      if (!(error instanceof FaultyConfig)) throw error;
      for (const line of error.lines) this.#options.log('warn', `${line}; the configuration before runs on`);
      return null;
    }
  }

  /** Another way to the hub is for the next start: this one works, and nobody has tried the other. */
  #wait(broker: LocalRead['broker']): void {
    if (isDeepStrictEqual(broker, this.#inUse)) return;
    this.#options.log('warn', `${this.#path}: broker: what was changed there is used after the next start`);
  }

  broker(): Broker | null {
    const broker = this.#inUse;
    if (!broker) return null;
    const { url, plain, tokenFile, caFile } = broker;
    const beside = (name: string) => resolve(dirname(this.#path), name);
    const made: Broker = {
      url,
      ca: caFile === undefined ? [] : [this.#authority(beside(caFile))],
      ...(plain !== undefined && { plain }),
      ...(tokenFile !== undefined && { token: text(beside(tokenFile)).trim() }),
    };
    try {
      addressOf(made);
    } catch (error) {
      throw new FaultyConfig([`${this.#path}: ${error instanceof Error ? error.message : String(error)}`]);
    }
    return made;
  }

  /** One that nobody can read would be believed to be in use, and every broker be refused because of it. */
  #authority(path: string): string {
    const pem = text(path);
    if (certificateFrom(pem)) return pem;
    throw new FaultyConfig([`${this.#path}: broker.caFile: ${path} holds no certificate (PEM)`]);
  }

  #parse(): LocalRead {
    const read = this.#local.read(text(this.#path));
    if (!read.ok) throw new FaultyConfig(localFaultLines(this.#path, read));
    const { config } = read.value;
    if (!config) return read.value;
    const judged = judgeConfig(config, { gateway: config.gateway, profiles: this.#options.profiles });
    if (!judged.ok) {
      throw new FaultyConfig(
        judged.problems.map(({ path, message }) => `${this.#path}: ${pathInFile(path, config)}: ${message}`),
      );
    }
    return read.value;
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new FaultyConfig([`${path} cannot be read (${code})`]);
  }
}
