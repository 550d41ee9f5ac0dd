import type { MeterProfile } from '@meterline/contracts';
import {
  type Candidate,
  identify,
  type Probe,
  type ProbeAnswer,
  probeKey,
  probesOf,
} from '../meters/identify.ts';
import type { Bus } from '../wire/bus.ts';
import type { Exchange } from '../wire/fault.ts';
import type { LineFormat } from '../wire/port-url.ts';
import type { Bits, Words } from '../wire/reply.ts';
import type { ReadBits, ReadRegisters } from '../wire/request.ts';

export interface FoundUnit {
  readonly unit: number;
  readonly candidates: readonly Candidate[];
  /** Something answers, but what comes is damaged: two units of one number, or bad wiring. */
  readonly damaged: boolean;
}

export type LineScan =
  | {
      readonly kind: 'scanned';
      readonly found: readonly FoundUnit[];
      readonly complete: boolean;
      readonly noise: number;
    }
  | { readonly kind: 'port'; readonly reason: string };

export interface ScanOptions {
  readonly units: readonly number[];
  readonly profiles: readonly MeterProfile[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** How long a line that was there and is gone may take to come back. */
  readonly pauseMs?: number;
  /** One more of the first questions has been asked; there are two for each unit at the most. */
  readonly asked?: (unit: number) => void;
  readonly found?: (unit: FoundUnit) => void;
}

type Read = Exchange<Words | Bits>;

/**
 * Asks every unit something that most models know, by one function and then by the other; an exception is an answer too.
 * Who answers is then asked everything by which the models can be told apart.
 */
export async function scanLine(bus: Pick<Bus, 'request'>, options: ScanOptions): Promise<LineScan> {
  const { units, profiles, signal } = options;
  const probes = probesOf(profiles);
  const first = firstProbes(probes);
  const found: FoundUnit[] = [];
  let waiting = [...units];
  let noise = 0;
  for (const probe of first) {
    const silent: number[] = [];
    for (const unit of waiting) {
      if (signal.aborted) return { kind: 'scanned', found, complete: false, noise };
      const result = await ask(bus, unit, probe, options);
      options.asked?.(unit);
      if (!result.ok && ['port', 'deadline', 'noise'].includes(result.fault)) {
        return { kind: 'port', reason: result.reason };
      }
      const here = presence(result);
      if (here === 'silent') silent.push(unit);
      if (here === 'damaged') noise += 1;
      if (here === 'silent' || signal.aborted) continue;
      const one = await recognise(bus, unit, { probes, known: { probe, result }, options });
      if (here === 'damaged' && one.damaged) silent.push(unit);
      else {
        found.push(one);
        options.found?.(one);
      }
    }
    waiting = silent;
  }
  return {
    kind: 'scanned',
    found: found.toSorted((a, b) => a.unit - b.unit),
    complete: !signal.aborted,
    noise,
  };
}

function presence(result: Read): 'here' | 'damaged' | 'silent' {
  if (result.ok || result.fault === 'exception') return 'here';
  return ['crc', 'length', 'unit', 'function', 'echo', 'protocol'].includes(result.fault)
    ? 'damaged'
    : 'silent';
}

/** Two questions that nearly every meter answers, were it by an exception: what most models share, and the very first. */
function firstProbes(probes: readonly Probe[]): Probe[] {
  const input = probes.find((probe) => probe.function === 4);
  const holding = probes
    .filter((probe) => probe.function === 3)
    .toSorted((x, y) => x.address - y.address || x.count - y.count)[0];
  return [input, holding].filter((probe) => probe !== undefined);
}

async function recognise(
  bus: Pick<Bus, 'request'>,
  unit: number,
  work: {
    readonly probes: readonly Probe[];
    readonly known: { readonly probe: Probe; readonly result: Read };
    readonly options: ScanOptions;
  },
): Promise<FoundUnit> {
  const { probes, known, options } = work;
  const answers = new Map<string, ProbeAnswer>();
  let [answered, damaged] = [0, 0];
  const note = (probe: Probe, result: Read) => {
    const here = presence(result);
    if (here === 'here') answered += 1;
    if (here === 'damaged') damaged += 1;
    answers.set(probeKey(probe), answerOf(result));
  };
  if (presence(known.result) === 'here') note(known.probe, known.result);
  for (const probe of probes) {
    if (options.signal.aborted) break;
    if (answers.has(probeKey(probe))) continue;
    // Nothing but damage: this speed is wrong, or nobody is there.
    if (answered === 0 && damaged >= 3) break;
    note(probe, await ask(bus, unit, probe, options));
  }
  const { candidates } = answered > 0 ? identify(options.profiles, answers) : { candidates: [] };
  return { unit, candidates, damaged: answered === 0 };
}

function answerOf(result: Read): ProbeAnswer {
  if (result.ok) return { words: 'words' in result ? result.words : result.bits.map(Number) };
  return result.exception === null ? { silent: true } : { exception: result.exception };
}

/** Connections are made anew when nobody answers for long: that is no end, as long as they come back. */
async function ask(
  bus: Pick<Bus, 'request'>,
  unit: number,
  probe: Probe,
  options: ScanOptions,
): Promise<Read> {
  const { timeoutMs, signal, pauseMs = PORT_PAUSE_MS } = options;
  const { function: code, address, count } = probe;
  const request = { function: code, unit, address, count } as ReadRegisters | ReadBits;
  // The silence that the most demanding models want before a request.
  const gap = { minMs: SCAN_GAP_MS, scope: 'unit' } as const;
  const how = { lane: 'interactive', timeoutMs, expiresInMs: OPEN_MS, gap, signal } as const;
  for (let tries = 1; ; tries += 1) {
    const result: Read = await bus.request(request, how);
    const isGone = !result.ok && result.fault === 'port';
    if (!isGone || tries >= PORT_TRIES || signal.aborted) return result;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const PORT_TRIES = 3;
const PORT_PAUSE_MS = 700;
const SCAN_GAP_MS = 60;
const OPEN_MS = 10_000;

/** Line settings that the models leave the factory with, the commonest first. */
export function likelyFormats(
  profiles: readonly MeterProfile[],
  only: {
    readonly baud?: readonly number[] | undefined;
    readonly parity?: readonly LineFormat['parity'][] | undefined;
  } = {},
): LineFormat[] {
  const votes = new Map<string, { format: LineFormat; votes: number }>();
  for (const { line } of profiles) {
    for (const [b, baud] of (only.baud ?? line.baud).entries()) {
      for (const [p, parity] of (only.parity ?? line.parity).entries()) {
        const stop = line.stop[0] ?? 1;
        const format: LineFormat = { baud, parity, stop, data: 8 };
        const key = `${baud}/${parity}/${stop}`;
        const known = votes.get(key) ?? { format, votes: 0 };
        votes.set(key, { format, votes: known.votes + 1 / (1 + b + p) });
      }
    }
  }
  return [...votes.values()].toSorted((a, b) => b.votes - a.votes).map(({ format }) => format);
}
