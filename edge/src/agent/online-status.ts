import type { Clock, ClockState, Instant } from '../clock.ts';
import type { PollBusStatus } from '../poll/index.ts';
import type { JournalStatus } from '../store/index.ts';
import type { StatusParts } from '../uplink/index.ts';
import type { Machine } from './machine.ts';

export interface OnlineParts {
  readonly agent: string;
  readonly uptimeMs: number;
  readonly clock: Pick<Clock, 'boot'>;
  readonly time: ClockState;
  readonly utc: (mono: number) => number | undefined;
  readonly journal: JournalStatus;
  readonly machine: Machine;
  readonly config: number;
  readonly certificateExpires: number | null;
  readonly buses: readonly PollBusStatus[];
}

/** What the hub hears of this gateway, in the words of the contract. */
export function onlineStatus(parts: OnlineParts): StatusParts {
  const { journal, machine, time, buses, utc } = parts;
  const { billing, counter, gauge, records, oldest } = journal.depth;
  const epoch = (at: Instant | null): number | null => {
    const known = at && at.boot === parts.clock.boot ? utc(at.mono) : undefined;
    return known === undefined ? null : Math.trunc(known);
  };
  return {
    agent: parts.agent,
    uptimeMs: parts.uptimeMs,
    clock: {
      boot: journal.boot,
      synced: time.synced,
      uncertainty: time.uncertainty === null ? null : Math.ceil(time.uncertainty),
      source: time.source,
    },
    journal: {
      id: journal.journal,
      last: journal.last,
      watermark: journal.watermark,
      unsent: { billing, counter, gauge, records },
      oldestUnsent: oldest,
      bytes: journal.bytes,
    },
    disk: { ...journal.disk, writtenToday: machine.writtenToday },
    ...(machine.temperatureMilliC !== undefined && { temperatureMilliC: machine.temperatureMilliC }),
    ...(machine.undervoltage !== undefined && { undervoltage: machine.undervoltage }),
    config: parts.config,
    certificateExpires: parts.certificateExpires,
    buses: buses.map(({ id, state, loadPermille, requests, timeouts, crcErrors, exceptions }) => ({
      ...{ id, state, loadPermille, requests, timeouts, crcErrors, exceptions },
    })),
    meters: buses.flatMap(({ meters }) =>
      meters.map(({ id, state, lastRead, turnaroundMs, problem }) => ({
        id,
        state,
        lastRead: epoch(lastRead),
        turnaroundMs: turnaroundMs === null ? null : Math.round(turnaroundMs),
        ...(problem !== null && { problem: problem.slice(0, 120) }),
      })),
    ),
  };
}

/** Differs when something has changed that the hub should hear of before the next regular status. */
export const stateKey = (buses: readonly PollBusStatus[], alerts: readonly string[]): string =>
  [
    ...buses.flatMap(({ id, state, meters }) => [
      `${id} ${state}`,
      ...meters.map((meter) => `${meter.id} ${meter.state}`),
    ]),
    ...alerts,
  ].join('\n');

/** Undefined while its port is open. */
export const closedBecause = ({ state, problem }: PollBusStatus): string | undefined =>
  state === 'closed' ? (problem ?? 'its port cannot be opened') : undefined;
