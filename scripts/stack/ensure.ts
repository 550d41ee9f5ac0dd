import { chromium } from './chromium.ts';
import { ensureMosquitto } from './mosquitto.ts';
import { ensureRedis } from './redis.ts';
import { ensureTimescale } from './timescale.ts';

/** Brings every real part that the tests need, one after the other (apt has one lock); returns what cannot be had. */
export async function ensureParts(): Promise<string[]> {
  const faults: string[] = [];
  for (const ensure of [ensureRedis, ensureMosquitto, ensureTimescale, chromium]) {
    await ensure().catch((error: Error) => faults.push(error.message));
  }
  return faults;
}
