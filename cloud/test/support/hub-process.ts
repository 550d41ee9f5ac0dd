import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BUILT_MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-01';
export const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index)).toString(
  'base64',
);

export interface DatabaseUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly workerUrl: string;
  readonly ingestUrl: string;
  readonly readOnlyUrl: string;
}

export type Env = Record<string, string | undefined>;

/** A whole configuration by environment, on a free port. */
export function hubEnv(urls: DatabaseUrls, filesFolder: string, more: Env = {}): Env {
  return {
    PATH: process.env.PATH,
    METERLINE_HTTP__PORT: '0',
    METERLINE_HTTP__OPERATOR_TOKEN: OPERATOR_TOKEN,
    METERLINE_DATABASE__OWNER_URL: urls.ownerUrl,
    METERLINE_DATABASE__APP_URL: urls.appUrl,
    METERLINE_DATABASE__WORKER_URL: urls.workerUrl,
    METERLINE_DATABASE__INGEST_URL: urls.ingestUrl,
    METERLINE_DATABASE__READ_ONLY_URL: urls.readOnlyUrl,
    METERLINE_FILES__FOLDER: filesFolder,
    METERLINE_KEYS__MASTER: MASTER_KEY,
    ...more,
  };
}

/** For the roles that must not see everybody's rows. */
export const WITHOUT_WORKER: Env = { METERLINE_DATABASE__WORKER_URL: '' };

export interface HubProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number>;
  /** Where it listens; rejects with what it said when it ends before that. */
  address(): Promise<string>;
}

const started = new Set<ChildProcess>();
const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-hub-'));
  folders.push(folder);
  return folder;
}

/** For `afterAll`: ends what a failed test left. */
export function endHubs(): void {
  for (const child of started) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** The built program as a process of its own: signals, exit codes and output are the real ones. */
export function startProgram(args: readonly string[], env: Env, main = BUILT_MAIN): HubProcess {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  started.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const exited = new Promise<number>((resolve) => {
    child.on('close', (code, signal) => {
      started.delete(child);
      resolve(code ?? (signal === 'SIGKILL' ? 137 : 1));
    });
  });
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  return {
    child,
    exited,
    output: () => stdout + stderr,
    stderr: () => stderr,
    async address() {
      for (;;) {
        const found = /"address":"([^"]+)"/.exec(stdout);
        if (found?.[1]) return found[1];
        if (ended) throw new Error(`the hub ended: ${stdout}${stderr}`);
        await sleep(20);
      }
    },
  };
}

/** Runs to the end: what it said and its exit code. */
export async function runProgram(
  args: readonly string[],
  env: Env,
): Promise<{ code: number; stdout: string; stderr: string; milliseconds: number }> {
  const since = performance.now();
  const program = startProgram(args, env);
  const code = await program.exited;
  const stderr = program.stderr();
  return {
    code,
    stderr,
    stdout: program.output().slice(0, -stderr.length || undefined),
    milliseconds: performance.now() - since,
  };
}
