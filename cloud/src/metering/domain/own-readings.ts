import type { Epoch } from './epoch.ts';
import type { Anomaly } from './line.ts';
import { type CountReading, standingOf } from './reading.ts';

interface Run {
  readonly since: number;
  readonly before: bigint;
  readonly from: number;
  readonly after: bigint;
  readonly left: number;
  readonly resumes: number | undefined;
}

/**
 * Keeps apart, within one epoch, what was read from another register than the one that the epoch is about. Whatever it
 * counts, it says nothing of this one: it is left out and listed, and waits for a person to declare what has changed.
 */
export class OwnReadings {
  readonly #epoch: Epoch;
  readonly #runs: Run[] = [];
  #last: { readonly at: number; readonly count: bigint };
  #run: Run | undefined;

  constructor(epoch: Epoch) {
    this.#epoch = epoch;
    this.#last = { at: epoch.from, count: epoch.opening };
  }

  /** In the order of time. Is it of the epoch's own register? */
  take(reading: CountReading): boolean {
    const { at, count, cites, quality } = reading;
    const isVoid = standingOf(quality) === 'void';
    const isForeign = cites === null ? this.#run !== undefined : this.#isForeign(cites);
    if (isForeign) {
      if (!isVoid) this.#note(at, count);
      return false;
    }
    if (isVoid) return true;
    this.#end(at);
    this.#last = { at, count };
    return true;
  }

  /** `end`: where the next epoch begins. */
  others(end: number | undefined): Anomaly[] {
    if (end !== undefined) this.#end(end);
    const runs = this.#run ? [...this.#runs, this.#run] : this.#runs;
    return runs.map(({ resumes, ...run }) => ({
      ...run,
      kind: 'other-register',
      state: resumes === undefined ? 'held' : 'discarded',
      until: resumes,
      resumes,
    }));
  }

  #isForeign(cites: string | undefined): boolean {
    return cites !== undefined && this.#epoch.foreign?.has(cites) === true;
  }

  #note(at: number, count: bigint): void {
    const { at: since, count: before } = this.#last;
    const run = this.#run ?? { since, before, from: at, after: count, left: 0, resumes: undefined };
    this.#run = { ...run, left: run.left + 1 };
  }

  #end(at: number): void {
    if (this.#run) this.#runs.push({ ...this.#run, resumes: at });
    this.#run = undefined;
  }
}
