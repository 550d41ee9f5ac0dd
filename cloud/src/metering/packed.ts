import { QUALITY, type Quality } from '@meterline/contracts';
import type { CountReading } from './domain/reading.ts';

/** `quality_name.code` is the place in the contract's own order. */
export const QUALITIES = Object.keys(QUALITY) as readonly Quality[];

const BYTES = 22;
const REGISTER = 18;
/** PostgreSQL counts microseconds from here. */
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

/** Numbers of the registers that are cited in what `ledger_readings` packs. */
export function citedIn(packed: Buffer | null, cited: Set<number>): void {
  for (let offset = REGISTER; offset < (packed?.length ?? 0); offset += BYTES) {
    const register = packed?.readInt32BE(offset) ?? 0;
    if (register > 0) cited.add(register);
  }
}

/** What `ledger_readings` packs: time, count, quality and register of each reading, one after another. */
export function unpackReadings(packed: Buffer | null, names: ReadonlyMap<number, string>): CountReading[] {
  if (packed === null) return [];
  const readings = new Array<CountReading>(packed.length / BYTES);
  for (let i = 0; i < readings.length; i += 1) {
    const offset = i * BYTES;
    const register = packed.readInt32BE(offset + REGISTER);
    const reading = {
      at: EPOCH_2000_MS + Number(packed.readBigInt64BE(offset)) / 1_000,
      count: packed.readBigInt64BE(offset + 8),
      quality: QUALITIES[packed.readInt16BE(offset + 16)] ?? 'unsteady',
    };
    readings[i] = register < 0 ? reading : { ...reading, cites: names.get(register) ?? null };
  }
  return readings;
}
