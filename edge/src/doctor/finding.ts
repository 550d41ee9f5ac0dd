export type State = 'ok' | 'warn' | 'bad';

/** One line: how it is, and what to do about it. */
export interface Finding {
  readonly part: 'clock' | 'disk' | 'port' | 'broker' | 'certificate' | 'config' | 'profile';
  readonly state: State;
  readonly what: string;
  /** Absent when all is well. */
  readonly todo?: string;
}

export const ok = (part: Finding['part'], what: string): Finding => ({ part, state: 'ok', what });
export const warn = (part: Finding['part'], what: string, todo: string): Finding => ({
  part,
  state: 'warn',
  what,
  todo,
});
export const bad = (part: Finding['part'], what: string, todo: string): Finding => ({
  part,
  state: 'bad',
  what,
  todo,
});

const ORDER: Readonly<Record<State, number>> = { bad: 2, warn: 1, ok: 0 };

export const worst = (findings: readonly Finding[]): State =>
  findings.reduce<State>((most, { state }) => (ORDER[state] > ORDER[most] ? state : most), 'ok');

const SIGN: Readonly<Record<State, string>> = { ok: 'ok  ', warn: 'warn', bad: 'BAD ' };
const COLOUR: Readonly<Record<State, string>> = { ok: '32', warn: '33', bad: '31' };

/** As a person reads it: state, part, what; below it what to do. */
export function findingLines({ part, state, what, todo }: Finding, coloured: boolean): string[] {
  const sign = coloured ? `\u001b[${COLOUR[state]}m${SIGN[state]}\u001b[0m` : SIGN[state];
  const lines = [`${sign}  ${part.padEnd(12)} ${what}`];
  if (todo !== undefined) lines.push(`${' '.repeat(19)}→ ${todo}`);
  return lines;
}

export const sizeText = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
};

export const spanText = (ms: number): string => {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 2) return `${Math.round(Math.abs(ms) / 1_000)} s`;
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
};
