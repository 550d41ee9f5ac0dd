import {
  type Batch,
  deflate,
  type OpenedMessage,
  openDelivery,
  parseTopic,
  type SimpleReading,
  sha256Hex,
} from '@meterline/contracts';
import type { KnownGateway } from '../sites/index.ts';
import type { DecodeCheck, DecodeFault } from './domain/decode-check.ts';
import { type Rows, rowsOf } from './domain/rows.ts';
import { simpleRows } from './domain/simple-rows.ts';
import type { IncomingMessage, RefusedBecause } from './intake.ts';

type Report = OpenedMessage<'status'> | OpenedMessage<'config-report'> | OpenedMessage<'result'>;

/** A message as it is believed, or why it is not. Nothing of the database has been asked yet. */
export type Opened =
  | {
      readonly is: 'batch';
      readonly gateway: KnownGateway;
      readonly batch: Batch;
      readonly rows: Rows | undefined;
      readonly faults: ReadonlyMap<number, DecodeFault>;
      /** The whole message, deflated, where a bill may rest on it. */
      readonly proof: Buffer | null;
    }
  | { readonly is: 'simple'; readonly gateway: KnownGateway; readonly rows: readonly Rows[] }
  | { readonly is: 'report'; readonly gateway: KnownGateway; readonly message: Report }
  | { readonly is: 'refused'; readonly reason: RefusedBecause; readonly detail: string };

export interface Refusal {
  readonly reason: RefusedBecause;
  readonly detail: string;
}

const refused = (reason: RefusedBecause, detail: string): Opened => ({ is: 'refused', reason, detail });

/** Verifies and decodes. CPU only: 0.1 ms for the signature and about 2 µs a reading. */
export function openMessage(
  { gateway, topic, payload }: IncomingMessage,
  sender: KnownGateway | undefined,
  check: DecodeCheck,
): Opened {
  if (sender === undefined) return refused('unknown-gateway', `no gateway ${gateway} is registered`);
  if (sender.state === 'revoked') return refused('unknown-gateway', `gateway ${gateway} was revoked`);
  const owner = parseTopic(topic)?.gateway;
  if (owner !== gateway)
    return refused('wrong-topic', owner ? `is a topic of ${owner}` : 'is no topic of the contract');
  const read = openDelivery(topic, payload, () => sender.everyKey);
  if (!read.ok) return refused(read.reason, read.detail);
  const { delivery } = read;
  switch (delivery.is) {
    case 'batch':
      return openedBatch(sender, delivery.batch, { payload, deflated: delivery.topic.deflated }, check);
    case 'simple':
      return openedSimple(sender, delivery.readings);
    case 'message':
      return openedReport(sender, delivery.message);
    default:
      return refused('wrong-topic', `${delivery.topic.channel} is not taken in`);
  }
}

function openedBatch(
  gateway: KnownGateway,
  batch: Batch,
  { payload, deflated }: { readonly payload: Buffer; readonly deflated: boolean },
  check: DecodeCheck,
): Opened {
  const rows = rowsOf(batch);
  const proves = rows?.class === 'billing';
  return {
    is: 'batch',
    gateway,
    batch,
    rows,
    // Rows without a time are never billed: there is nothing to protect.
    faults: rows && !rows.bounded ? check.faultsOf(rows) : new Map(),
    proof: proves ? (deflated ? payload : deflate(payload)) : null,
  };
}

function openedSimple(gateway: KnownGateway, readings: readonly SimpleReading[]): Opened {
  if (gateway.kind !== 'simple')
    return refused('wrong-topic', 'this gateway signs what it sends: up/simple is not for it');
  const rows = simpleRows(readings);
  return rows.ok ? { is: 'simple', gateway, rows: rows.rows } : refused('inconsistent', rows.detail);
}

function openedReport(gateway: KnownGateway, message: { readonly kind: string }): Opened {
  const { kind } = message;
  if (kind === 'status' || kind === 'config-report' || kind === 'result')
    return { is: 'report', gateway, message: message as Report };
  return refused('unexpected-kind', `"${kind}" is not expected here`);
}

/** Rows that it stands for when turns are counted: a refused message takes its share as well. */
export function weightOf(opened: Opened): number {
  if (opened.is === 'batch') return Math.max(1, opened.rows?.p.length ?? 1);
  if (opened.is === 'simple') return opened.rows.reduce((sum, { p }) => sum + p.length, 0);
  return 1;
}

/** A letter's name: the bytes exactly as published. */
export const letterDigest = (payload: Buffer): string => sha256Hex(payload);
