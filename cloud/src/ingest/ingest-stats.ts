import type { SlotCommit } from './commit-slot.ts';

/** Upper bounds of the buckets of the commit time, in ms. */
export const COMMIT_BUCKETS_MS = [2, 5, 10, 20, 50, 100, 250, 500, 1_000, 5_000] as const;

/** What has happened since the process began. */
export class IngestStats {
  readonly settled = { stored: 0, repeat: 0 };
  readonly refused = new Map<string, number>();
  readonly troubles = new Map<string, number>();
  readonly commitBuckets = new Array<number>(COMMIT_BUCKETS_MS.length + 1).fill(0);
  commits = 0;
  commitMs = 0;
  rows = 0;
  /** UTC ms of the last commit; undefined before the first. */
  lastCommitAt: number | undefined;
  /** From the door to the commit, of the oldest message of the last commit. */
  lastLagMs = 0;
  #heard = new Map<string, number>();
  #lastCommit = Number.NEGATIVE_INFINITY;

  committed({ settled, rows, milliseconds }: SlotCommit): void {
    const now = Date.now();
    this.commits += 1;
    this.commitMs += milliseconds;
    this.rows += rows;
    this.lastCommitAt = now;
    this.#lastCommit = performance.now();
    const bucket = COMMIT_BUCKETS_MS.findIndex((bound) => milliseconds <= bound);
    const place = bucket < 0 ? COMMIT_BUCKETS_MS.length : bucket;
    this.commitBuckets[place] = (this.commitBuckets[place] ?? 0) + 1;
    this.lastLagMs = 0;
    for (const [{ message }, outcome] of settled) {
      this.lastLagMs = Math.max(this.lastLagMs, now - message.receivedAt);
      if (outcome.kind === 'refused') {
        this.refused.set(outcome.reason, (this.refused.get(outcome.reason) ?? 0) + 1);
        continue;
      }
      this.settled[outcome.kind] += 1;
      this.#heard.set(message.gateway, message.receivedAt);
    }
  }

  /** By the counter of the process, which never steps. */
  hasCommittedWithin(milliseconds: number): boolean {
    return performance.now() - this.#lastCommit < milliseconds;
  }

  trouble(what: string): void {
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + 1);
  }

  /** Gateways that were believed since this was asked last, and when. */
  takeHeard(): ReadonlyMap<string, number> {
    const heard = this.#heard;
    this.#heard = new Map();
    return heard;
  }
}
