import type { Block } from '../meters/plan.ts';
import { readingsOf } from '../meters/readings.ts';
import type { PollEntry } from './entry.ts';
import type { MeterPoll } from './meter-poll.ts';
import type { Notice } from './notice.ts';
import { type Arrived, concluded, type Suspect } from './take.ts';
import type { Now } from './time.ts';

const REREADS = 2;

export interface Confirm {
  readonly meter: MeterPoll;
  readonly block: Block;
  readonly suspects: readonly Suspect[];
  /** A serial number that differs from the one before. */
  readonly serial: string | undefined;
  readonly serials: (string | undefined)[];
  left: number;
}

export interface Concluded {
  readonly entries: PollEntry[];
  readonly notices: Notice[];
  /** Another meter answers at this place. */
  readonly swapped: boolean;
}

/** What nobody believes at once is read twice more, at once, and then sent with what came of it. */
export class Confirmations {
  private readonly waiting: Confirm[] = [];

  add(what: Pick<Confirm, 'meter' | 'block' | 'suspects' | 'serial'>): void {
    this.waiting.push({ ...what, serials: [], left: REREADS });
  }

  next(identity: boolean): Confirm | undefined {
    return identity ? this.waiting.find(({ serial }) => serial !== undefined) : this.waiting[0];
  }

  /** A sweep does not end before its doubtful counts are settled. */
  hasBoundary(): boolean {
    return this.waiting.some(({ suspects }) => suspects.some(({ context }) => context.kind !== 'regular'));
  }

  answered(confirm: Confirm, { block, words, at, utc }: Arrived): void {
    const readings = readingsOf(block, words);
    for (const { state, rereads } of confirm.suspects) {
      const found = readings.find(({ register }) => register === state.register);
      const isCount = found?.decoded.kind === 'counter';
      rereads.push(isCount ? { at, utc, count: found.decoded.count, raw: found.raw } : null);
    }
    const serial = readings.find(({ register }) => register.name === confirm.meter.profile.identity.serial);
    confirm.serials.push(serial?.decoded.kind === 'identity' ? serial.decoded.text : undefined);
    confirm.left -= 1;
  }

  failed(confirm: Confirm): void {
    for (const { rereads } of confirm.suspects) rereads.push(null);
    confirm.serials.push(undefined);
    // Whoever does not answer now is not waited for.
    confirm.left = confirm.meter.breaker.open ? 0 : confirm.left - 1;
  }

  /** Undefined while reads are still to come. */
  conclude(confirm: Confirm, now: Now): Concluded | undefined {
    if (confirm.left > 0) return undefined;
    this.waiting.splice(this.waiting.indexOf(confirm), 1);
    const { meter, suspects, serial, serials } = confirm;
    const notices: Notice[] = [];
    const entries = suspects.flatMap((suspect) => concluded(meter, suspect));
    for (const suspect of suspects)
      notices.push({ kind: 'suspect', meter: meter.meter.id, text: textOf(suspect) });
    const isSwap =
      serial !== undefined && serials.length === REREADS && serials.every((text) => text === serial);
    if (isSwap) notices.push({ kind: 'swapped', meter: meter.meter.id, text: meter.swap(serial, now) });
    return { entries, notices, swapped: isSwap };
  }
}

const textOf = ({ state, first, rereads }: Suspect): string => {
  const again = rereads.map((read) => (read ? String(read.count) : 'no value')).join(', ');
  return `${state.register.name} ${first.count}, read again: ${again}`;
};
