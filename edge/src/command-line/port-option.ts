import { InvalidArgumentError } from 'commander';
import { type PortAddress, PortUrlError, parsePortUrl } from '../wire/port-url.ts';

/** A faulty port is a fault of the command line, said with what a right one looks like. */
export function portOption(text: string): PortAddress {
  try {
    return parsePortUrl(text);
  } catch (error) {
    if (error instanceof PortUrlError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

export function wholeOption(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`);
  };
}

/** Ctrl-C ends what is going on in order; a second one ends the process as ever. */
export function interruptible(): {
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const release = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  return { signal: controller.signal, end: stop, release };
}
