import type { PointId, ReadingClass } from '@meterline/contracts';
import type pg from 'pg';
import type { Temporal } from 'temporal-polyfill';
import type { Ids } from '../kernel/ids.ts';
import type { GatewayDirectory, KnownGateway, PointDirectory } from '../sites/index.ts';
import * as sql from './commit.sql.ts';
import type { DecodeCheck, DecodeFault, Profiles } from './domain/decode-check.ts';
import type { Rows } from './domain/rows.ts';
import type { Source } from './domain/source.ts';
import { instant } from './instant.ts';
import { writeEvents } from './plan-writer.ts';
import { inTransaction } from './pool-transaction.ts';
import { storeRows, writeConflicts, writeHeld } from './row-writer.ts';
import { WriteSet } from './write-set.ts';

export interface ReleaseOptions {
  readonly pool: pg.Pool;
  readonly ids: Ids;
  readonly directory: PointDirectory & GatewayDirectory;
  readonly now: () => number;
  readonly check: DecodeCheck;
  readonly profiles: Profiles;
}

interface HeldReading {
  readonly organisation_id: string;
  readonly gateway_id: string | null;
  readonly class: ReadingClass;
  readonly point_id: PointId;
  readonly at: Temporal.Instant;
  readonly value: bigint | null;
  readonly raw: Buffer | null;
  readonly register: string | null;
  readonly boundary_at: Temporal.Instant | null;
  readonly bracket_at: Temporal.Instant | null;
  readonly bracket_count: bigint | null;
  readonly quality: number;
  readonly source: Source;
  readonly batch: bigint;
  readonly sequence: bigint;
}

const AT_ONCE = 500;

/**
 * Takes what may go out of the held readings and judges it as if it had just come: a reading may be held again, for
 * another reason. All in one transaction. Answers how many were taken.
 */
export async function releaseHeld(options: ReleaseOptions): Promise<number> {
  const { pool, directory, now, check, profiles } = options;
  return inTransaction(pool, async (client) => {
    const at = now();
    const { rows: held } = await client.query<HeldReading>(sql.RELEASE, [
      instant(at),
      [...profiles.keys()],
      AT_ONCE,
    ]);
    if (held.length === 0) return 0;
    const points = await directory.resolve([...new Set(held.map(({ point_id }) => point_id))]);
    const registers = await registerNumbers(client, held);
    const senders = await sendersOf(directory, held);
    const set = new WriteSet();
    for (const reading of held) {
      const rows = rowOf(reading);
      const fault =
        reading.register === null || reading.raw === null ? undefined : check.faultsOf(rows).get(0);
      set.add(rows, {
        batch: String(reading.batch),
        organisation: reading.organisation_id,
        sender: reading.gateway_id === null ? undefined : senders.get(reading.gateway_id),
        points,
        registers,
        faults: new Map<number, DecodeFault>(fault ? [[0, fault]] : []),
        heldAfter: at + sql.HELD_AHEAD_MS,
      });
    }
    const otherwise = await storeRows(client, set);
    const events = await writeConflicts(client, [...set.conflicts, ...otherwise], instant(at));
    await writeHeld(client, set.held, instant(at));
    await writeEvents(client, events, options.ids);
    return held.length;
  });
}

async function sendersOf(
  directory: GatewayDirectory,
  held: readonly HeldReading[],
): Promise<ReadonlyMap<string, KnownGateway>> {
  const senders = new Map<string, KnownGateway>();
  for (const id of new Set(held.map(({ gateway_id }) => gateway_id))) {
    const gateway = id === null ? undefined : await directory.gateway(id);
    if (gateway) senders.set(gateway.id, gateway);
  }
  return senders;
}

async function registerNumbers(
  client: pg.ClientBase,
  held: readonly HeldReading[],
): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(held.flatMap(({ register }) => (register === null ? [] : [register])))];
  if (names.length === 0) return new Map();
  const { rows } = await client.query<{ name: string; no: number }>(sql.REGISTER_NUMBERS, [names]);
  return new Map(rows.map(({ name, no }) => [name, no]));
}

function rowOf(reading: HeldReading): Rows {
  const {
    bracket_at: bracketAt,
    bracket_count: bracketCount,
    boundary_at: boundary,
    register,
    raw,
  } = reading;
  return {
    class: reading.class,
    source: reading.source,
    points: [reading.point_id],
    p: [0],
    at: [reading.at.epochMilliseconds],
    value: [reading.value === null ? null : String(reading.value)],
    quality: [reading.quality],
    sequence: [Number(reading.sequence)],
    ...(register !== null && { register: [register] }),
    ...(raw !== null && { raw: [raw.toString('hex')] }),
    ...(boundary && { boundary: boundary.epochMilliseconds }),
    ...(bracketAt &&
      bracketCount !== null && {
        bracket: [{ at: bracketAt.epochMilliseconds, count: String(bracketCount) }],
      }),
  };
}
