import { z } from 'zod';
import type { Accepted, Suspicion } from './counter-state.ts';

// What polling has learnt and must not forget over a restart: plain data, kept by whoever runs it.

const whole = z.string().regex(/^-?[0-9]{1,20}$/);
const counter = z.strictObject({
  accepted: z
    .strictObject({
      value: whole,
      raw: z.string().max(64),
      boot: z.string().max(80),
      mono: z.int().min(0),
      utc: z.number().nullable(),
    })
    .optional(),
  suspicion: z.strictObject({ value: whole, times: z.int().min(1) }).optional(),
});

const meter = z.strictObject({
  /** What exception 2 has taught; read by the meters stage. */
  learnt: z.unknown().optional(),
  serial: z.string().max(64).optional(),
  /** The serial number that the meter of this id had, while another one answers. */
  swappedFrom: z.string().max(64).optional(),
  turnaroundUs: z.number().min(0).optional(),
  /** The last boundary for which this meter was read. */
  swept: z.int().optional(),
  /** The last boundary for which this main meter was read first. */
  opened: z.int().optional(),
  counters: z.record(z.string(), counter).optional(),
});

const memory = z.strictObject({ v: z.literal(1), meters: z.record(z.string(), z.unknown()) });

export type MeterMemory = z.infer<typeof meter>;
export type CounterMemory = z.infer<typeof counter>;
export interface PollMemory {
  readonly v: 1;
  readonly meters: Readonly<Record<string, MeterMemory>>;
}

const NOTHING: PollMemory = { v: 1, meters: {} };

/** What is damaged is left out, meter by meter: it is learnt again. */
export function memoryFrom(value: unknown): PollMemory {
  const whole = memory.safeParse(value);
  if (!whole.success) return NOTHING;
  const meters: Record<string, MeterMemory> = {};
  for (const [id, kept] of Object.entries(whole.data.meters)) {
    const one = meter.safeParse(kept);
    if (one.success) meters[id] = one.data;
  }
  return { v: 1, meters };
}

export function counterMemory(accepted?: Accepted, suspicion?: Suspicion): CounterMemory {
  return {
    ...(accepted && { accepted: { ...accepted, value: String(accepted.value) } }),
    ...(suspicion && { suspicion: { ...suspicion, value: String(suspicion.value) } }),
  };
}

export function fromCounterMemory(kept: CounterMemory | undefined): {
  accepted: Accepted | undefined;
  suspicion: Suspicion | undefined;
} {
  const { accepted, suspicion } = kept ?? {};
  return {
    accepted: accepted && { ...accepted, value: BigInt(accepted.value) },
    suspicion: suspicion && { ...suspicion, value: BigInt(suspicion.value) },
  };
}
