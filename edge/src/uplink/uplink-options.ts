import type { Command, Config, GatewayId, HubKeys, Ids, KeyRing, Signer, Status } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import type { Journal, ReceiptFault } from '../store/index.ts';
import type { ConnectionRules, Doorway } from './connection.ts';
import type { DrainObserver } from './drain.ts';
import type { LaneLimits } from './lanes.ts';
import type { Seen, WatchOrder } from './live-watch.ts';

export type Online = Extract<Status['is'], { agent: string }>;
/** What the agent knows; the rest of a status is the uplink's own. */
export type StatusParts = Omit<Online, 'state' | 'data' | 'refused'>;

/** As the config of the hub says. */
export interface UplinkSettings {
  readonly backfillBytesPerSecond: number;
  readonly monthlyBytes: number | null;
  readonly statusMs: number;
  readonly sealMs: number;
}

/** Before the first config. */
export const UPLINK_SETTINGS: UplinkSettings = {
  backfillBytesPerSecond: 20_000,
  monthlyBytes: null,
  statusMs: 300_000,
  sealMs: 60_000,
};

/** Keys of the hub, each vouched for by the pinned CA. */
export interface Trust {
  readonly ring: KeyRing;
  accept(keys: HubKeys): {
    readonly added: readonly string[];
    readonly refused: readonly { readonly id: string; readonly problem: string }[];
  };
}

export interface UplinkHandlers {
  config(config: Config): Promise<void> | void;
  command(command: Command): Promise<void> | void;
  /** The time, bounded from both sides by a message of ours and its receipt; ms. */
  hubTime?(utc: number, uncertainty: number, mono: number): void;
  /** What a receipt says that cannot be: an old copy of the journal, or another that writes it. */
  receiptFault?(fault: ReceiptFault): void;
  /** Somebody begins to look, or nobody does any more. */
  watch?(order: WatchOrder | undefined): void;
  connected?(): void;
  disconnected?(): void;
}

export interface UplinkOptions {
  readonly gateway: GatewayId;
  readonly signer: Signer;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Undefined while nobody knows what time it is. */
  readonly utc: () => number | undefined;
  /** What puts a message into its place while nobody knows the time: journal, boot, and a number that grows. */
  readonly place: () => NonNullable<Status['order']>;
  readonly journal: Pick<Journal, 'nextBatches' | 'applyReceipt' | 'disconnected' | 'pace'>;
  readonly doorway: Doorway;
  readonly trust: Trust;
  /** Where what was used of the mobile data is kept. */
  readonly folder: string;
  readonly handlers: UplinkHandlers;
  readonly status: () => StatusParts;
  /** The newest value of a point, for those who look. */
  readonly look?: (point: WatchOrder['points'][number]) => Seen | undefined;
  readonly settings?: UplinkSettings;
  readonly log: (level: 'info' | 'warn', line: string) => void;
  readonly rules?: ConnectionRules;
  readonly lanes?: LaneLimits;
  readonly observer?: DrainObserver;
  readonly connectTimeoutMs?: number;
}
