import { decode, type MeterProfile, type SwitchState, wordsOf } from '@meterline/contracts';
import type { Bus } from '../wire/bus.ts';
import type { RequestOptions } from '../wire/bus-options.ts';
import type { Failed } from '../wire/fault.ts';
import type { Lane } from '../wire/lanes.ts';
import type { Request } from '../wire/request.ts';
import { type Control, wordFor } from './decide.ts';

/** What is needed of a line. */
export type Line = Pick<Bus, 'request'>;

export interface Place {
  readonly line: Line;
  readonly unit: number;
  readonly profile: MeterProfile;
  readonly control: Control;
}

export interface StateRead {
  readonly state: SwitchState;
  /** Four hex digits, as read. */
  readonly raw: string;
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failed: Failed };

const TIMEOUT_MS = 1_000;
/** A command that the line cannot take for so long has lost its moment. */
const PATIENCE_MS = 30_000;
/** What was decided is true for so long: the load may change, and the command expire. */
const WRITE_WITHIN_MS = 5_000;
/** Noise must not fail a command; reading twice does no harm. Who only looks round looks again another time. */
const READ_TRIES = 3;

export async function readState(place: Place, lane: Lane): Promise<Read<StateRead>> {
  const { function: code, address } = place.control.readBack;
  const read = await readWords(place, { function: code, address, words: 1 }, lane);
  if (!read.ok) return read;
  const [word = 0] = read.value;
  return {
    ok: true,
    value: { state: stateOf(place.profile, place.control, word), raw: word.toString(16).padStart(4, '0') },
  };
}

/** The gauge that limits switching; undefined when the profile names none, null when it gives no value. */
export async function readLoad(place: Place): Promise<Read<number | null | undefined>> {
  const { maxLoad } = place.control;
  const register = maxLoad && place.profile.registers.find(({ name }) => name === maxLoad.register);
  if (!maxLoad) return { ok: true, value: undefined };
  if (!register) return { ok: true, value: null };
  const read = await readWords(place, { ...register, words: wordsOf(register) }, 'command');
  if (!read.ok) return read;
  const decoded = decode(register, read.value);
  return { ok: true, value: decoded.kind === 'gauge' ? decoded.value : null };
}

/** Once: whether it was obeyed is read back, never guessed from the reply. */
export async function write(
  place: Place,
  to: string,
  validForMs: number,
): Promise<{ ok: true } | { ok: false; failed: Failed }> {
  const request = writeRequest(place, to);
  if (!request) throw new TypeError(`${place.control.name} cannot be ${to}`);
  const expiresInMs = Math.max(0, Math.min(validForMs, WRITE_WITHIN_MS));
  const answer = await place.line.request(request, { ...optionsFor(place, 'command'), expiresInMs });
  return answer.ok ? { ok: true } : { ok: false, failed: answer };
}

function writeRequest({ control, unit }: Place, to: string): Request | undefined {
  const word = wordFor(control, to);
  const { function: code, address } = control.write;
  if (word === undefined) return undefined;
  switch (code) {
    case 5:
      return { function: 5, unit, address, on: word !== 0 };
    case 6:
      return { function: 6, unit, address, word };
    case 15:
      return { function: 15, unit, address, bits: [word !== 0] };
    case 16:
      return { function: 16, unit, address, words: [word] };
  }
}

/** A profile that came over the network was checked with the same rule; the wire is checked once more. */
export function blockedBy({ blockedWrites = [] }: MeterProfile, control: Control): string | undefined {
  const { function: code, address } = control.write;
  const rule = blockedWrites.find(
    ({ function: only = code, from = 0, to = 0xffff }) => only === code && from <= address && address <= to,
  );
  return rule && `the profile forbids this write: ${rule.why}`;
}

async function readWords(
  place: Place,
  what: { readonly function: 1 | 2 | 3 | 4; readonly address: number; readonly words: number },
  lane: Lane,
): Promise<Read<readonly number[]>> {
  const { unit, profile, line } = place;
  const even = profile.limits.evenOnly
    ? evenly(what.address, what.words)
    : { address: what.address, count: what.words };
  const from = what.address - even.address;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await (what.function <= 2
      ? line.request(
          { function: what.function as 1 | 2, unit, address: what.address, count: what.words },
          optionsFor(place, lane),
        )
      : line.request({ function: what.function as 3 | 4, unit, ...even }, optionsFor(place, lane)));
    if (answer.ok) {
      const words = 'bits' in answer ? answer.bits.map(Number) : answer.words.slice(from, from + what.words);
      return { ok: true, value: words };
    }
    const tries = lane === 'poll' ? 1 : READ_TRIES;
    if (attempt >= tries || !AGAIN.has(answer.fault)) return { ok: false, failed: answer };
  }
}

const AGAIN: ReadonlySet<string> = new Set([
  'timeout',
  'crc',
  'length',
  'unit',
  'function',
  'echo',
  'protocol',
]);

const evenly = (address: number, words: number) => {
  const from = address - (address % 2);
  const to = address + words;
  return { address: from, count: to + (to % 2) - from };
};

function optionsFor({ profile: { timing } }: Place, lane: Lane): RequestOptions {
  const { gapMs, gapScope = 'bus', longestMs = TIMEOUT_MS } = timing ?? {};
  return {
    lane,
    timeoutMs: longestMs,
    expiresInMs: PATIENCE_MS,
    ...(gapMs !== undefined && { gap: { minMs: gapMs, scope: gapScope } }),
  };
}

/** A valve that says "abnormal" is abnormal, whatever its other bits say. */
export function stateOf(profile: MeterProfile, { readBack }: Control, word: number): SwitchState {
  const named = profile.registers.find(
    (register) =>
      register.role === 'state' &&
      register.function === readBack.function &&
      register.address === readBack.address,
  );
  const values = named?.role === 'state' ? named.values : [];
  const isAbnormal = values.some(
    ({ name, equals, mask = 0xffff }) => name === 'abnormal' && (word & mask) === equals,
  );
  if (isAbnormal) return 'abnormal';
  const masked = word & (readBack.mask ?? 0xffff);
  const found = Object.entries(readBack.values).find(([, value]) => value === masked)?.[0];
  return (found as SwitchState | undefined) ?? 'unknown';
}
