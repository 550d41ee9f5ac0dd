import type { Fault } from './fault.ts';
import type { Body } from './reply.ts';
import type { Request } from './request.ts';

/** What the bytes so far come to. `lost`: the stream is out of step for good and must be opened anew. */
export type Verdict =
  | { readonly kind: 'more' }
  | { readonly kind: 'reply'; readonly body: Body; readonly bytes: number }
  | { readonly kind: 'exception'; readonly exception: number; readonly frame: Uint8Array }
  | { readonly kind: 'bad'; readonly lost: boolean };

export const AWAIT: Verdict = { kind: 'more' };

export interface GivenUp {
  readonly fault: Fault;
  readonly evidence: Uint8Array;
}

/** What has come that nobody was waiting for. */
export interface LateCounts {
  readonly bytes: number;
  readonly replies: number;
  /** The longest that a late reply has taken since its request. */
  readonly longestUs: number;
  /** Second replies to one request: two meters have the same unit number. */
  readonly twins: number;
}

/** The memory of one line between request and reply: whose answer a byte is. */
export interface Conversation {
  /** The frame to send; from here on fed bytes are judged as its reply. */
  begin(request: Request): Uint8Array;
  feed(chunk: Uint8Array, nowUs: number): Verdict;
  /** After a bad verdict: whether the asked unit has had its say and owes nothing more. */
  settled(): boolean;
  /** Ends the exchange without a reply. */
  giveUp(sentUs: number, timeoutUs: number): GivenUp;
  /** Bytes outside any exchange; false when the stream is out of step for good. */
  stray(chunk: Uint8Array, nowUs: number): boolean;
  /** The moment before which the unit must not be asked, lest an older reply be taken for the new one. */
  fencedUntilUs(unit: number): number;
  /** Whether a reply to an older request may lie unread, the process having been busy. */
  unheard(unit: number): boolean;
  /** All that had come by `sinceUs` was read. */
  heard(unit: number, sinceUs: number): void;
  /** The port was opened anew. */
  reopened(): void;
  readonly late: LateCounts;
}
