import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type Config, idsFrom } from '@meterline/contracts';
import type { HubWay } from './agent/hub-way.ts';
import { Installation } from './agent/installation.ts';
import { Lines } from './agent/lines.ts';
import { LiveValues } from './agent/live-values.ts';
import { Complaints, type Log } from './agent/log.ts';
import type { Memory } from './agent/memory.ts';
import { noticeLine } from './agent/notice-line.ts';
import { receiptFaultLine } from './agent/receipt-fault.ts';
import { Renewal } from './agent/renewal.ts';
import { Telling } from './agent/telling.ts';
import type { Timekeeper } from './agent/timekeeper.ts';
import { When } from './agent/when.ts';
import type { Clock } from './clock.ts';
import { adoptLocal, DesiredState, type Offered, standardConfig } from './desired/index.ts';
import type { Identity } from './enrol/index.ts';
import type { ProfileSet } from './meters/profile-store.ts';
import { type Notice, Polling } from './poll/index.ts';
import { StatusSocket, statusSocketPath } from './status-socket.ts';
import type { EventBody, ReceiptFault } from './store/index.ts';
import { Switchboard } from './switching/index.ts';
import { Uplink, type UplinkOptions } from './uplink/index.ts';

export interface AgentParts {
  readonly identity: Identity;
  /** Name and version. */
  readonly agent: string;
  readonly folder: string;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly time: Timekeeper;
  readonly way: HubWay;
  readonly profiles: ProfileSet;
  /** The desired state as a person wrote it down; null: it comes from the hub. */
  readonly local: (() => Config | null) | null;
  readonly log: Log;
  readonly rules?: Pick<UplinkOptions, 'rules' | 'connectTimeoutMs' | 'lanes'>;
}

const TICK_MS = 1_000;
const LOOK_MS = 5_000;
const SEND_OFF_MS = 5_000;
const GOODBYE_MS = 10_000;

/**
 * All stages of a gateway, and the only place that knows them all: what is read on the wire goes to the journal, what
 * is journalled goes to the hub, and what the hub wants comes back as a configuration or a command.
 */
export class Agent {
  readonly #parts: AgentParts;
  readonly #lines: Lines;
  readonly #polling: Polling;
  readonly #installation: Installation;
  readonly #desired: DesiredState;
  readonly #switchboard: Switchboard;
  readonly #uplink: Uplink;
  readonly #live: LiveValues;
  readonly #when: When;
  readonly #telling: Telling;
  readonly #renewal: Renewal;
  readonly #socket: StatusSocket;
  readonly #complaints: Complaints;
  /** Faults of receipts that were told. */
  readonly #doubted = new Set<string>();
  #tick: NodeJS.Timeout | undefined;
  #tending = false;
  #connecting = false;
  #stopping = false;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#complaints = new Complaints(parts.log);
    this.#lines = new Lines(parts.clock);
    this.#when = new When(parts.clock, parts.time, parts.memory.journal);
    this.#live = new LiveValues({
      clock: parts.clock,
      utc: (mono) => parts.time.utc(mono),
      poll: (order) => this.#polling.watch(order),
    });
    this.#polling = this.#makePolling();
    this.#installation = this.#makeInstallation();
    this.#telling = new Telling({
      ...parts,
      gateway: parts.identity.gateway,
      journal: parts.memory.journal,
      ...{ polling: this.#polling, installation: this.#installation, complaints: this.#complaints },
    });
    this.#uplink = this.#makeUplink();
    this.#desired = this.#makeDesired();
    this.#switchboard = this.#makeSwitchboard();
    this.#socket = new StatusSocket({
      path: statusSocketPath(parts.folder),
      snapshot: () => this.#telling.snapshot(this.#desired, this.#uplink),
      log: parts.log,
    });
    parts.way.rolledBack = () => void setTimeout(() => this.#uplink.hurry(), TICK_MS).unref();
    this.#renewal = new Renewal({ ...parts, reload: (ms) => this.#uplink.reload(ms) });
  }

  /** Journal first, then the wire, then the network. */
  async start(): Promise<void> {
    const { time, way, log, local } = this.#parts;
    time.check();
    this.#journalCommissioned();
    await this.#desired.start();
    const config = local?.();
    if (config) await this.#offer(config);
    if (!this.#installation.config) log('info', 'nothing is configured yet: no meter is read');
    this.#connect();
    if (!way.isOpen) log('info', 'not enrolled yet: readings are kept until a hub receipts them');
    await this.#socket.start();
    const recovered = await this.#switchboard.recover();
    for (const result of recovered) this.#uplink.result(result);
    this.#tick = setInterval(() => void this.tend(), TICK_MS);
  }

  /** In reverse: nothing new is read, what was read is sealed and offered once more, then the files are closed. */
  async stop(): Promise<void> {
    const { memory, log } = this.#parts;
    this.#stopping = true;
    clearInterval(this.#tick);
    await this.#socket.stop();
    await this.#polling.stop();
    await this.#complaints.guard('polling memory', () => memory.polling.save(this.#polling.memory()));
    await this.#complaints.guard('journal', () => {
      while (memory.journal.seal(undefined, { all: true }).more);
    });
    await this.#sendOff();
    await this.#uplink.stop(GOODBYE_MS);
    await this.#lines.stop();
    memory.close();
    log('info', 'stopped');
  }

  /** What was sealed last may still go; what does not goes after the next start. */
  async #sendOff(): Promise<void> {
    const { memory, clock } = this.#parts;
    const until = clock.now().mono + SEND_OFF_MS;
    this.#uplink.nudge();
    const waits = () => this.#uplink.state.connected && memory.journal.depth().batches > 0;
    while (waits() && clock.now().mono < until) await sleep(50);
  }

  /** The file of the configuration has changed, or meters were commissioned. */
  async reload(): Promise<void> {
    const { local, log } = this.#parts;
    const config = local?.();
    if (config && (await this.#offer(config)) === 'same') log('info', 'the configuration has not changed');
    this.#journalCommissioned();
    await this.#desired.overlayChanged();
  }

  /** The regular work, about once a second. Never rejects. */
  async tend(): Promise<void> {
    const { time, memory, clock } = this.#parts;
    const guard = (what: string, work: () => unknown) => this.#complaints.guard(what, work);
    await guard('clock', () => time.check());
    await guard('journal', () => memory.journal.tend());
    this.#uplink.nudge();
    if (this.#tending) return;
    this.#tending = true;
    try {
      const { mono } = clock.now();
      await guard('configuration', () => this.#desired.tend());
      await guard('switching', () => this.#switchboard.tend());
      await guard('polling memory', () => memory.polling.tend(mono, () => this.#polling.memory()));
      if (mono - this.#lookedAt < LOOK_MS) return;
      this.#lookedAt = mono;
      await guard('commissioned meters', () => this.#receiptedCommissioned());
      await guard('enrolment', () => this.#connect());
      await guard('certificate', () => this.#renewal.tend());
      if (this.#telling.look()) this.#uplink.statusChanged();
    } finally {
      this.#tending = false;
    }
  }

  #makePolling(): Polling {
    const { clock, time, memory, profiles } = this.#parts;
    const { journal } = memory;
    return new Polling({
      clock,
      profiles,
      utc: (mono) => time.utc(mono),
      line: (bus) => this.#lines.line(bus),
      memory: memory.polling.load(),
      sinks: {
        entries: (entries, options) => {
          if (options.lastOf !== undefined) memory.polling.swept();
          return journal.append(entries, options);
        },
        live: (samples) => this.#live.take(samples),
        notice: (notice) => this.#notice(notice),
      },
    });
  }

  #makeInstallation(): Installation {
    const { identity, profiles, clock, log, memory } = this.#parts;
    return new Installation({
      gateway: identity.gateway,
      ...{ profiles, clock, log, lines: this.#lines, polling: this.#polling },
      settle: ({ intervals, uplink, storage }) => {
        const { statusMs, sealMs } = intervals;
        memory.journal.budget(storage.maxBytes);
        this.#uplink.apply({ ...uplink, statusMs, sealMs });
      },
    });
  }

  #makeDesired(): DesiredState {
    const { identity, clock, memory, profiles, log } = this.#parts;
    const { gateway } = identity;
    return new DesiredState({
      store: memory.configs,
      clock,
      context: () => ({ gateway, profiles }),
      ports: {
        apply: (config, change) => this.#installation.apply(config, change),
        health: () => this.#installation.health(),
        report: (body) => this.#uplink.report({ v: 1, gateway, ...this.#when.said(), ...body }),
        overlay: (config) => {
          const all = memory.commissioned.all();
          if (!config && all.length === 0) return null;
          return adoptLocal(config ?? standardConfig(gateway, clock.wallMs()), all);
        },
        note: (line) => log('warn', line),
      },
    });
  }

  #makeUplink(): Uplink {
    const { identity, clock, time, memory, way, folder, log, rules = {} } = this.#parts;
    return new Uplink({
      ...rules,
      gateway: identity.gateway,
      signer: identity.signer,
      ids: idsFrom({ nowMs: () => clock.wallMs(), random: randomBytes }),
      ...{ clock, folder, log, journal: memory.journal, doorway: way.doorway },
      trust: { ring: way.ring.ring, accept: (keys) => way.ring.accept(keys) },
      utc: () => time.utc(),
      place: () => this.#when.order(),
      status: () => this.#telling.status(this.#desired),
      look: (point) => this.#live.look(point),
      handlers: {
        config: (config) => this.#desire(config),
        command: (command) => this.#command(command),
        // A record that comes after the last seal would only wait for the next start.
        hubTime: (...heard) => this.#stopping || time.hear(...heard),
        receiptFault: (fault) => this.#receiptFault(fault),
        watch: (order) => this.#live.watch(order),
        connected: () => log('info', 'connected to the hub'),
        disconnected: () => log('info', 'the connection to the hub is down; readings are kept'),
      },
    });
  }

  #makeSwitchboard(): Switchboard {
    const { identity, clock, time, memory } = this.#parts;
    return new Switchboard({
      gateway: identity.gateway,
      memory: memory.switching,
      now: () => clock.now(),
      time: () => ({ utc: time.utc() ?? null, uncertainty: time.state().uncertainty ?? 0 }),
      place: () => this.#when.order(),
      sleep: (ms) => sleep(ms),
      ports: {
        config: () => this.#installation.config,
        profileOf: (meter) => this.#installation.profileOf(meter),
        line: (meter) => this.#installation.lineOf(meter),
        lastRead: (meter) => this.#polling.latest(meter)?.lastRead ?? null,
        polled: (meter, control) => this.#polling.latest(meter)?.controls.of(control),
        journal: (event) => this.#record(event) !== null,
        demand: (points, command) => this.#polling.demand(points, { command }),
        watch: (order) => void this.#uplink.watch({ ...order, points: [...order.points] }),
      },
    });
  }

  /** Number of the record; null: the journal could not keep it. */
  #record(event: EventBody): number | null {
    const at = this.#parts.clock.now();
    const kept = this.#parts.memory.journal.append([{ kind: 'event', at, event }], { durable: true });
    return kept.ok && kept.state === 'committed' ? kept.last : null;
  }

  async #desire(config: Config): Promise<void> {
    const { local, log } = this.#parts;
    if (local) log('warn', `configuration ${config.version} of the hub is ignored: --config says what runs`);
    else await this.#offer(config);
  }

  async #offer(config: Config): Promise<Offered['is']> {
    const { local, memory, log } = this.#parts;
    const offered = await this.#desired.offer(config);
    if (offered.is === 'rejected' || offered.is === 'known-bad') {
      for (const { path, message } of offered.problems) log('warn', `configuration: ${path}: ${message}`);
    } else if (!local && offered.is !== 'older') memory.commissioned.settle(config);
    return offered.is;
  }

  async #command(command: Command): Promise<void> {
    const { log } = this.#parts;
    const result = await this.#switchboard.handle(command);
    const { outcome } = result;
    const why = outcome.is === 'refused' ? ` (${outcome.because})` : '';
    log('info', `command ${command.id}: ${command.action.do}: ${outcome.is}${why}`);
    this.#uplink.result(result);
  }

  /** A receipt is repeated for as long as the gateway lives, and what is wrong with it is news only once. */
  #receiptFault(fault: ReceiptFault): void {
    const { log, memory } = this.#parts;
    const { journal, kind } = fault;
    const key = `${kind} ${journal}`;
    if (kind === 'hub-ahead' || !this.#doubted.has(key)) log('warn', receiptFaultLine(fault));
    this.#doubted.add(key);
    if (kind === 'hub-ahead') memory.journal.startOver('lost');
  }

  #notice(notice: Notice): void {
    const label = (id: string) =>
      this.#installation.config?.meters.find((meter) => meter.id === id)?.label ?? id;
    const [level, line] = noticeLine(notice, label);
    this.#parts.log(level, line);
  }

  #journalCommissioned(): void {
    this.#parts.memory.commissioned.journal((meter) => this.#record({ kind: 'commission', meter }));
  }

  #receiptedCommissioned(): void {
    const { memory, time } = this.#parts;
    const utc = time.utc();
    if (utc !== undefined) memory.commissioned.receipted(memory.journal.watermark, utc);
  }

  /** As soon as there is somewhere to connect to. */
  #connect(): void {
    const { way } = this.#parts;
    if (this.#connecting) return;
    way.lookAgain();
    if (!way.isOpen) return;
    this.#connecting = true;
    this.#uplink.start();
  }
}
