import type { GatewayId, JournalId } from '@meterline/contracts';
import type { Ledger } from './ledger.ts';
import type { Shortage } from './retention.ts';
import * as sql from './sql.ts';

export type Depth = Record<'billing' | 'counter' | 'gauge' | 'records', number> & {
  readonly batches: number;
  readonly oldest: number | null;
};

/** What a person should look at. */
export type Alert =
  | 'replaced'
  | 'damaged'
  /** Rows that no batch could hold: they are in the file, and the hub was told that their numbers will not come. */
  | 'condemned'
  | 'shortage'
  | 'disk-full'
  | 'io'
  | 'hub-ahead'
  | 'other-chain'
  | 'refused';

export interface JournalStatus {
  readonly journal: JournalId;
  readonly gateway: GatewayId;
  readonly last: number;
  readonly sealed: number;
  readonly watermark: number;
  readonly boot: number;
  readonly synced: boolean;
  readonly buffered: number;
  readonly depth: Depth;
  readonly bytes: number;
  readonly budget: number;
  readonly used: number;
  readonly disk: { readonly free: number; readonly total: number };
  /** Rows that will never be sent, since this file was begun. */
  readonly condemned: number;
  readonly shortage: Shortage;
  readonly reserve: boolean;
  readonly alerts: readonly Alert[];
  readonly quarantined: readonly string[];
}

const DEPTH_OF: Readonly<Record<string, 'billing' | 'counter' | 'gauge' | 'records'>> = {
  gauge: 'gauge',
  counter: 'counter',
  billing: 'billing',
  boundary: 'billing',
  record: 'records',
};

/** Counted in the file: a restart of the agent must not make it forget. */
export const condemnedIn = (ledger: Ledger): number =>
  ledger.statement<[], { n: number }>(sql.CONDEMNED).get()?.n ?? 0;

/** What waits for its receipt, sealed or not. */
export function depthOf(ledger: Ledger): Depth {
  const { billing, counter, gauge, record: records } = ledger.head.unsealed;
  const depth = { billing, counter, gauge, records };
  let [batches, oldest]: [number, number | null] = [0, null];
  const kinds = ledger
    .statement<[], { kind: string; batches: number; rows: number; oldest: number }>(sql.WAITING_DEPTH)
    .all();
  for (const kind of kinds) {
    depth[DEPTH_OF[kind.kind] ?? 'records'] += kind.rows;
    batches += kind.batches;
    oldest = Math.min(oldest ?? kind.oldest, kind.oldest);
  }
  return { ...depth, batches, oldest };
}
