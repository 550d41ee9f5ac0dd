import type { MeterProfile } from '@meterline/contracts';
import type { Candidate } from '../meters/identify.ts';
import type { Reading } from '../meters/readings.ts';

/** A meter that answered to a scan. */
export interface FoundMeter {
  readonly unit: number;
  /** The port with the line settings at which it answered. */
  readonly url: string;
  /** Which models it may be, the likeliest first. */
  readonly candidates: readonly Candidate[];
}

/** Asks every unit number of a port. */
export type Scan = (
  url: string,
  progress: (done: number, total: number, found: number) => void,
) => Promise<readonly FoundMeter[]>;

export type MeterRead =
  | { readonly ok: true; readonly readings: readonly Reading[] }
  /** One line for a person. */
  | { readonly ok: false; readonly problem: string };

/** Reads all registers of a meter once. */
export type ReadMeter = (url: string, unit: number, profile: MeterProfile) => Promise<MeterRead>;

/** A person at a terminal. Each call is one question; Ctrl-C rejects with `Interrupted`. */
export interface Prompter {
  say(line?: string): void;
  ask(
    question: string,
    options?: { readonly standard?: string; readonly check?: (text: string) => string | null },
  ): Promise<string>;
  choose<T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly text: string }[],
    standard: T,
  ): Promise<T>;
  confirm(question: string, standard: boolean): Promise<boolean>;
  progress(text: string | null): void;
}

export class Interrupted extends Error {
  readonly code = 'interrupted';
  readonly retryable = true;
  override readonly name = 'Interrupted';
}
