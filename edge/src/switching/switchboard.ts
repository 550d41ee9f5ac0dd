import { type Command, type CommandId, type Result, resultSchema } from '@meterline/contracts';
import { refuseUnread, refuseUntimely, type SwitchCommand } from './decide.ts';
import { Lookout } from './lookout.ts';
import { type Done, detailText, Operation, type Outcome, type Turn } from './operation.ts';
import { factsOf, type Surroundings } from './surroundings.ts';

const PRUNE_MS = 3_600_000;

/**
 * Commands of the hub. Each id gets one answer, for ever: it is kept before it is given, and a repeat gets it again.
 * What is refused, and in which order, is the table of `decide.ts`.
 */
export class Switchboard {
  private readonly around: Surroundings;
  private readonly lookout: Lookout;
  private readonly operation: Operation;
  private readonly working = new Map<CommandId, Promise<Result>>();
  private readonly waiting = new Map<string, Turn[]>();
  private readonly turns = new Map<string, Promise<unknown>>();
  private surveying = false;
  private prunedAt = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings) {
    this.around = around;
    this.lookout = new Lookout(around);
    this.operation = new Operation(around, this.lookout);
  }

  /** A command whose signature and gateway were checked. Rejects only when the answer cannot be kept. */
  handle(command: Command): Promise<Result> {
    const known = this.around.memory.result(command.id);
    if (known) return Promise.resolve(known);
    const inProgress = this.working.get(command.id);
    if (inProgress) return inProgress;
    const work = this.work(command).finally(() => this.working.delete(command.id));
    this.working.set(command.id, work);
    return work;
  }

  /** After a restart, once the lines are open: what became of operations that were begun. */
  async recover(): Promise<Result[]> {
    const results: Result[] = [];
    for (const intent of this.around.memory.intents()) {
      const { command } = intent;
      const begun = this.around.now().mono;
      const work = this.operation.conclude(intent).then((done) => {
        this.lookout.looked(`${intent.meter}/${intent.control}`);
        return this.finish(command, done, begun, intent);
      });
      const single = this.working.get(command) ?? work.finally(() => this.working.delete(command));
      this.working.set(command, single);
      results.push(await single);
    }
    return results;
  }

  /** About once a second: looks after what was switched by hand, and forgets what is old. */
  async tend(): Promise<void> {
    if (this.surveying) return;
    this.surveying = true;
    try {
      const { utc } = this.around.time();
      const { mono } = this.around.now();
      if (utc !== null && mono - this.prunedAt >= PRUNE_MS) {
        this.prunedAt = mono;
        this.around.memory.prune(Math.trunc(utc));
      }
      await this.lookout.survey((key) => this.turns.has(key));
    } finally {
      this.surveying = false;
    }
  }

  private async work(command: Command): Promise<Result> {
    const begun = this.around.now().mono;
    // Begun before a restart: whatever it did then, it is not done again.
    const intent = this.around.memory.intents().find((each) => each.command === command.id);
    if (intent) return this.finish(command.id, await this.operation.conclude(intent), begun, intent);
    if (isSwitch(command)) return this.switch(command, begun);
    const refused = refuseUntimely({ command, time: this.around.time() });
    return this.finish(command.id, refused ? { outcome: refused } : this.order(command), begun);
  }

  private order({ id, action }: Command): Done {
    if (action.do === 'switch') throw new TypeError('is switched, not ordered');
    const { ports } = this.around;
    const known = new Set(ports.config()?.meters.flatMap(({ points }) => points.map((point) => point.id)));
    const unknown = action.points.find((point) => !known.has(point));
    if (unknown) return unknownPoint(`there is no point ${unknown}`);
    const points = new Set(action.points);
    if (action.do === 'watch') {
      ports.watch({ command: id, points, everyMs: action.everyMs, until: action.until });
    } else if (!ports.demand(points, id)) return unknownPoint('none of them is to be billed on');
    return { outcome: { is: 'done' } };
  }

  private async switch(command: SwitchCommand, begun: number): Promise<Result> {
    const { id, action } = command;
    const refused = refuseUnread(factsOf(command, this.around));
    if (refused) return this.finish(id, { outcome: refused }, begun);
    const key = `${action.meter}/${action.control}`;
    const by = this.overtakenBy(key, command);
    if (by) return this.finish(id, { outcome: { is: 'superseded', by } }, begun);
    const turn: Turn = { command, supersededBy: null };
    const others = this.waiting.get(key) ?? [];
    this.waiting.set(key, [...others, turn]);
    return this.inTurn(key, async () => {
      try {
        return this.finish(id, await this.operation.run(turn), begun, action);
      } finally {
        this.lookout.looked(key);
        const left = (this.waiting.get(key) ?? []).filter((each) => each !== turn);
        if (left.length > 0) this.waiting.set(key, left);
        else this.waiting.delete(key);
      }
    });
  }

  /** Of two wishes for one control the newer counts, in whatever order they come. */
  private overtakenBy(key: string, command: SwitchCommand): CommandId | null {
    const { meter, control } = command.action;
    const done = this.around.memory.control(meter, control);
    if (done.command && isNewer({ id: done.command, issued: done.issued }, command)) return done.command;
    for (const other of this.waiting.get(key) ?? []) {
      if (isNewer(other.command, command)) return other.command.id;
      other.supersededBy ??= command.id;
    }
    return null;
  }

  private finish(
    command: CommandId,
    { outcome, change }: Done,
    begun: number,
    at?: Pick<SwitchCommand['action'], 'meter' | 'control'>,
  ): Result {
    const { gateway, memory, time, now, place } = this.around;
    const { utc } = time();
    const tookMs = Math.max(0, Math.round(now().mono - begun));
    const stamp = utc === null ? null : Math.trunc(utc);
    const result = resultSchema.parse({
      v: 1,
      gateway,
      command,
      at: stamp,
      ...(stamp === null && { order: place() }),
      outcome: fitting(outcome),
      tookMs,
    });
    memory.finish(result, at && change && { meter: at.meter, control: at.control, change });
    return result;
  }

  private inTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
    const done = (this.turns.get(key) ?? Promise.resolve()).then(task);
    const over: Promise<void> = done.then(
      () => this.endTurn(key, over),
      () => this.endTurn(key, over),
    );
    this.turns.set(key, over);
    return done;
  }

  private endTurn(key: string, over: Promise<unknown>): void {
    if (this.turns.get(key) === over) this.turns.delete(key);
  }
}

const isSwitch = (command: Command): command is SwitchCommand => command.action.do === 'switch';

/** Ids ascend with time: they decide between two of the same millisecond. */
const isNewer = (a: { id: CommandId; issued: number }, b: { id: CommandId; issued: number }): boolean =>
  a.issued > b.issued || (a.issued === b.issued && a.id > b.id);

/** The words of a profile may be longer than those of a result. */
const fitting = (outcome: Outcome): Outcome =>
  outcome.is === 'refused' && outcome.detail !== undefined
    ? { ...outcome, detail: detailText(outcome.detail) }
    : outcome;

const unknownPoint = (detail: string): Done => ({
  outcome: { is: 'refused', because: 'unknown-point', detail },
});
