import type { MeterId, SwitchState } from '@meterline/contracts';
import { readState } from './control-io.ts';
import { placeOf, type Surroundings } from './surroundings.ts';

const SURVEY_MS = 300_000;

/** Sees what was switched by hand. It is said, not fought. */
export class Lookout {
  private readonly around: Surroundings;
  private readonly surveyedAt = new Map<string, number>();

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Looks at the one control that has waited longest, when its time has come. */
  async survey(isBusy: (key: string) => boolean): Promise<void> {
    const due = this.due(isBusy);
    if (!due) return;
    const { meter, control, key } = due;
    this.surveyedAt.set(key, this.around.now().mono);
    const at = placeOf(meter, control, this.around);
    const read = at && (await readState(at, 'poll'));
    // A command may have come meanwhile: it looks for itself.
    if (read?.ok && !isBusy(key)) this.seen(meter, control, read.value.state);
  }

  private due(isBusy: (key: string) => boolean) {
    const { mono } = this.around.now();
    const lookedAt = (key: string) => this.surveyedAt.get(key) ?? Number.NEGATIVE_INFINITY;
    return (this.around.ports.config()?.meters ?? [])
      .flatMap(({ id, controls = [] }) =>
        controls
          .filter(({ enabled, never }) => enabled && !never)
          .map(({ name }) => ({ meter: id, control: name, key: `${id}/${name}` })),
      )
      .filter(({ key }) => mono - lookedAt(key) >= SURVEY_MS && !isBusy(key))
      .toSorted((a, b) => lookedAt(a.key) - lookedAt(b.key))[0];
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
    memory.note(meter, control, { state, overridden, operated });
    ports.journal({
      kind: 'switched',
      meter,
      control,
      state,
      cause: ours ? 'command' : 'local',
      ...(ours && known.command && { command: known.command }),
    });
  }

  private hasFailed(command: Parameters<Surroundings['memory']['result']>[0]): boolean {
    return this.around.memory.result(command)?.outcome.is === 'failed';
  }
}
