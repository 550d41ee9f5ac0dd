import type { Command } from 'commander';
import type { AgentSnapshot } from '../snapshot.ts';
import type { Io, Screen } from './io.ts';
import { interruptible } from './port-option.ts';
import { stateOption } from './state-option.ts';
import { snapshotsOf } from './status-feed.ts';
import { fitted, statusLines } from './status-view.ts';
import { cut } from './text-width.ts';

interface StatusOptions {
  readonly state: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** What a pipe or a file gets: as wide as its widest line. */
const UNBOUNDED = 10_000;

export function addStatus(program: Command, io: Io): void {
  program
    .command('status')
    .description('what the agent that runs is about: meters, lines, journal, uplink; redrawn every second')
    .addOption(stateOption())
    .option('--once', 'print it once and end, as without a terminal')
    .option('--json', 'one JSON object, once')
    .action((options: StatusOptions) => status(options, io));
}

async function status({ state, once = false, json = false }: StatusOptions, io: Io): Promise<void> {
  const stop = interruptible();
  io.gone?.addEventListener('abort', stop.end);
  try {
    const snapshots = snapshotsOf(state, stop.signal);
    if (io.screen && !once && !json) {
      await live(snapshots, io.screen, stop.signal);
      return;
    }
    for await (const snapshot of snapshots) {
      const width = io.screen?.columns ?? UNBOUNDED;
      const coloured = io.screen?.coloured ?? false;
      if (json) io.out(JSON.stringify(snapshot));
      else for (const line of statusLines(snapshot, { width, coloured })) io.out(line);
      return;
    }
  } finally {
    io.gone?.removeEventListener('abort', stop.end);
    stop.release();
  }
}

/** The other screen of the terminal, without the cursor; what was there before comes back at the end. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[2K';
const TO_SCREEN_END = '\u001b[J';
const LATE_MS = 3_000;

async function live(
  snapshots: AsyncIterable<AgentSnapshot>,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  let last: { readonly snapshot: AgentSnapshot; readonly at: number } | undefined;
  const draw = (): void => {
    if (last && !signal.aborted) screen.draw(frame(last.snapshot, screen, performance.now() - last.at));
  };
  const redrawn = screen.resized(draw);
  // An agent that is stuck must not look as if all were well.
  const clock = setInterval(draw, LATE_MS);
  try {
    for await (const snapshot of snapshots) {
      if (!last) screen.draw(ENTER);
      last = { snapshot, at: performance.now() };
      draw();
    }
  } finally {
    clearInterval(clock);
    redrawn();
    if (last) screen.draw(LEAVE);
  }
}

function frame(snapshot: AgentSnapshot, { columns, rows, coloured }: Screen, silentMs: number): string {
  const silent = `NO NEWS FROM THE AGENT FOR ${Math.round(silentMs / 1_000)} s: it may be stuck`;
  const late = silentMs < LATE_MS ? [] : [cut(silent, columns)];
  const lines = fitted([...late, ...statusLines(snapshot, { width: columns, coloured })], rows, columns);
  // Cleared before it is written: after a line of full width the cursor stands on its last character.
  return `${HOME}${lines.map((line) => `${CLEAR_LINE}${line}`).join('\r\n')}${TO_SCREEN_END}`;
}
