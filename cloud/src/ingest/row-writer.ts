import type { ReadingClass } from '@meterline/contracts';
import type pg from 'pg';
import * as sql from './commit.sql.ts';
import type { PlannedEvent } from './commit-plan.ts';
import { bytes, transpose } from './instant.ts';
import type { ColumnSet, ConflictRow, HeldRow, WriteSet } from './write-set.ts';

interface StoredOtherwise {
  readonly place: bigint;
  readonly stored: string | null;
}

/** Stores what is new. Answers the rows whose point and time hold another value already. */
export async function storeRows(client: pg.ClientBase, set: WriteSet): Promise<readonly ConflictRow[]> {
  const conflicts: ConflictRow[] = [];
  const store = async (name: ReadingClass, columns: ColumnSet<never>, text: string) => {
    if (columns.size === 0) return;
    const { rows } = await client.query<StoredOtherwise>(text, columns.literals());
    for (const row of rows) conflicts.push(conflictOf(name, columns as never, row));
  };
  await store('gauge', set.gauges as never, sql.STORE_GAUGES);
  await store('counter', set.counters as never, sql.STORE_COUNTERS);
  await store('billing', set.billing as never, sql.STORE_BILLING);
  if (set.bounded.size > 0) await client.query(sql.STORE_BOUNDED, set.bounded.literals());
  if (set.dirty.size > 0) await client.query(sql.NOTE_DIRTY, dirtyLiterals(set.dirty));
  return conflicts;
}

function dirtyLiterals(dirty: WriteSet['dirty']): string[] {
  const spans = [...dirty];
  const list = (cells: readonly (string | number)[]) => `{${cells.join(',')}}`;
  return [
    list(spans.map(([no]) => no)),
    list(spans.map(([, [from]]) => new Date(from).toISOString())),
    list(spans.map(([, [, to]]) => new Date(to).toISOString())),
  ];
}

function conflictOf(
  name: ReadingClass,
  columns: WriteSet['billing'],
  { place, stored }: StoredOtherwise,
): ConflictRow {
  const row = Number(place) - 1;
  const cell = (column: Parameters<typeof columns.cells>[0]) => columns.cells(column)?.[row] ?? 'NULL';
  const orNull = (text: string) => (text === 'NULL' ? null : text);
  const offered = orNull(cell('values'));
  return {
    kind: 'value',
    class: name,
    point: Number(cell('points')),
    at: cell('times'),
    stored,
    offered,
    raw: name === 'billing' ? (orNull(cell('raws'))?.slice('\\\\x'.length) ?? null) : null,
    register: null,
    gateway: null,
    batch: cell('batches'),
    sequence: Number(cell('sequences')),
    quality: Number(cell('qualities')),
    source: Number(cell('sources')),
    detail: `${offered ?? 'no value'} came for a time that holds ${stored ?? 'no value'}`,
  };
}

/** They stand apart from the readings until a person has looked. Answers an event for each organisation with new ones. */
export async function writeConflicts(
  client: pg.ClientBase,
  conflicts: readonly ConflictRow[],
  time: string,
): Promise<PlannedEvent[]> {
  if (conflicts.length === 0) return [];
  const rows = conflicts.map((one) => [
    ...[one.kind, one.class, one.point, one.at, one.stored, one.offered, bytes(one.raw), one.register],
    ...[one.gateway, one.batch, one.sequence, one.quality, one.source, one.detail],
  ]);
  const { rows: added } = await client.query<{ organisation: string; added: number }>(sql.CONFLICTS, [
    ...transpose(rows),
    time,
  ]);
  return added.map(({ organisation, added: count }) => ({
    organisation,
    topic: 'reading.conflict',
    payload: { conflicts: count },
  }));
}

export async function writeHeld(
  client: pg.ClientBase,
  held: readonly HeldRow[],
  time: string,
): Promise<void> {
  if (held.length === 0) return;
  const rows = held.map((one) => [
    ...[one.organisation, one.gateway, one.reason, one.class, one.point, one.at, one.value, bytes(one.raw)],
    ...[one.register, one.boundary, one.bracketAt, one.bracketCount, one.quality, one.source, one.batch],
    ...[one.sequence, one.due],
  ]);
  await client.query(sql.HOLD, [...transpose(rows), time]);
}
