import type { CommandId, Result, SwitchState } from '@meterline/contracts';
import { type Place, readLoad, readState, type StateRead, write } from './control-io.ts';
import { refuseUnread, refuseUnwritten, type SwitchCommand } from './decide.ts';
import type { Lookout } from './lookout.ts';
import { type ControlMemory, type Intent, sinceMs } from './memory.ts';
import { factsOf, placeOf, type Surroundings } from './surroundings.ts';

export type Outcome = Result['outcome'];
type Failed = Extract<Outcome, { is: 'failed' }>;

/** What came of it, and what is now known of the control. */
export interface Done {
  readonly outcome: Outcome;
  readonly change?: Partial<ControlMemory>;
}

export interface Turn {
  readonly command: SwitchCommand;
  supersededBy: CommandId | null;
}

const LOOK_EVERY_MS = 500;
/** What a motor or a contact may take beyond what its manual says. */
const SETTLE_SLACK_MS = 2_000;

/**
 * One command on the wire: state read → agreed already? → its place among the reconnections → load read → allowed
 * still? → written down → written, once → read back → journalled.
 */
export class Operation {
  private readonly around: Surroundings;
  private readonly lookout: Lookout;
  private reconnectAt = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings, lookout: Lookout) {
    this.around = around;
    this.lookout = lookout;
  }

  async run(turn: Turn): Promise<Done> {
    const { command } = turn;
    const { meter, control, to } = command.action;
    const early = this.refusal(turn);
    if (early) return early;
    const at = placeOf(meter, control, this.around);
    if (!at) return { outcome: failed('bus-error', 'the line of this meter is not open') };
    let before = await this.look(turn, at);
    if ('outcome' in before) return before;
    if (isReconnection(to) && (await this.staggered())) {
      before = await this.look(turn, at);
      if ('outcome' in before) return before;
    }
    return this.writeIfAllowed(turn, at, before);
  }

  /** After a restart: an operation that was begun is looked at, never made again. */
  async conclude({ command, meter, control, to }: Intent): Promise<Done> {
    const interrupted = 'the gateway stopped while it was switching';
    const at = placeOf(meter, control, this.around);
    const read = at && (await readState(at, 'command'));
    if (!read?.ok) return { outcome: failed('meter-silent', interrupted) };
    const { state } = read.value;
    this.changed({ command, meter, control, to }, state);
    const readBack = this.evidence(read.value);
    const evidence = readBack && { readBack };
    const outcome: Outcome =
      state === to
        ? { is: 'done', ...evidence }
        : { ...failed('read-back-differs', interrupted), ...evidence };
    return { outcome, change: { state } };
  }

  private refusal({ command, supersededBy: by }: Turn): Done | null {
    if (by) return { outcome: { is: 'superseded', by } };
    const refused = refuseUnread(factsOf(command, this.around));
    return refused && { outcome: refused };
  }

  /** As it is now; a result when nothing is left to do. */
  private async look({ command }: Turn, at: Place): Promise<StateRead | Done> {
    const { meter, control, to } = command.action;
    const read = await readState(at, 'command');
    if (!read.ok) return { outcome: failedBy(read.failed) };
    this.lookout.seen(meter, control, read.value.state);
    if (read.value.state !== to) return read.value;
    // To agree takes a control back that somebody has switched by hand.
    const change = { commanded: to, overridden: false, command: command.id, issued: command.issued };
    const seen = this.evidence(read.value);
    return { outcome: { is: 'done', ...(seen && { before: seen, readBack: seen }) }, change };
  }

  /** Many rooms switched on at once would trip the main breaker. True: it had to wait. */
  private async staggered(): Promise<boolean> {
    const { now, ports, sleep } = this.around;
    const { mono } = now();
    const at = Math.max(mono, this.reconnectAt);
    this.reconnectAt = at + (ports.config()?.switching.staggerMs ?? 0);
    if (at > mono) await sleep(at - mono);
    return at > mono;
  }

  private async writeIfAllowed(turn: Turn, at: Place, before: StateRead): Promise<Done> {
    const { id, action, issued } = turn.command;
    const load = await readLoad(at);
    if (!load.ok) return { outcome: failedBy(load.failed) };
    // Its turn may have been long in coming: everything is looked at again, right before the write.
    const late = this.refusal(turn);
    if (late) return late;
    const { memory, now } = this.around;
    const facts = factsOf(turn.command, this.around);
    const { operated, overridden } = memory.control(action.meter, action.control);
    const instant = now();
    const { utc } = facts.time;
    const sinceLastMs = sinceMs(operated, instant, utc);
    const refused = refuseUnwritten(facts, {
      state: before.state,
      load: load.value,
      overridden,
      sinceLastMs,
    });
    if (refused) return { outcome: refused };
    const intent: Intent = { command: id, meter: action.meter, control: action.control, to: action.to };
    memory.intend(intent, { boot: instant.boot, mono: instant.mono, utc }, issued);
    const validForMs = turn.command.expires - (utc ?? 0) - facts.time.uncertainty;
    return this.writeAndReadBack(intent, at, before, validForMs);
  }

  private async writeAndReadBack(
    intent: Intent,
    at: Place,
    read: StateRead,
    validForMs: number,
  ): Promise<Done> {
    const before = this.evidence(read);
    const written = await write(at, intent.to, validForMs);
    if (!written.ok && written.failed.sentAt === null) {
      return { outcome: failed('bus-error', written.failed.reason) };
    }
    const isRefused = !written.ok && written.failed.fault === 'exception';
    const after = await this.settled(
      at,
      intent.to,
      isRefused ? 0 : (at.control.settleMs ?? 0) + SETTLE_SLACK_MS,
    );
    if (!after) {
      const why = written.ok ? 'it was written, and does not answer since' : written.failed.reason;
      return { outcome: failed('meter-silent', why) };
    }
    this.changed(intent, after.state);
    const readBack = this.evidence(after);
    const evidence = readBack && { readBack };
    const change = { state: after.state, ...(after.state === intent.to && { overridden: false }) };
    if (after.state === intent.to)
      return { outcome: { is: 'done', ...(before && { before }), ...evidence }, change };
    const why = written.ok ? '' : ` (${written.failed.reason})`;
    const outcome = isRefused
      ? failedBy(written.failed)
      : failed('read-back-differs', `it reads ${after.state}, ${intent.to} was written${why}`);
    return { outcome: { ...outcome, ...evidence }, change };
  }

  /** Reads back until it is as wanted, or its time is over; undefined when it does not answer. */
  private async settled(at: Place, to: string, withinMs: number): Promise<StateRead | undefined> {
    const { now, sleep } = this.around;
    const until = now().mono + withinMs;
    let last: StateRead | undefined;
    for (;;) {
      await sleep(LOOK_EVERY_MS);
      const read = await readState(at, 'command');
      if (read.ok) last = read.value;
      if (last?.state === to || now().mono >= until) return last;
    }
  }

  private changed({ command, meter, control, to }: Intent, state: SwitchState): void {
    const { memory, ports } = this.around;
    if (memory.control(meter, control).state === state) return;
    const ours = state === to;
    const cause = ours ? 'command' : 'unknown';
    ports.journal({ kind: 'switched', meter, control, state, cause, ...(ours && { command }) });
  }

  private evidence({ state, raw }: StateRead): { state: SwitchState; raw: string; at: number } | undefined {
    const { utc } = this.around.time();
    return utc === null ? undefined : { state, raw, at: Math.trunc(utc) };
  }
}

const isReconnection = (to: string): boolean => to === 'on' || to === 'open';

interface WireFailure {
  readonly fault: string;
  readonly reason: string;
}

function failedBy({ fault, reason }: WireFailure): Failed {
  const because =
    fault === 'exception' ? 'meter-refused' : fault === 'timeout' ? 'meter-silent' : 'bus-error';
  return failed(because, reason);
}

/** As much as a result can hold. */
export const detailText = (text: string): string => text.replace(/\p{Cc}|\p{Cs}/gu, ' ').slice(0, 200);

const failed = (because: Failed['because'], detail: string): Failed => ({
  is: 'failed',
  because,
  detail: detailText(detail) || because,
});
