import type pg from 'pg';
import * as sql from './commit.sql.ts';

interface Sender {
  /** Null: what no gateway sent. */
  readonly id: string | null;
  readonly organisation: string;
}

/** How many readings more may be held of each, by their ids; what no gateway sent has the empty one. */
export async function heldRoom(
  client: pg.ClientBase,
  senders: readonly Sender[],
  most: number,
): Promise<ReadonlyMap<string, number>> {
  if (senders.length === 0) return new Map();
  const { rows } = await client.query<{ gateway: string | null; readings: number }>(sql.HELD, [
    senders.map(({ organisation }) => organisation),
    senders.map(({ id }) => id),
    most,
  ]);
  return new Map(rows.map(({ gateway, readings }) => [gateway ?? '', most - readings]));
}
