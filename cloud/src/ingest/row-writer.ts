import type { ReadingClass } from '@meterline/contracts';
import type pg from 'pg';
import * as sql from './commit.sql.ts';
import type { PlannedEvent } from './commit-plan.ts';
import { bytes, transpose } from './instant.ts';
import { type Call, OneStatement } from './one-statement.ts';
import type { ColumnSet, ConflictRow, HeldRow, WriteSet } from './write-set.ts';

interface StoredOtherwise {
  readonly place: number;
  readonly stored: string | null;
}

/** Adds the storing of what is new. */
export function addRows(statement: OneStatement, set: WriteSet): void {
  if (set.gauges.size > 0) statement.add(sql.STORE_GAUGES, set.gauges.literals());
  if (set.counters.size > 0) statement.add(sql.STORE_COUNTERS, set.counters.literals());
  if (set.billing.size > 0) statement.add(sql.STORE_BILLING, set.billing.literals());
  if (set.bounded.size > 0) statement.add(sql.STORE_BOUNDED, set.bounded.literals());
  if (set.dirty.size > 0) statement.add(sql.NOTE_DIRTY, dirtyLiterals(set.dirty));
}

/** The rows whose point and time hold another value already. */
export function storedOtherwise(
  answer: Awaited<ReturnType<OneStatement['run']>>,
  set: WriteSet,
): readonly ConflictRow[] {
  const of = (name: ReadingClass, { name: call }: Call, columns: ColumnSet<never>) =>
    ((answer[call] ?? []) as readonly StoredOtherwise[]).map((row) =>
      conflictOf(name, columns as never, row, set.senders),
    );
  return [
    ...of('gauge', sql.STORE_GAUGES, set.gauges as never),
    ...of('counter', sql.STORE_COUNTERS, set.counters as never),
    ...of('billing', sql.STORE_BILLING, set.billing as never),
  ];
}

/** Both, for whoever writes nothing else. */
export async function storeRows(client: pg.ClientBase, set: WriteSet): Promise<readonly ConflictRow[]> {
  const statement = new OneStatement();
  addRows(statement, set);
  return storedOtherwise(await statement.run(client), set);
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
  senders: WriteSet['senders'],
): ConflictRow {
  const row = place - 1;
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
    gateway: senders.get(cell('batches')) ?? null,
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
