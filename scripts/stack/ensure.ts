import { chromium } from './chromium.ts';
import { canInstall, installPackages, missing, onPath } from './debian.ts';
import { ensureMosquitto } from './mosquitto.ts';
import { ensureRedis } from './redis.ts';
import { ensureTimescale } from './timescale.ts';

/** The contract is checked by a reader that shares no line with ours: a plain Python. */
async function ensurePython(): Promise<void> {
  if (onPath('python3')) return;
  if (!canInstall()) throw missing('Python 3', 'python3', 'PATH');
  await installPackages('python3');
}

/** Brings every real part that the tests need, one after the other (apt has one lock); returns what cannot be had. */
export async function ensureParts(): Promise<string[]> {
  const faults: string[] = [];
  for (const ensure of [ensureRedis, ensureMosquitto, ensureTimescale, chromium, ensurePython]) {
    await ensure().catch((error: Error) => faults.push(error.message));
  }
  return faults;
}
