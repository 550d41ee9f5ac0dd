import type { Clock } from '../clock.ts';
import type { Draft } from './entry.ts';
import { JournalError, troubleOf } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { pruneQuarantine } from './quarantine.ts';
import type { Reserve } from './reserve.ts';
import type { Retention, Shortage } from './retention.ts';
import { pagesOf } from './schema.ts';
import type { Alert } from './status.ts';

const LOOK_AGAIN_MS = 10_000;

export interface RoomParts {
  readonly path: string;
  readonly ledger: Ledger;
  readonly retention: Retention;
  readonly reserve: Reserve;
  readonly clock: Clock;
  readonly alerts: Set<Alert>;
}

/** Who may still write, and what is done when there is no room: for the budget of the file and for the disk under it. */
export class Room {
  private readonly parts: RoomParts;
  private lookAgain = 0;
  shortage: Shortage = 'none';

  constructor(parts: RoomParts) {
    this.parts = parts;
  }

  /**
   * Samples are taken while there is something left that may be given up for them; counts to bill on and events
   * while anything is left but the room to work in.
   */
  admit(drafts: readonly Draft[]): void {
    const short = this.isShort();
    if (short) this.relieve();
    const samples = drafts.some(({ table }) => table === 'gauge' || table === 'counter');
    if (short && this.shortage === 'full' && samples) {
      throw new JournalError('journal-no-room', 'samples must wait');
    }
    if (!this.parts.retention.hasRoom() || (this.isStarved() && !this.hasSpare())) {
      throw new JournalError('journal-no-room', 'nothing more may be given up');
    }
  }

  /** Tries once more after making room. */
  relieved<T>(work: () => T, again: () => T = work): T {
    try {
      return work();
    } catch (error) {
      if (troubleOf(error) !== 'no-room') throw error;
      this.rescue();
      return again();
    }
  }

  isShort(): boolean {
    return this.parts.retention.isShort() || (this.isStarved() && !this.hasSpare());
  }

  /** The regular look; also says when a shortage is over. */
  tend(): void {
    const { reserve, retention, alerts } = this.parts;
    reserve.keep();
    if (this.isShort()) this.relieve();
    else if (!this.isStarved() && retention.isEased()) {
      this.shortage = 'none';
      alerts.delete('shortage');
    }
  }

  /** The file may grow to this from now on; one that is larger already gives up what may go. */
  resize(budgetBytes: number): void {
    this.parts.ledger.db.pragma(`max_page_count = ${pagesOf(budgetBytes)}`);
    this.changed();
  }

  /** Something has gone that was in the way: look again at once. */
  changed(): void {
    this.lookAgain = 0;
  }

  /** The reserve had to be given back: the disk itself is full, whatever the budget says. */
  private isStarved(): boolean {
    const { reserve } = this.parts;
    return reserve.bytes > 0 && !reserve.held;
  }

  private hasSpare(): boolean {
    const { retention, reserve } = this.parts;
    // A third of the reserve may be used up by what must not be lost; the rest is for the log.
    return retention.hasSpare(reserve.disk().free, (reserve.bytes * 2) / 3);
  }

  private relieve(): void {
    const { retention, clock, alerts, path } = this.parts;
    const now = clock.now();
    // When nothing was left to give up a moment ago, looking again for every append would only cost time.
    if (this.shortage === 'full' && now.mono < this.lookAgain) return;
    // What was salvaged from an old file lives on in this one.
    if (this.isStarved() && !this.hasSpare()) pruneQuarantine(path, 1);
    if (retention.isShort()) this.shortage = retention.makeRoom(now);
    if (this.isStarved() && !this.hasSpare()) this.shortage = retention.makeRoom(now, () => this.hasSpare());
    this.lookAgain = now.mono + LOOK_AGAIN_MS;
    alerts.add('shortage');
  }

  /** The disk is full now. With the reserve given back the log can be played in; then room within the file is enough. */
  private rescue(): void {
    this.parts.reserve.free();
    try {
      this.parts.ledger.db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // A log that cannot be emptied for want of room is no worse than before.
      if (troubleOf(error) !== 'no-room') throw error;
    }
    this.relieve();
  }
}
