import type {
  CommandId,
  Config,
  GatewayId,
  Meter,
  MeterId,
  MeterProfile,
  PointId,
  Result,
  SwitchState,
} from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import { isAcknowledged } from '../desired/judge.ts';
import type { Switched } from '../entry.ts';
import { blockedBy, type Line, type Place, stateOf } from './control-io.ts';
import type { Facts, SwitchCommand, Time } from './decide.ts';
import type { SwitchMemory } from './memory.ts';

export interface WatchOrder {
  readonly command: CommandId;
  readonly points: ReadonlySet<PointId>;
  readonly everyMs: number;
  /** UTC ms. */
  readonly until: number;
}

export interface Polled {
  readonly word: number;
  readonly at: Instant;
}

/** What switching needs of the rest of the agent. */
export interface SwitchPorts {
  readonly config: () => Config | null;
  readonly profileOf: (meter: Meter) => MeterProfile | undefined;
  readonly line: (meter: Meter) => Line | undefined;
  /** When the meter last gave a value. */
  readonly lastRead: (meter: MeterId) => Instant | null;
  /** What polling has last read of a control, if it reads it along. */
  readonly polled?: (meter: MeterId, control: string) => Polled | undefined;
  /** On the medium when it returns; false: it could not be kept. */
  readonly journal: (event: Switched) => boolean;
  /** Reads these now, as evidence; false: none of them is to be billed on. */
  readonly demand: (points: ReadonlySet<PointId>, command: CommandId) => boolean;
  readonly watch: (order: WatchOrder) => void;
}

export interface Surroundings {
  readonly gateway: GatewayId;
  readonly memory: SwitchMemory;
  readonly ports: SwitchPorts;
  readonly now: () => Instant;
  readonly time: () => Time;
  /** Where a message stands that cannot say when: journal, boot, and a number that grows. */
  readonly place: () => NonNullable<Result['order']>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** All that is known without asking the meter. */
export function factsOf(command: SwitchCommand, { ports, now, time }: Surroundings): Facts {
  const { meter: id, control: name } = command.action;
  const config = ports.config();
  const { meter, profile, control } = find(id, name, ports);
  const read = ports.lastRead(id);
  const { boot, mono } = now();
  return {
    command,
    time: time(),
    meter,
    profile,
    control,
    setting: meter?.controls?.find((each) => each.name === name),
    verified: meter !== undefined && profile !== undefined && isAcknowledged(meter, profile),
    blocked: profile && control && blockedBy(profile, control),
    readingAgeMs: read?.boot === boot ? mono - read.mono : null,
    rules: config?.switching,
  };
}

/** Undefined: not configured, or its line is not open. */
export function placeOf(id: MeterId, name: string, { ports }: Surroundings): Place | undefined {
  const { meter, profile, control } = find(id, name, ports);
  const line = meter && ports.line(meter);
  return meter && profile && control && line ? { line, unit: meter.unit, profile, control } : undefined;
}

/** What a word of its register says about a control; undefined: there is no such control. */
export function stateIn(
  id: MeterId,
  name: string,
  word: number,
  { ports }: Surroundings,
): SwitchState | undefined {
  const { profile, control } = find(id, name, ports);
  return profile && control && stateOf(profile, control, word);
}

function find(id: MeterId, name: string, ports: SwitchPorts): Pick<Facts, 'meter' | 'profile' | 'control'> {
  const meter = ports.config()?.meters.find((each) => each.id === id);
  const profile = meter && ports.profileOf(meter);
  return { meter, profile, control: profile?.switching?.find((each) => each.name === name) };
}
