import type { BusId, MeterId, Status } from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import type { Fault } from '../wire/fault.ts';
import type { BusStatistics } from '../wire/statistics.ts';
import type { BusPoll } from './bus-poll.ts';
import type { GroupKind } from './group.ts';
import type { Latest, MeterPoll } from './meter-poll.ts';

type MeterState = Exclude<Status['is'], { state: 'gone' }>['meters'][number]['state'];
type BusState = Exclude<Status['is'], { state: 'gone' }>['buses'][number]['state'];

export interface GroupStatus {
  readonly kind: GroupKind;
  readonly everyMs: number;
  /** What the interval really is when the line is too slow. */
  readonly reallyMs: number;
}

export interface MeterStatus {
  readonly id: MeterId;
  readonly label: string;
  readonly unit: number;
  readonly profile: string;
  readonly state: MeterState;
  readonly lastRead: Instant | null;
  readonly ageMs: number | null;
  readonly turnaroundMs: number | null;
  readonly timeoutMs: number;
  readonly breaker: 'closed' | 'open';
  readonly errors: Partial<Record<Fault, number>>;
  /** `function:from-to` that the meter has refused. */
  readonly refused: readonly string[];
  readonly groups: readonly GroupStatus[];
  readonly latest: readonly Latest[];
  readonly problem: string | null;
}

export interface PollBusStatus {
  readonly id: BusId;
  readonly name: string;
  readonly state: BusState;
  readonly loadPermille: number;
  /** Of the line's time, what all intervals together ask for. */
  readonly demandPermille: number;
  /** The line is too slow for what is asked of it: intervals have become longer. */
  readonly overloaded: boolean;
  readonly requests: number;
  readonly timeouts: number;
  readonly crcErrors: number;
  readonly exceptions: number;
  readonly watched: boolean;
  /** Why its port is closed. */
  readonly problem: string | null;
  readonly meters: readonly MeterStatus[];
}

const OVERLOAD = { demand: 1, slip: 0.5 } as const;

export function busStatus(
  bus: { readonly id: BusId; readonly name: string },
  poll: BusPoll,
  wire: { readonly now: BusStatistics; readonly loadPermille: number },
  at: { readonly us: number; readonly boot: string },
): PollBusStatus {
  const { faults, requests } = wire.now;
  const demand = poll.demand();
  const slips = poll.meters.some(
    ({ groups, breaker }) => !breaker.open && groups.some(({ slip }) => slip > OVERLOAD.slip),
  );
  return {
    id: bus.id,
    name: bus.name,
    state: poll.portDown ? 'closed' : isFailing(poll) ? 'failing' : 'open',
    loadPermille: wire.loadPermille,
    demandPermille: Math.round(demand * 1_000),
    overloaded: demand > OVERLOAD.demand || slips,
    requests,
    timeouts: faults.timeout,
    crcErrors: faults.crc,
    exceptions: faults.exception,
    watched: poll.watched !== null,
    problem: poll.problem,
    meters: poll.meters.map((meter) => meterStatus(meter, at)),
  };
}

const isFailing = ({ meters }: BusPoll): boolean =>
  meters.length > 0 && meters.every(({ breaker }) => breaker.open);

function meterStatus(meter: MeterPoll, at: { us: number; boot: string }): MeterStatus {
  const { lastRead, turnaround, learnt } = meter;
  const sameBoot = lastRead !== null && lastRead.boot === at.boot;
  return {
    id: meter.meter.id,
    label: meter.meter.label,
    unit: meter.unit,
    profile: meter.ref,
    state: stateOf(meter),
    lastRead,
    ageMs: sameBoot ? Math.max(0, Math.round(at.us / 1_000 - lastRead.mono)) : null,
    turnaroundMs: turnaround.typicalMs,
    timeoutMs: turnaround.timeoutMs,
    breaker: meter.breaker.open ? 'open' : 'closed',
    errors: { ...meter.errors },
    refused: learnt.failures
      .filter(({ cut }) => cut === undefined)
      .map(({ function: code, from, to }) => `${code}:${from}-${to - 1}`),
    groups: meter.groups
      .filter(({ kind }) => kind === 'gauge' || kind === 'counter')
      .map(({ kind, everyUs, slip }) => {
        const everyMs = everyUs / 1_000;
        return { kind, everyMs, reallyMs: Math.round(everyMs * (1 + slip)) };
      }),
    latest: [...meter.latest.values()],
    problem: meter.problem ?? meter.remark,
  };
}

function stateOf(meter: MeterPoll): MeterState {
  if (meter.breaker.open) return 'silent';
  if (meter.problem !== null || meter.misfits.length > 0) return 'failing';
  return meter.standing === 'good' ? 'ok' : meter.standing;
}
