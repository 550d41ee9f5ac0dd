import type { FetchFailure } from '../../shared/http/get-json.ts';
import type { HubAbout, HubReport } from './hub-report.ts';

/** One check, as a tick on the line: what the hub said, or that it said nothing. */
export interface Beat {
  readonly number: number;
  readonly state: HubReport['state'] | 'silent';
}

/** What is known about the hub, and how old it is. Times are milliseconds since 1970. */
export interface HubStatus {
  readonly report?: HubReport;
  readonly reportAt?: number;
  readonly about?: HubAbout;
  /** Set while the hub is silent. */
  readonly silence?: { readonly reason: FetchFailure; readonly since: number; readonly attempts: number };
  readonly beats: readonly Beat[];
  readonly answered: number;
  readonly total: number;
}

export type HubEvent =
  | { readonly type: 'answered'; readonly report: HubReport; readonly at: number }
  | { readonly type: 'described'; readonly about: HubAbout }
  | { readonly type: 'silent'; readonly reason: FetchFailure; readonly at: number };

/** As many ticks as fit on a small phone. */
export const MAX_BEATS = 48;

export const NOTHING_KNOWN: HubStatus = { beats: [], answered: 0, total: 0 };

export function reduceHubStatus(status: HubStatus, event: HubEvent): HubStatus {
  if (event.type === 'described') return { ...status, about: event.about };
  const { silence, ...known } = status;
  const total = status.total + 1;
  if (event.type === 'answered') {
    const beats = withBeat(status.beats, { number: total, state: event.report.state });
    return {
      ...known,
      report: event.report,
      reportAt: event.at,
      beats,
      total,
      answered: status.answered + 1,
    };
  }
  const since = silence?.since ?? event.at;
  const attempts = (silence?.attempts ?? 0) + 1;
  return {
    ...known,
    silence: { reason: event.reason, since, attempts },
    beats: withBeat(status.beats, { number: total, state: 'silent' }),
    total,
  };
}

function withBeat(beats: readonly Beat[], beat: Beat): readonly Beat[] {
  return [...beats, beat].slice(-MAX_BEATS);
}

export type Tone = 'asking' | Beat['state'];

/** A single missed answer may be a hiccup of the network: with something known, two make a silence. */
export function toneOf({ report, silence }: HubStatus): Tone {
  if (silence && (report === undefined || silence.attempts > 1)) return 'silent';
  return report?.state ?? 'asking';
}

export const CHECK_EVERY_MS = 5_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** `random` in [0, 1) spreads the pages that all lost the same hub at the same moment. */
export function nextCheckIn({ silence }: HubStatus, random: number): number {
  if (!silence) return CHECK_EVERY_MS;
  const step = RETRY_MS[Math.min(silence.attempts, RETRY_MS.length) - 1] ?? RETRY_MS[0];
  return Math.round(step * (0.8 + 0.4 * random));
}
