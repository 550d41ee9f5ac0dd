import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./fake-hub-process.ts', import.meta.url));

export interface Tally {
  readonly rows: number;
  readonly repeats: number;
  readonly bytes: number;
  /** Doubled, cloned, conflicting or refused: must be empty. */
  readonly faults: readonly string[];
}

export interface HubBeside {
  /** Some hundred milliseconds old. */
  tally(): Tally;
  stop(): Promise<void>;
}

/** A fake hub with a processor of its own; `hubSeed` names its key, `seed` the gateway it knows. */
export async function hubBeside(url: string, seed: string, hubSeed: string): Promise<HubBeside> {
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', PROCESS, url, seed, hubSeed];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let newest: Tally = { rows: 0, repeats: 0, bytes: 0, faults: [] };
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as { ready?: true } & Tally;
      if (told.ready) resolve();
      else newest = told;
    });
    void exited.then(() => reject(new Error('the fake hub ended at its start')));
  });
  return {
    tally: () => newest,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
