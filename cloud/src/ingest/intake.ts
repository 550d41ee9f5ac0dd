import type { GatewayId, PointId, Quality, Refusal } from '@meterline/contracts';
import type { DirectRefusal } from './domain/direct.ts';
import type { DirectSource } from './domain/source.ts';

/** Doors call this. What is behind it decides what is believed, stored, held or refused. */
export interface Intake {
  /**
   * Settles after the database commit, `refused` included: then the bytes stand among the dead letters. Rejects only
   * when nothing was stored: then the door must not acknowledge.
   */
  message(message: IncomingMessage): Promise<Settled>;
  /** Webhook, file, person: one organisation, one batch row, all or nothing. Rejects when nothing was stored. */
  readings(direct: DirectReadings): Promise<DirectSettled>;
}

/** One message as a gateway published it. */
export interface IncomingMessage {
  /** As the door has authenticated it; whose topic it is must have been checked there. */
  readonly gateway: GatewayId;
  readonly topic: string;
  readonly payload: Buffer;
  /** UTC in ms. */
  readonly receivedAt: number;
}

/** Why a message was kept as a dead letter instead of being stored. */
export type RefusedBecause =
  | Refusal
  | 'cloned'
  | 'conflict'
  | 'unknown-gateway'
  | 'too-many-held'
  | 'unstorable';

export type Settled =
  | { readonly kind: 'stored' | 'repeat' }
  | { readonly kind: 'refused'; readonly reason: RefusedBecause };

export interface DirectReading {
  readonly point: PointId;
  /** UTC in ms. */
  readonly at: number;
  readonly class: 'billing' | 'counter' | 'gauge';
  /** Counters and billing: the meter's own integer. */
  readonly count?: bigint;
  /** Gauges: a whole number of the point's unit. */
  readonly value?: number;
  readonly quality?: Quality;
  /** The count that a meter began with here: becomes a `reading.opening` event. */
  readonly opening?: boolean;
  readonly note?: string;
}

export interface DirectReadings {
  /** From the session, the key id or the path; never from the body. */
  readonly organisation: string;
  readonly source: DirectSource;
  /** Idempotency: unique within organisation and source. The same reference again is a repeat, whatever it holds. */
  readonly reference: string;
  readonly gateway?: GatewayId;
  readonly readings: readonly DirectReading[];
  /** Everything is judged, nothing is stored. */
  readonly dryRun?: boolean;
}

/** Another value is stored under this point and time already. It stays; what came is kept beside it. */
export interface Conflict {
  readonly index: number;
  readonly point: PointId;
  readonly at: number;
  readonly stored: string | null;
  readonly offered: string | null;
}

export interface DirectSettled {
  /** The reference was told before: nothing was looked at, and everything counts as a repeat. */
  readonly isKnown?: true;
  readonly stored: number;
  readonly repeats: number;
  readonly conflicts: readonly Conflict[];
  /** More than five minutes ahead: stored by itself when its time has come. */
  readonly held: number;
  /** One of these refuses all: then `stored` is 0. */
  readonly refused: readonly { readonly index: number; readonly reason: DirectRefusal }[];
}
