import type { ProfileRegister } from '@meterline/contracts';
import { MS } from './time.ts';

export type GroupKind = 'gauge' | 'counter' | 'identity' | 'retry';

/** Registers of one meter that are due together. */
export interface Group {
  readonly kind: GroupKind;
  readonly everyUs: number;
  /** Where on its own clock the period begins: spreads the meters over the line. */
  readonly phaseUs: number;
  readonly registers: readonly ProfileRegister[];
  dueUs: number;
  lastUs: number | null;
  /** How much later than asked it is read, as a share of its interval. */
  slip: number;
}

/** The place of a meter among all that share its line. */
export interface Slot {
  readonly index: number;
  readonly of: number;
}

export interface GroupPlan {
  readonly kind: GroupKind;
  readonly everyMs: number;
  readonly registers: readonly ProfileRegister[];
}

/**
 * Meters take their turns over the interval of the gauges; the longer intervals fall on turns of their own meter, each
 * meter on another, so that what is due together is read together and no minute is fuller than the others.
 */
export function groupsOf(plans: readonly GroupPlan[], slot: Slot, startUs: number): Group[] {
  const shortestUs = Math.min(...plans.map(({ everyMs }) => everyMs * MS));
  const place = (shortestUs * slot.index) / Math.max(1, slot.of);
  return plans.map(({ kind, everyMs, registers }) => {
    const everyUs = everyMs * MS;
    const turns = Math.max(1, Math.floor(everyUs / shortestUs));
    const phaseUs = Math.round(place + shortestUs * (slot.index % turns));
    return { kind, everyUs, phaseUs, registers, dueUs: startUs, lastUs: null, slip: 0 };
  });
}

/** The next turn after `nowUs`; a turn that has passed is left out, never made up for. */
export function turnAfter({ everyUs, phaseUs }: Group, nowUs: number): number {
  return phaseUs + (Math.floor((nowUs - phaseUs) / everyUs) + 1) * everyUs;
}

export const deadlineOf = ({ dueUs, everyUs }: Group): number => dueUs + everyUs;

/** Read, or given up for this time. */
export function turned(group: Group, nowUs: number): void {
  const late = Math.max(0, nowUs - group.dueUs) / group.everyUs;
  group.slip += (late - group.slip) / 8;
  group.dueUs = turnAfter(group, Math.max(group.dueUs, nowUs));
}

/** A part of a period early is near enough to be read along. */
export const isNear = (group: Group, nowUs: number): boolean => group.dueUs <= nowUs + group.everyUs / 10;
