import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Io, Screen } from './io.ts';

/** The streams of this process. `failed` tells what kept the output from being written, if not its reader. */
export function processIo(): Io & { readonly failed: () => NodeJS.ErrnoException | undefined } {
  const { stdout, stderr } = process;
  const gone = new AbortController();
  let fault: NodeJS.ErrnoException | undefined;
  // Whoever reads may stop reading; an agent whose log nobody takes goes on.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fault ??= error;
    gone.abort();
  });
  stderr.on('error', () => undefined);
  const write = (text: string): void => {
    if (!gone.signal.aborted) stdout.write(text);
  };
  return {
    out: (line) => write(`${line}\n`),
    err: (line) => stderr.write(`${line}\n`),
    read: (path) => readFile(path),
    gone: gone.signal,
    taken: async () => {
      if (stdout.writableNeedDrain && !gone.signal.aborted) {
        await once(stdout, 'drain', { signal: gone.signal }).catch(() => undefined);
      }
      // A broken pipe is told of in the next turn.
      await nextTurn();
    },
    failed: () => fault,
    ...(stderr.isTTY
      ? { progress: (line) => stderr.write(`\r\u001b[2K${line.slice(0, stderr.columns - 1)}`) }
      : {}),
    ...(stdout.isTTY ? { screen: screenOf(stdout, write) } : {}),
  };
}

function screenOf(stdout: NodeJS.WriteStream, write: (text: string) => void): Screen {
  return {
    // A terminal that does not know its size says 0.
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    coloured: isColoured(process.env),
    draw: write,
    resized: (redraw) => {
      stdout.on('resize', redraw);
      return () => stdout.off('resize', redraw);
    },
  };
}

/** no-color.org: set to anything that is not empty. */
export const isColoured = ({ NO_COLOR = '', TERM }: NodeJS.ProcessEnv): boolean =>
  NO_COLOR === '' && TERM !== 'dumb';
