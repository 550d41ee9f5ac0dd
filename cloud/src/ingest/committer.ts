import type pg from 'pg';
import type { Ids } from '../kernel/ids.ts';
import type { GatewayDirectory, KnownGateway, KnownPoint, PointDirectory } from '../sites/index.ts';
import * as sql from './commit.sql.ts';
import {
  CommitPlan,
  journalKey,
  type OpenJournal,
  type PlanInput,
  type PlannedEvent,
  type Work,
} from './commit-plan.ts';
import { EMPTY_JOURNAL } from './domain/journal.ts';
import { fromMultirange } from './domain/ranges.ts';
import type { GatewayState } from './domain/reports.ts';
import type { Rows } from './domain/rows.ts';
import { heldRoom } from './held-room.ts';
import type { Settled } from './intake.ts';
import { Introductions } from './introductions.ts';
import { LetterRoom } from './letter-room.ts';
import { beginWith } from './one-statement.ts';
import { type PlanWriterOptions, writePlan } from './plan-writer.ts';
import { heldOf } from './write-set.ts';

const NO_FAULTS = new Map<number, never>();
export interface CommitterOptions extends Omit<PlanWriterOptions, 'room'> {
  readonly directory: PointDirectory & GatewayDirectory;
  readonly ids: Ids;
  /** UTC in ms. */
  readonly now: () => number;
  /** Readings that may be held of one gateway. */
  readonly held: number;
}

interface OpenAnswer {
  readonly ids: readonly number[];
  readonly journals: readonly { readonly no: number; readonly stored: string; readonly dropped: string }[];
  readonly known: readonly (readonly [number, number, string, string | null, boolean])[];
}

export interface Committed {
  readonly outcomes: readonly Settled[];
  readonly rows: number;
}

/** Settles messages in one transaction. Whatever it throws, nothing of them was stored, and all may be tried again. */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #letterRoom = new LetterRoom();
  readonly #registers = new Map<string, number>();
  readonly #introductions: Introductions;
  #seen: PlannedEvent[] = [];

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#introductions = new Introductions(options.directory);
  }

  async commit(client: pg.ClientBase, works: readonly Work[]): Promise<Committed> {
    const points = await this.#prepare(client, works);
    const now = this.#options.now();
    const heldAfter = now + sql.HELD_AHEAD_MS;
    const room = await this.#room(client, works, { points, heldAfter });
    try {
      const opened = await this.#open(client, works);
      const plan = new CommitPlan({
        now,
        heldAfter,
        room,
        points,
        registers: this.#registers,
        ...opened,
        states: await statesOf(client, works),
      });
      for (const work of works) plan.add(work);
      const seen = [...this.#seen];
      plan.events.push(...seen);
      await writePlan(client, plan, now, { ...this.#options, room: this.#letterRoom });
      await client.query('commit');
      this.#seen = this.#seen.filter((event) => !seen.includes(event));
      return { outcomes: plan.outcomes, rows: plan.set.rows };
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  }

  /** Names that the rows need: made where there are none, each in a transaction of its own, since they stay. */
  async #prepare(client: pg.ClientBase, works: readonly Work[]): Promise<ReadonlyMap<string, KnownPoint>> {
    const rows = works.flatMap(rowsIn);
    await this.#number(client, rows);
    for (const { gateway, list } of byGateway(works)) {
      const seen = await this.#introductions.introduce(gateway, list);
      if (seen) this.#seen.push(seen);
    }
    return this.#options.directory.resolve([...new Set(rows.flatMap(({ points }) => points))]);
  }

  /** Of the gateways that have something to hold, which is rare: how much more of them may be. */
  async #room(
    client: pg.ClientBase,
    works: readonly Work[],
    known: Pick<PlanInput, 'points' | 'heldAfter'>,
  ): Promise<ReadonlyMap<string, number>> {
    const holders = new Map<string, KnownGateway>();
    for (const { opened } of works) {
      if (opened.is !== 'batch' && opened.is !== 'simple') continue;
      const { gateway: sender } = opened;
      if (holders.has(sender.id)) continue;
      const faults = opened.is === 'batch' ? opened.faults : NO_FAULTS;
      const list = opened.is === 'batch' ? (opened.rows ? [opened.rows] : []) : opened.rows;
      if (list.some((rows) => heldOf(rows, { ...known, sender, faults }) > 0)) holders.set(sender.id, sender);
    }
    return heldRoom(client, [...holders.values()], this.#options.held);
  }

  async #number(client: pg.ClientBase, rows: readonly Rows[]): Promise<void> {
    const unknown = new Set<string>();
    for (const { register } of rows)
      for (const name of register ?? []) if (!this.#registers.has(name)) unknown.add(name);
    if (unknown.size === 0) return;
    const { rows: found } = await client.query<{ name: string; no: number }>(sql.REGISTER_NUMBERS, [
      [...unknown],
    ]);
    for (const { name, no } of found) this.#registers.set(name, no);
  }

  /** Begins: from here on a failure is rolled back. */
  async #open(client: pg.ClientBase, works: readonly Work[]) {
    const opened = new Map<string, { place: number; gateway: KnownGateway; journal: string }>();
    const [places, numbers]: [number[], number[]] = [[], []];
    for (const { opened: one } of works) {
      if (one.is !== 'batch') continue;
      const { head } = one.batch;
      const key = journalKey(one.gateway.id, head.journal);
      const known = opened.get(key) ?? {
        place: opened.size + 1,
        gateway: one.gateway,
        journal: head.journal,
      };
      opened.set(key, known);
      const named = one.batch.type === 'records' ? one.batch.records.flatMap(namedBatches) : [];
      for (const number of [head.batch, ...named]) {
        places.push(known.place);
        numbers.push(number);
      }
    }
    const all = [...opened.values()];
    const wanted = works.filter(({ opened: one }) => one.is === 'batch' || one.is === 'simple').length;
    const text = beginWith({
      gateways: all.map(({ gateway }) => gateway.id),
      journals: all.map(({ journal }) => journal),
      places,
      numbers,
      ids: wanted,
    });
    // Two statements in one message are answered by a list.
    const [, second] = (await client.query(text)) as unknown as readonly pg.QueryResult<{
      answer: OpenAnswer;
    }>[];
    const answer = second?.rows[0]?.answer ?? { ids: [], journals: [], known: [] };
    return { ids: answer.ids.map(String), journals: journalsOf(all, [...opened.keys()], answer) };
  }
}

function journalsOf(
  all: readonly { readonly gateway: KnownGateway }[],
  keys: readonly string[],
  answer: OpenAnswer,
): Map<string, OpenJournal> {
  const journals = all.map(({ gateway }, i): OpenJournal => {
    const row = answer.journals[i];
    const state = row
      ? { stored: fromMultirange(row.stored), dropped: fromMultirange(row.dropped) }
      : EMPTY_JOURNAL;
    return { no: String(row?.no), gateway, state, places: new Map(), changed: false };
  });
  for (const [place, number, digest, previous, named] of answer.known)
    journals[place - 1]?.places.set(number, { digest, previous, named });
  return new Map(keys.map((key, i) => [key, journals[i] as OpenJournal]));
}

function namedBatches(record: {
  readonly kind: string;
  readonly batches?: readonly { batch: number }[] | undefined;
}) {
  return record.kind === 'dropped' ? (record.batches ?? []).map(({ batch }) => batch) : [];
}

function rowsIn({ opened }: Work): readonly Rows[] {
  if (opened.is === 'batch') return opened.rows ? [opened.rows] : [];
  return opened.is === 'simple' ? opened.rows : [];
}

function byGateway(works: readonly Work[]): Iterable<{ gateway: KnownGateway; list: Rows[] }> {
  const groups = new Map<string, { gateway: KnownGateway; list: Rows[] }>();
  for (const work of works) {
    if (work.opened.is !== 'batch' && work.opened.is !== 'simple') continue;
    const { gateway } = work.opened;
    const group = groups.get(gateway.id) ?? { gateway, list: [] };
    group.list.push(...rowsIn(work));
    groups.set(gateway.id, group);
  }
  return groups.values();
}

interface StateRow {
  readonly gateway_id: string;
  readonly status: GatewayState['status'] | null;
  readonly connected: boolean;
  readonly config_report: GatewayState['configReport'] | null;
  readonly status_received: number | null;
  readonly config_received: number | null;
}

async function statesOf(
  client: pg.ClientBase,
  works: readonly Work[],
): Promise<ReadonlyMap<string, GatewayState>> {
  const gateways = works.flatMap(({ opened }) => (opened.is === 'report' ? [opened.gateway.id] : []));
  if (gateways.length === 0) return new Map();
  const { rows } = await client.query<StateRow>(sql.STATES, [gateways]);
  return new Map(
    rows.map((row) => [
      row.gateway_id,
      {
        connected: row.connected,
        ...(row.status && { status: row.status }),
        ...(row.status_received !== null && { statusReceivedAt: row.status_received }),
        ...(row.config_report && { configReport: row.config_report }),
        ...(row.config_received !== null && { configReceivedAt: row.config_received }),
      },
    ]),
  );
}
