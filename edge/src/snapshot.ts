import type {
  BusId,
  Config,
  GatewayId,
  JournalId,
  MeterId,
  Point,
  ProfileRegister,
} from '@meterline/contracts';
import type { ClockState, Instant } from './clock.ts';
import type { ReportBody } from './desired/desired-state.ts';
import type { ProfileSet } from './meters/profile-store.ts';
import { worthOf } from './meters/worth.ts';
import type { Latest, MeterStatus, PollBusStatus } from './poll/index.ts';
import type { JournalStatus } from './store/index.ts';
import type { Uplink } from './uplink/index.ts';

export interface SnapshotParts {
  readonly gateway: GatewayId;
  /** Name and version. */
  readonly agent: string;
  readonly now: Instant;
  /** Null while nobody has said what time it is. */
  readonly utc: number | null;
  readonly uptimeMs: number;
  readonly clock: ClockState;
  readonly buses: readonly PollBusStatus[];
  /** Null while it cannot be opened. */
  readonly journal: JournalStatus | null;
  /** Null: this gateway has nobody to send to. */
  readonly uplink: Uplink['state'] | null;
  /** What runs, with what was commissioned here. Null: nothing is configured. */
  readonly config: Config | null;
  readonly report: ReportBody | null;
  readonly profiles: ProfileSet;
  /** What else a person should know, a line each: meters that cannot be polled, a damaged file. */
  readonly problems?: readonly string[];
}

export interface SnapshotValue {
  readonly register: string;
  readonly class: Point['class'];
  /** Whole numbers in `unit`; a fraction and what no double can hold as text; null: the meter has no value. */
  readonly value: number | string | null;
  readonly unit: string | null;
  /** Null: read before this boot. */
  readonly ageMs: number | null;
}

export interface SnapshotMeter
  extends Pick<
    MeterStatus,
    | 'id'
    | 'label'
    | 'unit'
    | 'profile'
    | 'state'
    | 'ageMs'
    | 'turnaroundMs'
    | 'timeoutMs'
    | 'breaker'
    | 'errors'
  > {
  readonly role: 'main' | 'sub';
  readonly refused: readonly string[];
  /** Of its points, in the order of its configuration. */
  readonly values: readonly SnapshotValue[];
  readonly problem: string | null;
}

export interface SnapshotBus extends Omit<PollBusStatus, 'meters'> {
  /** Null when no configuration names it any more. */
  readonly url: string | null;
  /** By unit. */
  readonly meters: readonly SnapshotMeter[];
}

/** How a running gateway is, at one moment: what `status` shows, and one line of the status socket. */
export interface AgentSnapshot {
  readonly v: 1;
  /** UTC ms; null while nobody has said what time it is. */
  readonly at: number | null;
  readonly gateway: GatewayId;
  readonly agent: string;
  readonly uptimeMs: number;
  readonly clock: ClockState & { readonly wall: number };
  readonly buses: readonly SnapshotBus[];
  readonly journal: SnapshotJournal | null;
  readonly uplink: SnapshotUplink | null;
  readonly config: ReportBody | null;
  readonly problems: readonly string[];
}

export interface SnapshotJournal {
  readonly id: JournalId;
  readonly last: number;
  readonly sealed: number;
  readonly watermark: number;
  readonly synced: boolean;
  /** What waits for its receipt. */
  readonly waiting: Record<'billing' | 'counter' | 'gauge' | 'records', number>;
  readonly batches: number;
  /** UTC ms of the oldest sealed batch that waits. */
  readonly oldest: number | null;
  readonly bytes: number;
  readonly used: number;
  readonly budget: number;
  readonly disk: { readonly free: number; readonly total: number };
  readonly shortage: JournalStatus['shortage'];
  readonly condemned: number;
  readonly alerts: JournalStatus['alerts'];
  readonly quarantined: readonly string[];
}

export interface SnapshotUplink {
  readonly connected: boolean;
  /** Why not. */
  readonly problem: string | null;
  readonly attempts: number;
  /** Batches since the agent began. */
  readonly sent: number;
  readonly receipted: number;
  readonly receiptMs: { readonly median: number | null; readonly p99: number | null };
  readonly data: Uplink['state']['data'];
  /** Somebody looks at live values. */
  readonly watched: boolean;
  readonly refused: Uplink['state']['refused'];
}

/** Puts together what each stage says of itself. Pure: nothing is asked, nothing is changed. */
export function snapshotOf(parts: SnapshotParts): AgentSnapshot {
  const { gateway, agent, now, utc, uptimeMs, clock, journal, uplink, report, problems = [] } = parts;
  return {
    v: 1,
    at: utc,
    gateway,
    agent,
    uptimeMs,
    clock: { ...clock, wall: now.wall },
    buses: busesOf(parts),
    journal: journal && journalOf(journal),
    uplink: uplink && uplinkOf(uplink),
    config: report,
    problems,
  };
}

function busesOf({ buses, config, profiles, now }: SnapshotParts): SnapshotBus[] {
  const urls = new Map<BusId, string>(config?.buses.map(({ id, url }) => [id, url]));
  const meters = new Map<MeterId, Config['meters'][number]>(config?.meters.map((meter) => [meter.id, meter]));
  const shown = buses.map(({ meters: polled, ...bus }) => ({
    ...bus,
    url: urls.get(bus.id) ?? null,
    meters: polled
      .map((meter) => meterOf(meter, meters.get(meter.id), profiles, now))
      .toSorted((a, b) => a.unit - b.unit),
  }));
  return shown.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function meterOf(
  meter: MeterStatus,
  configured: Config['meters'][number] | undefined,
  { profiles }: ProfileSet,
  now: Instant,
): SnapshotMeter {
  const { id, label, unit, profile, state, ageMs, turnaroundMs, timeoutMs, breaker, errors } = meter;
  const registers = profiles.get(profile.replace(/@.*$/, ''))?.profile.registers ?? [];
  const values = (configured?.points ?? []).flatMap((point): SnapshotValue[] => {
    const register = registers.find(({ name }) => name === point.register);
    const latest = meter.latest.find((each) => each.register === point.register);
    return register && latest ? [shownValue(point, register, latest, now)] : [];
  });
  return {
    ...{ id, label, unit, profile, state, ageMs, turnaroundMs, timeoutMs, breaker, errors },
    role: configured?.role ?? 'sub',
    refused: meter.refused,
    values,
    problem: meter.problem,
  };
}

function shownValue(point: Point, register: ProfileRegister, latest: Latest, now: Instant): SnapshotValue {
  const age = latest.at.boot === now.boot ? Math.max(0, now.mono - latest.at.mono) : null;
  const known = { register: register.name, class: point.class, ageMs: age };
  if (register.role === 'counter' && typeof latest.value === 'string') {
    return { ...known, value: worthOf(BigInt(latest.value), register.worth), unit: register.unit };
  }
  const unit = register.role === 'gauge' || register.role === 'counter' ? register.unit : null;
  return { ...known, value: latest.value, unit };
}

function journalOf(status: JournalStatus): SnapshotJournal {
  const { last, sealed, watermark, synced, bytes, used, budget, disk } = status;
  const { shortage, condemned, alerts, quarantined } = status;
  const { batches, oldest, ...waiting } = status.depth;
  return {
    ...{ id: status.journal, last, sealed, watermark, synced, waiting, batches, oldest },
    ...{ bytes, used, budget, disk, shortage, condemned, alerts, quarantined },
  };
}

function uplinkOf({
  connected,
  problem,
  attempts,
  drain,
  data,
  watch,
  refused,
}: Uplink['state']): SnapshotUplink {
  const { sent, receipted, receiptMs } = drain;
  return { connected, problem, attempts, sent, receipted, receiptMs, data, watched: watch !== null, refused };
}
