import type { z } from 'zod';
import { type Refused, refuse } from './envelope.ts';
import { check, faultLine } from './faults.ts';
import { readJson } from './json.ts';

/** JSON bytes into their shape. The faults are spelled out only when there are some: that walk is slow. */
export function parse<T>(schema: z.ZodType<T>, bytes: Buffer): { ok: true; value: T } | Refused {
  const json = readJson(bytes);
  if (!json.ok) return refuse('not-json', json.detail);
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const again = check(schema, json.value);
  const faults = again.ok ? [] : again.faults.slice(0, 3).map(faultLine);
  return refuse('malformed', faults.join(' | '));
}
