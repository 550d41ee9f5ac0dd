import type { Bus as BusConfig, CommandId, Config, MeterId, PointId } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import { type ProfileSet, resolveProfile } from '../meters/profile-store.ts';
import { parsePortUrl, portCharacterUs } from '../wire/port-url.ts';
import { t35Us } from '../wire/timing.ts';
import { BusPoll } from './bus-poll.ts';
import type { LiveSample, PollEntry } from './entry.ts';
import type { Finished, Output } from './exchange.ts';
import { type MeterMemory, memoryFrom, type PollMemory } from './memory.ts';
import { type LineTiming, MeterPoll } from './meter-poll.ts';
import { neighboursOf } from './neighbours.ts';
import type { Notice } from './notice.ts';
import { type Line, Poller } from './poller.ts';
import { busStatus, type PollBusStatus } from './status.ts';
import type { WatchOrder } from './watch.ts';

/** What the next stage said to entries; a journal that has no room keeps nothing of them. */
export type Kept =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'invalid' | 'no-room' | 'io'; readonly detail: string };

export interface PollSinks {
  /** The journal. `lastOf`: the sweep of this boundary ends with these entries, on all buses. */
  readonly entries: (
    entries: readonly PollEntry[],
    options: { readonly durable: boolean; readonly lastOf?: number },
  ) => Kept;
  readonly live?: (samples: readonly LiveSample[]) => void;
  readonly notice?: (notice: Notice) => void;
}

export type PollConfig = Pick<Config, 'buses' | 'meters' | 'intervals'>;

export interface PollingOptions {
  readonly clock: Clock;
  readonly utc: (mono: number) => number | undefined;
  readonly sinks: PollSinks;
  /** Opens the port of a bus, or hands out the one that is open. */
  readonly line: (bus: BusConfig) => Line;
  readonly profiles: ProfileSet;
  /** What `memory()` once returned; anything else is forgotten. */
  readonly memory?: unknown;
}

interface Running {
  readonly bus: BusConfig;
  readonly line: Line;
  readonly poller: Poller;
  /** The last boundary that this bus is done with. */
  finished: number | null;
  load: { readonly us: number; readonly busyUs: number; readonly permille: number };
}

/** Rows to bill on that the journal could not take yet. */
const HELD_MAX = 20_000;
const LOAD_EVERY_US = 10_000_000;

/** All buses of a gateway. */
export class Polling {
  private readonly options: PollingOptions;
  private memories: Record<string, MeterMemory>;
  private running = new Map<string, Running>();
  private held: PollEntry[] = [];
  /** Samples that were lost because the journal had no room for them. */
  lostSamples = 0;
  /** Entries that the journal refuses for what they are: a fault of this program. */
  refused = 0;

  constructor(options: PollingOptions) {
    this.options = options;
    this.memories = { ...memoryFrom(options.memory).meters };
  }

  /**
   * Polls what the configuration says from now on. Buses that stay are not interrupted; what was learnt is kept.
   * Returns one line for each meter that cannot be polled.
   */
  async apply(config: PollConfig, profiles: ProfileSet = this.options.profiles): Promise<string[]> {
    const faults: string[] = [];
    const own = new Set<string>(config.meters.map(({ id }) => id));
    const known = Object.entries(this.memory().meters);
    this.memories = Object.fromEntries(known.filter(([id]) => own.has(id)));
    const wanted = new Map(config.buses.map((bus) => [bus.id as string, bus]));
    for (const [id, running] of [...this.running]) {
      if (wanted.get(id)?.url === running.bus.url) continue;
      this.running.delete(id);
      await running.poller.stop();
    }
    for (const bus of wanted.values()) await this.poll(bus, config, { profiles, faults });
    return faults;
  }

  async stop(): Promise<void> {
    this.memories = { ...this.memories, ...this.memory().meters };
    await Promise.all([...this.running.values()].map(({ poller }) => poller.stop()));
    this.memories = { ...this.memories, ...this.memory().meters };
    this.running.clear();
  }

  /** To be kept over a restart. What it says has been swept is with the journal, or it is not said. */
  memory(): PollMemory {
    for (const { poller } of this.running.values()) poller.flush();
    const held = new Set(
      this.held.flatMap((entry) => (entry.kind === 'boundary' ? [entry.point as string] : [])),
    );
    const meters: Record<string, MeterMemory> = { ...this.memories };
    for (const { poller } of this.running.values()) {
      for (const meter of poller.core.meters) {
        const whole = meter.memory();
        const { swept: _, opened: __, ...rest } = whole;
        const isHeld = [...meter.points.values()].some(({ id }) => held.has(id));
        meters[meter.meter.id] = isHeld ? rest : whole;
      }
    }
    return { v: 1, meters };
  }

  watch(order: WatchOrder | null): void {
    for (const { poller } of this.running.values()) {
      poller.core.watch(order, poller.now());
      poller.wake();
    }
  }

  /**
   * Reads the billing counters of these points' meters now, as evidence of its own, for the `read` command that asks;
   * false when none is known.
   */
  demand(points: ReadonlySet<PointId>, { command }: { readonly command?: CommandId } = {}): boolean {
    let found = false;
    const askedUs = nowOf(this.options).us;
    for (const { poller } of this.running.values()) {
      const meters = poller.core.meters.filter((meter) =>
        [...meter.points.values()].some(({ id, class: kind }) => kind === 'billing' && points.has(id)),
      );
      if (meters.length === 0) continue;
      found = true;
      poller.core.quarters.demand({ askedUs, command, meters });
      poller.wake();
    }
    return found;
  }

  /** The newest values of a meter: what relays and read-backs are judged by. */
  latest(meter: MeterId): MeterPoll | undefined {
    for (const { poller } of this.running.values()) {
      const found = poller.core.meters.find(({ meter: { id } }) => id === meter);
      if (found) return found;
    }
    return undefined;
  }

  status(): PollBusStatus[] {
    return [...this.running.values()].map((running) => {
      const { bus, line, poller } = running;
      const now = line.statistics();
      const at = poller.now();
      const passedUs = at.us - running.load.us;
      if (passedUs >= LOAD_EVERY_US) {
        const permille = Math.min(1_000, Math.round(((now.busyUs - running.load.busyUs) * 1_000) / passedUs));
        running.load = { us: at.us, busyUs: now.busyUs, permille };
      }
      return busStatus(bus, poller.core, { now, loadPermille: running.load.permille }, at);
    });
  }

  private async poll(
    bus: BusConfig,
    config: PollConfig,
    { profiles, faults }: { profiles: ProfileSet; faults: string[] },
  ): Promise<void> {
    const known = this.running.get(bus.id);
    const neighbours = neighboursOf(() =>
      [...this.running].flatMap(([id, { poller }]) => (id === bus.id ? [] : poller.core)),
    );
    const make = (): BusPoll => {
      const now = nowOf(this.options);
      const meters = this.meters(bus, config, { profiles, faults, startUs: now.us });
      return new BusPoll(meters, now, neighbours);
    };
    if (known) {
      this.running.set(bus.id, { ...known, bus });
      await known.poller.replace(() => this.succeed(known.poller, make));
      return;
    }
    const line = this.options.line(bus);
    const { clock, utc } = this.options;
    const poller = new Poller(make(), { line, clock, utc, output: (output) => this.take(bus.id, output) });
    const load = { us: poller.now().us, busyUs: line.statistics().busyUs, permille: 0 };
    this.running.set(bus.id, { bus, line, poller, finished: null, load });
    poller.start();
  }

  /** Another configuration of a line knows all that the one before had learnt, and whoever watches goes on. */
  private succeed(poller: Poller, make: () => BusPoll): BusPoll {
    const { core } = poller;
    for (const meter of core.meters) this.memories[meter.meter.id] = meter.memory();
    const next = make();
    next.watch(core.watched, poller.now());
    next.quarters.inherit(core.quarters);
    return next;
  }

  private meters(
    bus: BusConfig,
    { meters, intervals }: PollConfig,
    { profiles, faults, startUs }: { profiles: ProfileSet; faults: string[]; startUs: number },
  ): MeterPoll[] {
    const line = timingOf(bus.url);
    const own = meters.filter((meter) => meter.bus === bus.id);
    return own.flatMap((meter, index) => {
      const resolved = resolveProfile(profiles, meter.profile);
      if (!resolved.ok) {
        faults.push(`${meter.label}: ${resolved.text}`);
        return [];
      }
      const { profile } = resolved.loaded;
      const slot = { index, of: own.length };
      const memory = this.memories[meter.id];
      return new MeterPoll({ meter, profile, line, intervals, slot, startUs, memory });
    });
  }

  private take(bus: string, { durable, samples, live, notices, finished }: Output): void {
    const { sinks } = this.options;
    const lastOf = this.swept(bus, finished);
    if (durable.length > 0 || this.held.length > 0 || lastOf !== undefined) this.keep(durable, lastOf);
    if (samples.length > 0) this.sample(samples);
    if (live.length > 0) sinks.live?.(live);
    for (const notice of notices) sinks.notice?.(notice);
  }

  /** A sweep is over when it is over on every bus that had a part in it. */
  private swept(bus: string, finished: readonly Finished[]): number | undefined {
    const own = this.running.get(bus);
    return own && finished.filter((one) => this.isOver(own, one)).at(-1)?.boundary;
  }

  private isOver(own: Running, { boundary, askedUs }: Finished): boolean {
    const all = [...this.running.values()];
    if (askedUs !== undefined) return !all.some(({ poller }) => poller.core.quarters.isAsked(askedUs));
    own.finished = boundary;
    const open = all.filter(({ poller }) => poller.core.quarters.sweep?.plan.boundary === boundary);
    const begun = all.every(
      ({ finished: done, poller }) => done === boundary || poller.core.meters.length === 0,
    );
    return open.length === 0 && begun;
  }

  private keep(entries: readonly PollEntry[], lastOf: number | undefined): void {
    const all = [...this.held, ...entries];
    const kept = this.options.sinks.entries(all, {
      durable: true,
      ...(lastOf === undefined ? {} : { lastOf }),
    });
    if (kept.ok) this.held = [];
    else if (kept.reason === 'invalid') this.held = this.sift(all);
    else this.held = all.slice(-HELD_MAX);
  }

  /** One that the journal cannot hold must not keep the others out. */
  private sift(entries: readonly PollEntry[]): PollEntry[] {
    return entries.filter((entry) => {
      const kept = this.options.sinks.entries([entry], { durable: true });
      if (!kept.ok && kept.reason === 'invalid') this.refuse(kept.detail);
      return !kept.ok && kept.reason !== 'invalid';
    });
  }

  private sample(entries: readonly PollEntry[]): void {
    const kept = this.options.sinks.entries(entries, { durable: false });
    if (kept.ok) return;
    if (kept.reason !== 'invalid' || entries.length === 1) {
      this.lostSamples += entries.length;
      if (kept.reason === 'invalid') this.refuse(kept.detail);
      return;
    }
    for (const entry of entries) this.sample([entry]);
  }

  private refuse(detail: string): void {
    this.refused += 1;
    this.options.sinks.notice?.({ kind: 'invalid', text: detail });
  }
}

function nowOf({ clock, utc }: PollingOptions) {
  const us = Number(clock.monoNs() / 1_000n);
  const mono = Math.floor(us / 1_000);
  const known = utc(mono);
  const offset = known === undefined ? undefined : known - mono;
  return { us, boot: clock.boot, offset, wall: clock.wallMs() };
}

export function timingOf(url: string): LineTiming {
  const address = parsePortUrl(url);
  return {
    characterUs: portCharacterUs(address),
    t35Us: address.kind === 'tcp' ? 0 : t35Us(address.line),
  };
}
