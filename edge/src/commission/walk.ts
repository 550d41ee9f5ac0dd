import { join } from 'node:path';
import { type Bus, sha256Hex } from '@meterline/contracts';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../durable-file.ts';
import { type InterviewParts, interview } from './interview.ts';
import type { FoundMeter, Scan } from './ports.ts';

const found = z.strictObject({
  unit: z.int().min(1).max(247),
  url: z.string(),
  candidates: z.array(
    z.strictObject({
      profile: z.string(),
      verdict: z.literal(['certain', 'likely']),
      score: z.number(),
      reasons: z.array(z.string()),
      indistinguishable: z.array(z.string()),
    }),
  ),
});
const scanned = z.strictObject({ v: z.literal(1), wall: z.number(), found: z.array(found) });

export interface WalkParts extends InterviewParts {
  readonly scan: Scan;
  /** Where the result of a scan is kept: it takes minutes, and a walk through a building is interrupted. */
  readonly folder: string;
  readonly wallMs: () => number;
}

/** A scan of yesterday says nothing about today's wiring. */
const SCAN_LASTS_MS = 12 * 3_600_000;

/** Scans a port and goes from meter to meter; those that are commissioned already are passed by. */
export async function walk(
  url: string,
  busName: string,
  parts: WalkParts,
): Promise<{ saved: number; skipped: number }> {
  const { prompter, store, ids } = parts;
  const meters = await find(url, parts);
  const port = portOf(url);
  const counts = { saved: 0, skipped: 0 };
  for (const meter of meters) {
    const known = store.all().filter(({ commissioned }) => portOf(commissioned.bus.url) === port);
    if (known.some(({ commissioned }) => commissioned.meter.unit === meter.unit)) {
      prompter.say(`unit ${meter.unit} is commissioned already`);
      continue;
    }
    const bus: Bus = known[0]?.commissioned.bus ?? { id: ids.bus(), name: busName, url: meter.url };
    if (bus.url !== meter.url) {
      prompter.say(
        `unit ${meter.unit} speaks at ${meter.url}, the line runs at ${bus.url}: set it to the same first`,
      );
      counts.skipped += 1;
      continue;
    }
    counts[await interview(meter, bus, parts)] += 1;
  }
  return counts;
}

async function find(
  url: string,
  { prompter, scan, folder, wallMs }: WalkParts,
): Promise<readonly FoundMeter[]> {
  const path = join(folder, `scan-${sha256Hex(portOf(url)).slice(0, 8)}.json`);
  const before = kept(path, wallMs());
  if (before) {
    const minutes = Math.round((wallMs() - before.wall) / 60_000);
    const question = `${before.found.length} meters were found ${minutes} min ago. Go on with them?`;
    if (await prompter.confirm(question, true)) return before.found;
  }
  const meters = await scan(url, (done, total, count) =>
    prompter.progress(`scanning ${url}: ${Math.floor((100 * done) / Math.max(1, total))} %, ${count} found`),
  );
  prompter.progress(null);
  writeDurably(path, `${JSON.stringify({ v: 1, wall: wallMs(), found: meters })}\n`);
  const units = meters.map(({ unit }) => unit).join(', ');
  prompter.say(
    meters.length === 0
      ? `no meter answers on ${url}: check wiring, A/B, power and settings`
      : `found: unit ${units}`,
  );
  return meters;
}

function kept(path: string, wallMs: number): z.infer<typeof scanned> | undefined {
  try {
    const bytes = readIfThere(path);
    const read = bytes && scanned.parse(JSON.parse(bytes.toString('utf8')));
    return read && read.found.length > 0 && Math.abs(wallMs - read.wall) < SCAN_LASTS_MS ? read : undefined;
  } catch {
    return undefined;
  }
}

const portOf = (url: string): string => url.split('?')[0] ?? url;
