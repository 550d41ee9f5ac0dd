import type pg from 'pg';
import type { Ids } from '../kernel/ids.ts';
import * as sql from './commit.sql.ts';
import { type CommitPlan, journalColumns, type PlannedBatch, type PlannedEvent } from './commit-plan.ts';
import type { GatewayState } from './domain/reports.ts';
import { bytes, instant, transpose } from './instant.ts';
import type { LetterRoom } from './letter-room.ts';
import { OneStatement } from './one-statement.ts';
import { letterDigest } from './opened.ts';
import { retryAfterMs } from './refusal-rules.ts';
import { addRows, storedOtherwise, writeConflicts, writeHeld } from './row-writer.ts';

export interface PlanWriterOptions {
  readonly ids: Ids;
  /** Room for refused messages of one gateway. */
  readonly letters: { readonly count: number; readonly bytes: number };
  readonly room: LetterRoom;
}

/** Writes what was decided, in the order in which everybody takes their locks (see the migration). */
export async function writePlan(
  client: pg.ClientBase,
  plan: CommitPlan,
  now: number,
  options: PlanWriterOptions,
): Promise<void> {
  const time = instant(now);
  const statement = new OneStatement();
  addBatches(statement, plan.batches, options.ids);
  addJournals(statement, plan, time);
  addRows(statement, plan.set);
  const conflicts = storedOtherwise(await statement.run(client), plan.set);
  await writeRestarts(client, plan, time);
  await writeLetters(client, plan, time, options);
  plan.events.push(...(await writeConflicts(client, [...plan.set.conflicts, ...conflicts], time)));
  await writeHeld(client, plan.set.held, time);
  await writeReports(client, plan, time);
  await writeEvents(client, plan.events, options.ids);
}

const orNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : instant(ms);

function addBatches(statement: OneStatement, batches: readonly PlannedBatch[], ids: Ids): void {
  if (batches.length === 0) return;
  const rows = batches.map((one) => [...batchCells(one), one.batch ? null : ids.next()]);
  statement.add(sql.BATCHES, transpose(rows));
}

/** In the order of `ingest_batches`, without the reference. */
function batchCells({ id, gateway, receivedAt, batch, proof }: PlannedBatch): unknown[] {
  const received = instant(receivedAt);
  if (!batch) return [id, gateway, 'simple', received, ...new Array<null>(16).fill(null)];
  const { head, digest, keyId, envelope } = batch;
  const [boundary, occasion, root] =
    head.type === 'boundary' ? [instant(head.boundary), head.occasion, bytes(head.root)] : [null, null, null];
  return [
    ...[id, gateway, head.type, received, head.journal, head.batch],
    head.type === 'readings' ? head.class : head.type === 'boundary' ? 'billing' : null,
    ...[head.first, head.last, instant(head.sealed), bytes(digest), bytes(head.previous), keyId],
    ...[JSON.stringify(head.clock), envelope.statement.toString('utf8'), envelope.signature],
    ...[boundary, occasion, root, proof],
  ];
}

function addJournals(statement: OneStatement, { journals, gaps }: CommitPlan, time: string): void {
  if (gaps.length > 0) {
    const rows = gaps.map(({ journal, number, digest, previous }) => [
      ...[journal.no, number, bytes(digest), bytes(previous)],
    ]);
    statement.add(sql.GAPS, transpose(rows));
  }
  if (journals.length === 0) return;
  const rows = journals
    .map(journalColumns)
    .map(({ no, stored, dropped, missing }) => [no, stored, dropped, missing]);
  statement.add(sql.JOURNALS, [...transpose(rows), time]);
}

async function writeRestarts(
  client: pg.ClientBase,
  { restarts, events }: CommitPlan,
  time: string,
): Promise<void> {
  if (restarts.length === 0) return;
  const rows = restarts.map(({ journal, record: { reason, previous } }) => [
    ...[journal.no, reason, previous?.gateway ?? null, previous?.journal ?? null, previous?.last ?? null],
    `{${(previous?.lost ?? []).map(([from, to]) => `[${from},${to + 1})`).join(',')}}`,
  ]);
  const { rows: second } = await client.query<{ no: string }>(sql.RESTARTS, [...transpose(rows), time]);
  for (const { no } of second) {
    const one = restarts.find(({ journal }) => journal.no === no);
    if (!one) continue;
    const { gateway } = one.journal;
    const payload = {
      gateway: gateway.id,
      what: 'two journals name the same one before',
      previous: one.record.previous,
    };
    events.push({ organisation: gateway.organisation, topic: 'gateway.cloned', payload });
  }
}

async function writeLetters(
  client: pg.ClientBase,
  { letters, events }: CommitPlan,
  time: string,
  { letters: room, room: memory }: PlanWriterOptions,
): Promise<void> {
  if (letters.length === 0) return;
  const named = letters.map((letter) => ({ ...letter, digest: letterDigest(letter.message.payload) }));
  const rows = named.map(({ message: { gateway, topic, payload }, refusal: { reason, detail }, digest }) => [
    ...[gateway, printable(topic, 300), reason, printable(detail, 500), bytes(digest), payload.length],
    ...[memory.hasRoom(gateway, digest) ? payload : null, retryAfterMs(reason)],
  ]);
  const { rows: kept } = await client.query<{ place: number; hasBytes: boolean }>(sql.REFUSE, [
    ...transpose(rows),
    time,
    room.count,
    room.bytes,
  ]);
  const byPlace = new Map(kept.map(({ place, hasBytes }) => [place - 1, hasBytes]));
  for (const [place, { message, refusal, organisation, digest }] of named.entries()) {
    memory.told(message.gateway, digest, byPlace.get(place));
    if (refusal.reason !== 'cloned' || organisation === undefined || !byPlace.has(place)) continue;
    events.push({
      organisation,
      topic: 'gateway.cloned',
      payload: { gateway: message.gateway, what: refusal.detail },
    });
  }
}

/** What a stranger wrote: without what a text column would refuse. */
const printable = (text: string, length: number): string =>
  text.replace(/[\p{Cc}\p{Cs}]/gu, '·').slice(0, length);

async function writeReports(
  client: pg.ClientBase,
  { states, results }: CommitPlan,
  time: string,
): Promise<void> {
  if (states.size > 0) await client.query(sql.SET_STATES, [JSON.stringify([...states].map(stateRow))]);
  if (results.length === 0) return;
  const rows = results.map(({ gateway, command, result }) => [gateway, command, JSON.stringify(result)]);
  await client.query(sql.RESULTS, [...transpose(rows), time]);
}

const stateRow = ([gateway, state]: [string, GatewayState]) => ({
  gateway_id: gateway,
  status: state.status ?? null,
  status_at: orNull(state.status?.at),
  status_order: state.status?.order ?? null,
  session: state.status?.session ?? null,
  connected: state.connected,
  status_received_at: orNull(state.statusReceivedAt),
  config_report: state.configReport ?? null,
  config_at: orNull(state.configReport?.at),
  config_order: state.configReport?.order ?? null,
  config_received_at: orNull(state.configReceivedAt),
});

export async function writeEvents(
  client: pg.ClientBase,
  events: readonly PlannedEvent[],
  ids: Ids,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ organisation, topic, payload }) => [
    ids.next(),
    organisation,
    topic,
    null,
    JSON.stringify(payload),
  ]);
  await client.query(sql.EVENTS, transpose(rows));
}
