import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { REGISTER } from '../../test/support/gateway.ts';
import type { BenchStage } from './stage.ts';

const PROGRAM = fileURLToPath(new URL('recompute-process.ts', import.meta.url));

/** Recompute runs beside what is measured, in a process of its own. */
export async function startRecompute({ admin, urls }: BenchStage) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', PROGRAM, urls.appUrl, urls.workerUrl],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  );
  return {
    /** A point with a register has an epoch: from now on its counts become usage. */
    async follow(): Promise<void> {
      await admin.query('update point set register = $1 where register is null', [REGISTER]);
    },
    /** Seconds from now until everything that came in is worked out. */
    async lag(): Promise<number> {
      const since = performance.now();
      for (;;) {
        const { rows } = await admin.query<{ left: number }>('select count(*)::int as left from usage_dirty');
        if (rows[0]?.left === 0) return Math.round((performance.now() - since) / 100) / 10;
        await sleep(100);
      }
    },
    stop: () => child.stdin.end(),
  };
}
