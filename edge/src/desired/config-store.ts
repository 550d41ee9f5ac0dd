import { join } from 'node:path';
import { type Config, configSchema, meterId, sha256Hex } from '@meterline/contracts';
import { z } from 'zod';
import { quarantine, readIfThere, writeDurably } from '../durable-file.ts';

const problems = z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }));
const held = z.strictObject({ version: z.int().min(1), digest: z.string(), config: configSchema });
const onTrial = held.extend({
  /** How often the agent has started with it: one that kills the agent is given up. */
  starts: z.int().min(0),
  /** Meters that answered before it came. */
  answered: z.array(meterId),
});
const bad = z.strictObject({
  version: z.int().min(0),
  digest: z.string(),
  state: z.literal(['rejected', 'rolled-back']),
  problems,
});

const memory = z.strictObject({
  v: z.literal(1),
  good: held.nullable(),
  candidate: onTrial.nullable(),
  bad: z.array(bad).max(8),
  /** The newest that the hub has asked for, whatever became of it. */
  desired: z.int().min(0),
});

export type ConfigMemory = z.infer<typeof memory>;
export type Held = z.infer<typeof held>;
export type Bad = z.infer<typeof bad>;

export const NO_MEMORY: ConfigMemory = { v: 1, good: null, candidate: null, bad: [], desired: 0 };

export const digestOf = (config: Config): string => sha256Hex(JSON.stringify(config));

/** The configuration that ran last, and the one on trial, over restarts and power cuts. */
export class ConfigStore {
  private readonly path: string;
  private readonly wallMs: () => number;
  readonly quarantined: string[] = [];

  private readonly how: 'use' | 'look';

  /** `look`: a damaged file stays where it is. */
  constructor(folder: string, wallMs: () => number, name = 'config.json', how: 'use' | 'look' = 'use') {
    this.path = join(folder, name);
    this.wallMs = wallMs;
    this.how = how;
  }

  /** A damaged file is put aside; the copy of the last good configuration stands in for it. */
  load(): ConfigMemory {
    return this.read(this.path) ?? this.read(this.copy) ?? NO_MEMORY;
  }

  save(next: ConfigMemory): void {
    const text = JSON.stringify(next);
    const whole = `${sha256Hex(text)}\n${text}\n`;
    writeDurably(this.path, whole);
    // Written at another time than the first, so that one bad block cannot take both.
    if (next.good && !next.candidate) writeDurably(this.copy, whole);
  }

  private get copy(): string {
    return `${this.path}.last`;
  }

  private read(path: string): ConfigMemory | undefined {
    const bytes = readIfThere(path);
    if (!bytes) return undefined;
    const parsed = parse(bytes.toString('utf8'));
    if (!parsed) this.quarantined.push(this.how === 'look' ? path : quarantine(path, this.wallMs()));
    return parsed;
  }
}

function parse(whole: string): ConfigMemory | undefined {
  const end = whole.indexOf('\n');
  const text = whole.slice(end + 1).trimEnd();
  // The schema would let a flipped digit in an address pass.
  if (end !== 64 || sha256Hex(text) !== whole.slice(0, end)) return undefined;
  try {
    const read = memory.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
