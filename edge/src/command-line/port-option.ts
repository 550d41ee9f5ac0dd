import { InvalidArgumentError, Option } from 'commander';
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

const UNITS: readonly number[] = Array.from({ length: 247 }, (_, i) => i + 1);

/** Numbers on a line, such as 1-32 or 1,5,17. */
export const unitsOption = (what: string): Option =>
  new Option('--units <list>', what).argParser(unitsOf).default(UNITS, 'all, 1-247');

function unitsOf(text: string): readonly number[] {
  const units = text.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    const [low, high] = [Number(from), Number(to)];
    if (low >= 1 && high <= 247 && low <= high) return UNITS.slice(low - 1, high);
    throw new InvalidArgumentError('units are numbers from 1 to 247, such as 1-32 or 1,5,17.');
  });
  return [...new Set(units)];
}

/** For whoever starts it and may be killed: it ends in order when its standard input closes. */
export const parentOption = (): Option =>
  new Option('--exit-with-parent', 'end when standard input closes').hideHelp();

export function endWithParent(asked: boolean | undefined): void {
  if (asked) process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
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
