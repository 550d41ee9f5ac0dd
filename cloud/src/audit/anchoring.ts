import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import type { AnchorLog } from './audit.anchors.ts';
import { auditError } from './audit.errors.ts';
import { type Anchor, signAnchor } from './domain/anchor.ts';
import { type Head, START } from './domain/chain.ts';
import type { Signer } from './domain/checkpoint.ts';
import { timeText } from './time-text.ts';

export interface AnchoringOptions {
  readonly anchors?: AnchorLog;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly anchorEveryMs?: number;
}

/** Sealing waits so long for the store of files, and no longer: what is late is compared later. */
const PATIENCE_MS = 1_500;
const TRY_AGAIN_MS = 10_000;

/**
 * What a sealer knows of the past beside what the database says: the furthest round that it saw itself, or that is
 * noted with the files. A store that does not answer delays the comparison and stops no sealing, but for the very
 * first seal: the first anchor comes before it, so that rounds without any anchor mean that the anchors were removed.
 */
export class Anchoring {
  readonly #options: AnchoringOptions;
  #known: Head = START;
  /** Of the anchor that governs; 0 while none was read or made. */
  #epoch = 0;
  #noted: Head = START;
  #notedAt = Number.NEGATIVE_INFINITY;
  #lookAt = Number.NEGATIVE_INFINITY;
  #empty = false;
  #busy: Promise<void> | undefined;
  #trouble: string | undefined;

  constructor(options: AnchoringOptions) {
    this.#options = options;
  }

  get known(): Head {
    return this.#known;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  lookAgain(): void {
    this.#lookAt = Number.NEGATIVE_INFINITY;
  }

  /** The last round of the database, which has `known`. */
  saw(last: Head): void {
    this.#known = last;
  }

  /** Reads the anchor that governs, now and then. */
  async look(): Promise<void> {
    const { anchors, anchorEveryMs = 60_000, clock } = this.#options;
    if (!anchors || clock.monotonicMs() < this.#lookAt) return;
    await this.#withStore(async () => {
      this.#lookAt = clock.monotonicMs() + Math.min(TRY_AGAIN_MS, anchorEveryMs);
      const newest = await anchors.newest();
      this.#lookAt = clock.monotonicMs() + anchorEveryMs;
      this.#empty = newest === undefined;
      if (newest) this.#compare(newest);
    });
  }

  #compare({ epoch, number, digest }: Anchor): void {
    // An operator's acknowledgement begins a new epoch, and goes back on purpose.
    const acknowledged = epoch > this.#epoch && this.#epoch > 0;
    if (epoch > this.#epoch) this.#noted = { number, digest };
    this.#epoch = Math.max(epoch, this.#epoch);
    if (acknowledged || number > this.#known.number) this.#known = { number, digest };
  }

  /** Before anything is sealed on top of `last`. */
  async permit(last: Head): Promise<void> {
    if (!this.#options.anchors || this.#epoch > 0) return;
    if (last.number === 0n) return this.#begin();
    if (!this.#empty) return;
    const message = `the database has ${last.number} rounds of audit seals, and the store of files has no note of any: it was emptied, or it is another one. Nothing is sealed until an operator accepts that: meterline audit acknowledge`;
    throw auditError('audit_history_lost', { message });
  }

  async #begin(): Promise<void> {
    if (this.#empty) await this.#withStore(() => this.#add(1, START));
    if (this.#epoch > 0) return;
    const message = 'the first seal waits until a first head can be noted with the files';
    throw auditError('audit_anchors_unreadable', { message });
  }

  async noteNowAndThen(): Promise<void> {
    const { anchorEveryMs = 60_000, clock } = this.#options;
    if (clock.monotonicMs() - this.#notedAt >= anchorEveryMs) await this.note();
  }

  /** Notes the last round, if it is not noted yet. */
  async note(): Promise<void> {
    if (this.#epoch === 0 || this.#known.number <= this.#noted.number) return;
    await this.#withStore(() => this.#add(this.#epoch, this.#known));
  }

  async #add(epoch: number, head: Head): Promise<void> {
    const { anchors, signer, clock } = this.#options;
    const at = timeText(clock.now());
    this.#notedAt = clock.monotonicMs();
    await anchors?.add(signAnchor(signer, { epoch, ...head, at, reason: null }));
    this.#epoch = epoch;
    this.#noted = head;
  }

  /** One thing at a time; never rejects. A store that hangs is left to itself after a while. */
  async #withStore(work: () => Promise<void>): Promise<void> {
    this.#busy ??= work()
      .then(
        () => {
          this.#trouble = undefined;
        },
        (error: unknown) => {
          if (this.#trouble === undefined)
            this.#options.onError(auditError('audit_anchors_unreadable', { cause: error }));
          this.#trouble = 'heads cannot be noted with the files';
        },
      )
      .finally(() => {
        this.#busy = undefined;
      });
    await Promise.race([this.#busy, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }
}
