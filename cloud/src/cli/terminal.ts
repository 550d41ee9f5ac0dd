import { AppError } from '../kernel/errors.ts';
import { CommandError, EXIT, exitCodeOf } from './exit-codes.ts';

/** Where a command reads and writes; a test brings its own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
}

export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    // `meterline … | head` closes the pipe early; that is the reader's good right.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.internal);
    });
  }
  return {
    env: process.env,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** One clear line for each thing that is wrong; the stack only for who asks, or when nobody expected the error. */
export function reportFailure(
  terminal: Terminal,
  error: unknown,
  options: { verbose: boolean; scrub: (text: string) => string },
): number {
  const expected = error instanceof CommandError || error instanceof AppError;
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split('\n')) terminal.err(options.scrub(`meterline: ${line}`));
  if (options.verbose) terminal.err(options.scrub(stackOf(error)));
  else if (!expected) terminal.err('meterline: this was not expected; run with --verbose for the details');
  return exitCodeOf(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
