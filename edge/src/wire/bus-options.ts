import type { Exchange } from './fault.ts';
import type { Lane, Waiting } from './lanes.ts';
import type { Body } from './reply.ts';
import type { Request } from './request.ts';

export interface BusOptions {
  /** The latest that a meter of this bus begins an answer. Larger is safer and lets a silent meter wait longer. */
  readonly lateReplyMs?: number;
  readonly fence?: 'unit' | 'bus';
  /** Whether to listen for `lateReplyMs` before the first request: a process before this one may be owed replies. */
  readonly listenFirst?: boolean;
  /** How much later a request of the next lane down counts. */
  readonly agingMs?: number;
  readonly maxQueued?: number;
}

export interface RequestOptions {
  readonly lane: Lane;
  /** From the last character of the request to the first of the reply; the reply's own time is added. */
  readonly timeoutMs: number;
  /** The meter's own silence: since anything on the bus, or since this unit was last spoken to. */
  readonly gap?: { readonly minMs: number; readonly scope: 'bus' | 'unit' };
  /** Not to be sent later than this from now. */
  readonly expiresInMs?: number;
  readonly signal?: AbortSignal;
}

/** A request that waits for its turn, or is on the wire. */
export interface Entry extends Waiting {
  readonly request: Request;
  readonly options: RequestOptions;
  /** When the line was first waited for on behalf of this request. */
  waitingUs: number;
  settle(result: Exchange<Body>): void;
}
