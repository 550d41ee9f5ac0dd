import type { Instant } from '../clock.ts';
import type { Block } from '../meters/plan.ts';
import type { Fault } from '../wire/fault.ts';
import type { Lane } from '../wire/lanes.ts';
import type { ReadBits, ReadRegisters } from '../wire/request.ts';
import type { Confirm } from './confirm.ts';
import type { LiveSample, PollEntry } from './entry.ts';
import type { MeterPoll } from './meter-poll.ts';
import type { Notice } from './notice.ts';
import type { Sweep, SweepItem } from './sweep.ts';
import type { Visit } from './visit.ts';
import type { Watch, Watched } from './watch.ts';

/** What a request is made for. */
export type Purpose =
  | { readonly kind: 'visit'; readonly visit: Visit }
  | { readonly kind: 'sweep'; readonly sweep: Sweep; readonly item: SweepItem }
  | { readonly kind: 'confirm'; readonly confirm: Confirm }
  | { readonly kind: 'probe' }
  | { readonly kind: 'watch'; readonly watch: Watch; readonly watched: Watched };

/** One request that is to be made now. */
export interface Step {
  readonly kind: 'exchange';
  readonly meter: MeterPoll;
  readonly block: Block;
  readonly request: ReadRegisters | ReadBits;
  readonly lane: Lane;
  readonly timeoutMs: number;
  readonly purpose: Purpose;
  readonly sinceUs: number;
}

export type Next = Step | { readonly kind: 'idle'; readonly untilUs: number };

export type Outcome =
  | {
      readonly ok: true;
      readonly words: readonly number[];
      readonly at: Instant;
      readonly turnaroundUs: number;
    }
  | {
      readonly ok: false;
      readonly fault: Fault;
      readonly exception: number | null;
      readonly reason: string;
      readonly turnaroundUs: number | null;
    };

export interface Finished {
  readonly boundary: number;
  /** When somebody asked for it; absent: a quarter hour. */
  readonly askedUs?: number | undefined;
}

export interface Output {
  /** To be on the medium before anything else happens. */
  readonly durable: PollEntry[];
  readonly samples: PollEntry[];
  readonly live: LiveSample[];
  readonly notices: Notice[];
  /** Boundaries whose sweep has ended with what is in `durable`. */
  readonly finished: Finished[];
}
