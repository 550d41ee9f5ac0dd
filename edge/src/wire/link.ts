export type LinkState =
  | { readonly kind: 'up' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'down'; readonly reason: string };

export interface LinkEvents {
  bytes(chunk: Uint8Array): void;
  /** The state has changed. */
  changed(): void;
}

/** A way to the meters: a serial port, or a connection. It opens itself anew for as long as it is started. */
export interface Link {
  /** What a person calls it; a stable name where there is one. */
  readonly name: string;
  readonly framing: 'rtu' | 'mbap';
  /** Time of one character and the shortest silence between frames; 0 where the wire is not ours to time. */
  readonly characterUs: number;
  readonly t35Us: number;
  /** Whether characters are handed on as they arrive; a converter may hold them until the frame is whole. */
  readonly streams: boolean;
  readonly state: LinkState;
  start(events: LinkEvents): void;
  send(bytes: Uint8Array): void;
  /** A reply has come. */
  served(): void;
  /** Nothing came back: is what lies behind still there? */
  doubt(): void;
  /** What comes in makes no sense any more. */
  reset(reason: string): void;
  stop(): Promise<void>;
}
