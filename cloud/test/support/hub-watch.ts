import { readFileSync } from 'node:fs';
import { OPERATOR_TOKEN } from './hub-process.ts';

/** What the hub counts, by name and labels as they are written: `name{label="value"}`. */
export type Counters = ReadonlyMap<string, number>;

export async function countersOf(address: string): Promise<Counters> {
  const answer = await fetch(`${address}/metrics`, {
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
  });
  if (!answer.ok) throw new Error(`/metrics: ${answer.status} ${await answer.text()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [withoutRole(line.slice(0, space)), Number(line.slice(space))];
    }),
  );
}

/** Every line bears it, and it is the same on all. */
const withoutRole = (key: string): string => key.replace(/,?role="[^"]*"/, '').replace('{}', '');

/** One family by the value of its label: `{ reason: count }`. */
export function familyOf(counters: Counters, name: string): Record<string, number> {
  const family = [...counters].flatMap(([key, value]) => {
    const label = key.startsWith(`${name}{`) ? /="([^"]*)"/.exec(key)?.[1] : undefined;
    return label === undefined ? [] : [[label, value] as const];
  });
  return Object.fromEntries(family);
}

export interface Memory {
  readonly seconds: number;
  /** Resident, as the system counts it. */
  readonly bytes: number;
}

export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** Least squares through all samples, with the standard error of the slope; bytes a minute. */
export function slopeOf(samples: readonly Memory[]): { readonly slope: number; readonly error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = samples.map(({ seconds }) => seconds / 60);
  const y = samples.map(({ bytes }) => bytes);
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope = x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] ?? 0) - meanY), 0) / spread;
  const left = y.reduce((sum, value, i) => sum + (value - meanY - slope * ((x[i] ?? 0) - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(left / (samples.length - 2) / spread) };
}
