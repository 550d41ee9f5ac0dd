import { type MeterProfile, meterProfileSchema } from '@meterline/contracts';
import type pg from 'pg';

/**
 * A meter of the tests, at most 20 kW, turning over at 1 000 000: `energy` in 10 Wh a count, `thirds` in 10/3 Wh, of which
 * the end of the register is no whole number.
 */
const TEST_PROFILE = 'test-meter@1';
export const ENERGY = `${TEST_PROFILE}/energy`;
export const THIRDS = `${TEST_PROFILE}/thirds`;
export const MODULUS = 1_000_000;

const register = {
  role: 'counter',
  scale: '1',
  unit: 'Wh',
  billing: true,
  function: 3,
  type: 'uint32',
  modulus: String(MODULUS),
} as const;

const profileOf = (id: string, version: number, energy: object): [string, MeterProfile] => {
  const profile = meterProfileSchema.parse({
    format: 1,
    id,
    version,
    vendor: 'Vendor',
    models: ['Model'],
    medium: 'electricity',
    phases: 1,
    line: { baud: [9600], parity: ['none'], stop: [1], unit: 1, certain: true },
    limits: { registers: 125 },
    rating: { maxPowerW: 20_000 },
    identity: { probes: [] },
    registers: [
      { ...register, name: 'energy', address: 0, worth: '10', ...energy },
      { ...register, name: 'thirds', address: 2, worth: '10/3' },
    ],
    confidence: 'high',
    sources: ['a manual'],
  });
  return [`${id}@${version}`, profile];
};

/** Version 2 says nothing else; 3 takes the words as the meter sends them, low word first, and says what they are worth. */
export const testProfiles: ReadonlyMap<string, MeterProfile> = new Map([
  profileOf('test-meter', 1, {}),
  profileOf('test-meter', 2, { address: 8 }),
  profileOf('test-meter', 3, { order: 'CDAB', worth: '1' }),
  profileOf('other-meter', 1, { worth: '1' }),
]);

export interface Count {
  readonly point: number;
  /** UTC in ms. */
  readonly at: number;
  readonly count: bigint | null;
  readonly quality?: number;
  /** Of a billing reading: the register that it cites, and the words. */
  readonly register?: string;
  readonly raw?: string;
}

/** Stores counts and says so to the ledger in one transaction, as the ingest does, with its role. */
export async function commitCounts(
  ingest: pg.Pool,
  type: 'billing' | 'counter',
  rows: readonly Count[],
): Promise<void> {
  if (rows.length === 0) return;
  const n = rows.length;
  const nulls = new Array(n).fill(null);
  const key = [rows.map(({ point }) => point), rows.map(({ at }) => new Date(at).toISOString())];
  const counts = rows.map(({ count }) => (count === null ? null : String(count)));
  const shared = [
    rows.map(({ quality = 0 }) => quality),
    new Array(n).fill(2),
    new Array(n).fill(1),
    rows.map((_, i) => i + 1),
  ];
  const client = await ingest.connect();
  try {
    await client.query('begin');
    if (type === 'billing') {
      const named = [...new Set(rows.flatMap(({ register }) => register ?? []))];
      const found = await client.query<{ name: string; no: number }>('select * from register_numbers($1)', [
        named,
      ]);
      const numbers = new Map(found.rows.map(({ name, no }) => [name, no]));
      const raws = rows.map(({ raw }) => (raw === undefined ? null : Buffer.from(raw, 'hex')));
      const registers = rows.map(({ register = '' }) => numbers.get(register) ?? null);
      const values = [...key, counts, raws, registers, nulls, nulls, nulls, ...shared];
      await client.query(
        'select from store_billing($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
        values,
      );
    } else {
      await client.query('select from store_counters($1, $2, $3, $4, $5, $6, $7)', [
        ...key,
        counts,
        ...shared,
      ]);
    }
    const ranges = [...Map.groupBy(rows, ({ point }) => point)];
    await client.query('select note_usage_dirty($1, $2, $3)', [
      ranges.map(([point]) => point),
      ranges.map(([, own]) => new Date(own.reduce((a, { at }) => Math.min(a, at), Infinity)).toISOString()),
      ranges.map(([, own]) => new Date(own.reduce((a, { at }) => Math.max(a, at), -Infinity)).toISOString()),
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
