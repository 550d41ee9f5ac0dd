import { QUALITY, type Quality } from '@meterline/contracts';
import type { CountReading } from './domain/reading.ts';

/** `quality_name.code` is the place in the contract's own order. */
export const QUALITIES = Object.keys(QUALITY) as readonly Quality[];

const BYTES = 18;
/** PostgreSQL counts microseconds from here. */
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

/** What `ledger_readings` packs: time, count and quality of each reading, one after another. */
export function unpackReadings(packed: Buffer | null): CountReading[] {
  if (packed === null) return [];
  const readings = new Array<CountReading>(packed.length / BYTES);
  for (let i = 0; i < readings.length; i += 1) {
    const offset = i * BYTES;
    readings[i] = {
      at: EPOCH_2000_MS + Number(packed.readBigInt64BE(offset)) / 1_000,
      count: packed.readBigInt64BE(offset + 8),
      quality: QUALITIES[packed.readInt16BE(offset + 16)] ?? 'unsteady',
    };
  }
  return readings;
}
