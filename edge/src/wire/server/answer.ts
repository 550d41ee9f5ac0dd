/** What a meter does with a request. `delayMs` stands in place of the line's usual turnaround. */
export type Answer =
  | { readonly kind: 'reply'; readonly pdu: Uint8Array; readonly delayMs?: number }
  | { readonly kind: 'silence' }
  /** Sent as it is, checksum and all: noise, a damaged frame, two frames at once. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly delayMs?: number };

/** Function and data of an undamaged request; `transaction` is null where the framing has none. */
export type Handler = (unit: number, pdu: Uint8Array, transaction: number | null) => Answer | Promise<Answer>;

export const SILENCE: Answer = { kind: 'silence' };

export interface ServerTiming {
  /** Of one character; 0 sends at once. */
  readonly characterUs: number;
  readonly turnaroundMs: number;
  /** Characters handed on together, as a UART's buffer does; Infinity holds the reply until it is whole. */
  readonly burst?: number;
}

export interface ServerCounts {
  requests: number;
  replies: number;
  /** Requests with a bad checksum or no sense. */
  damaged: number;
  collisions: number;
}

export function serverCounts(): ServerCounts {
  return { requests: 0, replies: 0, damaged: 0, collisions: 0 };
}
