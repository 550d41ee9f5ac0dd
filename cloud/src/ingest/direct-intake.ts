import type pg from 'pg';
import type { Ids } from '../kernel/ids.ts';
import type { KnownPoint, PointDirectory } from '../sites/index.ts';
import * as sql from './commit.sql.ts';
import { judgeDirect } from './domain/direct.ts';
import { heldRoom } from './held-room.ts';
import { instant } from './instant.ts';
import type { Conflict, DirectReading, DirectReadings, DirectSettled } from './intake.ts';
import { writeEvents } from './plan-writer.ts';
import { storeRows, writeConflicts, writeHeld } from './row-writer.ts';
import { type ConflictRow, WriteSet } from './write-set.ts';

export interface DirectIntakeOptions {
  readonly pool: pg.Pool;
  readonly directory: PointDirectory;
  readonly ids: Ids;
  readonly now: () => number;
  /** Readings that may be held of an organisation's sources that are no gateways. */
  readonly held: number;
}

const KINDS = { 3: 'simple', 4: 'webhook', 5: 'file', 6: 'manual', 7: 'manual' } as const;
const NOTHING = { stored: 0, repeats: 0, conflicts: [], held: 0 };

/** Readings that no gateway sealed: one delivery, one transaction, all or nothing. */
export class DirectIntake {
  readonly #options: DirectIntakeOptions;

  constructor(options: DirectIntakeOptions) {
    this.#options = options;
  }

  async take(direct: DirectReadings): Promise<DirectSettled> {
    const now = this.#options.now();
    const points = await this.#points(direct);
    const judged = judgeDirect(direct.readings, points, direct.source, now);
    if (judged.refused.length > 0) return { ...NOTHING, refused: judged.refused };
    const client = await this.#options.pool.connect();
    let failed: Error | undefined;
    try {
      await client.query('begin');
      const settled = await this.#store(client, direct, judged, now);
      await client.query(direct.dryRun || settled.refused.length > 0 ? 'rollback' : 'commit');
      return settled;
    } catch (error) {
      await client.query('rollback').catch((broken: Error) => {
        failed = broken;
      });
      throw error;
    } finally {
      client.release(failed);
    }
  }

  /** Those of the organisation; another's are as unknown as none. */
  async #points({ organisation, readings }: DirectReadings): Promise<ReadonlyMap<string, KnownPoint>> {
    const found = await this.#options.directory.resolve([...new Set(readings.map(({ point }) => point))]);
    return new Map([...found].filter(([, point]) => point.organisation === organisation));
  }

  async #store(
    client: pg.ClientBase,
    direct: DirectReadings,
    { rows }: ReturnType<typeof judgeDirect>,
    now: number,
  ): Promise<DirectSettled> {
    const batch = await this.#batch(client, direct, now);
    if (batch === undefined)
      return { ...NOTHING, isKnown: true, repeats: direct.readings.length, refused: [] };
    const points = await this.#points(direct);
    const set = new WriteSet();
    const faults = new Map();
    const { organisation } = direct;
    const context = { batch, organisation, sender: undefined, points, registers: new Map(), faults };
    for (const one of rows) set.add(one, { ...context, heldAfter: now + sql.HELD_AHEAD_MS });
    const refused = await this.#tooMany(client, organisation, set);
    if (refused.length > 0) return { ...NOTHING, refused };
    const otherwise = await storeRows(client, set);
    const stored = await storedBy(client, batch, set);
    const told = await writeConflicts(client, otherwise, instant(now));
    await writeHeld(client, set.held, instant(now));
    const openings = direct.readings.filter(({ opening }) => opening === true);
    const events = [...openings.map((reading) => openingEvent(direct, reading)), ...told];
    await writeEvents(client, events, this.#options.ids);
    return {
      stored,
      repeats: direct.readings.length - stored - otherwise.length - set.held.length,
      conflicts: otherwise.map((row) => conflictOf(row, direct.readings)),
      held: set.held.length,
      refused: [],
    };
  }

  async #tooMany(client: pg.ClientBase, organisation: string, { held }: WriteSet) {
    if (held.length === 0) return [];
    const room = await heldRoom(client, [{ id: null, organisation }], this.#options.held);
    if (held.length <= (room.get('') ?? 0)) return [];
    return held.map(({ sequence }) => ({ index: sequence - 1, reason: 'too-many-held' as const }));
  }

  async #batch(client: pg.ClientBase, direct: DirectReadings, now: number): Promise<string | undefined> {
    const { rows } = await client.query<{ id: string | null }>(sql.DIRECT_BATCH, [
      ...[direct.organisation, direct.gateway ?? null, KINDS[direct.source], direct.reference, instant(now)],
      JSON.stringify({ source: direct.source, readings: direct.readings.length }),
    ]);
    return rows[0]?.id ?? undefined;
  }
}

/** Counted when they are stored: another delivery of the same readings may have come at the same moment. */
async function storedBy(client: pg.ClientBase, batch: string, set: WriteSet): Promise<number> {
  let count = 0;
  for (const [name, columns] of [
    ['gauge', set.gauges],
    ['counter', set.counters],
    ['billing', set.billing],
  ] as const) {
    if (columns.size === 0) continue;
    const [points, times] = columns.literals();
    const { rows } = await client.query<{ stored: number }>(sql.STORED, [name, points, times, batch]);
    count += rows[0]?.stored ?? 0;
  }
  return count;
}

/** Rows carry the place of their reading as their sequence. */
function conflictOf(row: ConflictRow, readings: readonly DirectReading[]): Conflict {
  const index = row.sequence - 1;
  const reading = readings[index] as DirectReading;
  return { index, point: reading.point, at: reading.at, stored: row.stored, offered: row.offered };
}

const openingEvent = (
  { organisation, source, reference }: DirectReadings,
  { point, at, count, note }: DirectReading,
) => ({
  organisation,
  topic: 'reading.opening',
  payload: {
    point,
    at,
    count: count === undefined ? null : String(count),
    source,
    reference,
    note: note ?? null,
  },
});
