import { type Checked, check, type Ids } from '@meterline/contracts';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type ProfileSet, resolveProfile } from '../meters/profile-store.ts';
import { commissionMeter } from './commission.ts';
import type { CommissionedStore } from './commissioned-store.ts';
import type { ReadMeter } from './ports.ts';

const name = z.string().min(1).max(80);
const answers = z.strictObject({
  unit: z.int().min(1).max(247),
  profile: z.string().min(1).max(80),
  name,
  room: name.optional(),
  role: z.literal(['main', 'sub']).optional(),
  serial: z.string().min(1).max(64).optional(),
  display: z.record(z.string(), z.string()).optional().meta({ description: 'by register, in quotes' }),
  switch: z.array(z.string()).optional(),
  never: z.array(z.string()).optional(),
  acknowledged: z.boolean().optional(),
  despite: z.boolean().optional().meta({ description: 'a difference to the display is right' }),
});
const script = z.strictObject({
  by: name.optional(),
  buses: z
    .array(z.strictObject({ name, url: z.string(), meters: z.array(answers).min(1).max(247) }))
    .min(1)
    .max(16),
});
export type Script = z.infer<typeof script>;

export function parseScript(text: string): Checked<Script> {
  const document = parseDocument(text, { uniqueKeys: true, version: '1.2' });
  const [error] = document.errors;
  const fault = (path: string, problem: string): Checked<Script> => ({
    ok: false,
    faults: [{ path, problem, remedy: 'correct the YAML' }],
  });
  if (error)
    return fault(`line ${error.linePos?.[0].line ?? 1}`, error.message.split('\n')[0] ?? 'is not YAML');
  try {
    return check<Script>(script, document.toJS({ maxAliasCount: 0 }));
  } catch {
    return fault('', 'has aliases (&, *)');
  }
}

export interface ScriptParts {
  readonly read: ReadMeter;
  readonly profiles: ProfileSet;
  readonly store: CommissionedStore;
  readonly ids: Ids;
  readonly utc: () => number | null;
  readonly say: (line: string) => void;
}

/** One meter after the other; those that are kept already are left alone, so that a script can be run again. */
export async function runScript(file: Script, parts: ScriptParts): Promise<{ kept: number; failed: number }> {
  const counts = { kept: 0, failed: 0 };
  for (const { name: busName, url, meters } of file.buses) {
    const port = portOf(url);
    const there = parts.store.all().find(({ commissioned }) => portOf(commissioned.bus.url) === port)
      ?.commissioned.bus;
    const bus = there ?? { id: parts.ids.bus(), name: busName, url };
    for (const meter of meters) {
      const line = `${busName} unit ${meter.unit}, ${meter.name}`;
      const done = parts.store
        .all()
        .some(({ commissioned: { meter: kept, bus: on } }) => on.id === bus.id && kept.unit === meter.unit);
      if (done) {
        parts.say(`${line}: is commissioned already`);
        continue;
      }
      const problems = await one(meter, { ...bus, url: bus.url }, file.by, parts);
      if (problems.length === 0) {
        counts.kept += 1;
        parts.say(`${line}: commissioned`);
      } else {
        counts.failed += 1;
        for (const problem of problems) parts.say(`${line}: ${problem}`);
      }
    }
  }
  return counts;
}

type MeterAnswers = Script['buses'][number]['meters'][number];

async function one(
  meter: MeterAnswers,
  bus: Parameters<typeof commissionMeter>[2]['bus'],
  by: string | undefined,
  { read, profiles, store, ids, utc, say }: ScriptParts,
): Promise<readonly string[]> {
  const known = profiles.profiles.get(meter.profile.replace(/@.*$/, ''));
  const resolved = resolveProfile(
    profiles,
    meter.profile.includes('@') ? meter.profile : (known?.ref ?? meter.profile),
  );
  if (!resolved.ok) return [resolved.text];
  const { profile } = resolved.loaded;
  const first = await read(bus.url, meter.unit, profile);
  if (!first.ok) return [first.problem];
  const second = await read(bus.url, meter.unit, profile);
  if (!second.ok) return [second.problem];
  const { role = 'sub', display = {}, never = [], acknowledged = false, ...rest } = meter;
  const given = { ...rest, switch: meter.switch ?? [], role, display, never, acknowledged, by };
  const reads = { first: first.readings, second: second.readings };
  const made = commissionMeter(given, reads, { ids, bus, profile, utc: utc() });
  for (const { state, text } of made.findings)
    if (state === 'look') say(`  look at unit ${meter.unit}: ${text}`);
  if (!made.ok) return made.problems;
  store.add(made.commissioned);
  return [];
}

const portOf = (url: string): string => url.split('?')[0] ?? url;
