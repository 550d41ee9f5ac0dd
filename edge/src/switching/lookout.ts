import type { MeterId, SwitchState } from '@meterline/contracts';
import { readState } from './control-io.ts';
import { placeOf, type Surroundings, stateIn } from './surroundings.ts';

/** A control that polling does not read along is looked at so often. */
const SURVEY_MS = 300_000;

interface Watched {
  readonly meter: MeterId;
  readonly control: string;
  readonly key: string;
}

/** Sees what was switched by hand. It is said, not fought. */
export class Lookout {
  private readonly around: Surroundings;
  /** Up to when it is known what each control was: nothing that was read before counts any more. */
  private readonly lookedAt = new Map<string, number>();

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Takes what polling has read, and looks itself at the one control that has waited longest. */
  async survey(isBusy: (key: string) => boolean): Promise<void> {
    const watched = this.watched();
    for (const one of watched) this.glance(one, isBusy(one.key));
    const due = this.due(watched.filter(({ key }) => !isBusy(key)));
    if (!due) return;
    const { meter, control, key } = due;
    this.looked(key);
    const at = placeOf(meter, control, this.around);
    const read = at && (await readState(at, 'poll'));
    // A command may have come meanwhile: it looks for itself.
    if (read?.ok && !isBusy(key)) this.seen(meter, control, read.value.state);
  }

  /** Somebody has just read this control and knows what it is. */
  looked(key: string): void {
    this.lookedAt.set(key, this.around.now().mono);
  }

  private watched(): Watched[] {
    return (this.around.ports.config()?.meters ?? []).flatMap(({ id, controls = [] }) =>
      controls
        .filter(({ enabled, never }) => enabled && !never)
        .map(({ name }) => ({ meter: id, control: name, key: `${id}/${name}` })),
    );
  }

  /** What was read before or during an operation is what the operation itself has seen. */
  private glance({ meter, control, key }: Watched, busy: boolean): void {
    const polled = this.around.ports.polled?.(meter, control);
    if (!polled || polled.at.boot !== this.around.now().boot || polled.at.mono <= this.since(key)) return;
    this.lookedAt.set(key, polled.at.mono);
    if (busy) return;
    const state = stateIn(meter, control, polled.word, this.around);
    if (state !== undefined) this.seen(meter, control, state);
  }

  private since(key: string): number {
    return this.lookedAt.get(key) ?? Number.NEGATIVE_INFINITY;
  }

  /** A silent meter is not asked: how much of the line's time it may cost is polling's affair. */
  private due(watched: readonly Watched[]): Watched | undefined {
    const { boot, mono } = this.around.now();
    const isThere = (meter: MeterId) => {
      const read = this.around.ports.lastRead(meter);
      return read?.boot === boot && mono - read.mono < SURVEY_MS;
    };
    return watched
      .filter(({ meter, key }) => mono - this.since(key) >= SURVEY_MS && isThere(meter))
      .toSorted((a, b) => this.since(a.key) - this.since(b.key))[0];
  }

  /** What the control is now, by whomever. */
  seen(meter: MeterId, control: string, state: SwitchState): void {
    const { memory, ports, now, time } = this.around;
    const known = memory.control(meter, control);
    if (known.state === state) return;
    if (known.state === null) {
      memory.note(meter, control, { state });
      return;
    }
    // It took longer than the manual says, or the gateway stopped before it could look: but it was asked for.
    const ours = known.commanded === state && known.command !== null && this.hasFailed(known.command);
    const overridden = known.commanded !== null && known.commanded !== state;
    const { boot, mono } = now();
    const operated = ours ? known.operated : { boot, mono, utc: time().utc };
    const isKept = ports.journal({
      kind: 'switched',
      meter,
      control,
      state,
      cause: ours ? 'command' : 'local',
      ...(ours && known.command && { command: known.command }),
    });
    // What the journal could not take, or a power cut came before, is said at the next look.
    memory.note(meter, control, { overridden, operated, ...(isKept && { state }) });
  }

  private hasFailed(command: Parameters<Surroundings['memory']['result']>[0]): boolean {
    return this.around.memory.result(command)?.outcome.is === 'failed';
  }
}
